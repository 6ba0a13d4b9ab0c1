r"""Draw lines by school type under Student-t errors, which no integral of the mixed model knows.

Without levels: participants are taken for independent.  One sweep draws, each given all the rest:

1. the weights of the errors' scale mixture (Geweke, Journal of Applied Econometrics 8 (1993)
   S19-S40): :math:`y_i | w_i \sim N(\mu, \sigma^2 / w_i)` with
   :math:`w_i \sim Gamma(\nu/2, \nu/2)`.  Participants of a bin share score and :math:`\mu`, so only
   the sum of their weights is needed: :math:`Gamma(n(\nu+1)/2, (\nu + z^2)/2)`;
2. the scales of the lines, lines integrated out, by Metropolis steps on their logs;
3. the common line and the lines, from their exact Gaussian conditionals;
4. the sigmas and nu, which moves together with them, by random walks with the weights integrated
   out.

Chains are one axis of every array.  Steps are tuned while warming up, and only then.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from enem.mixed.priors import Prior, line_prior_mean, line_prior_sd
from enem.sensitivity.bins import Bins
from enem.sensitivity.given_scales import Weighted, draw_lines, log_density_of_scales
from enem.sensitivity.student_t import log_density, log_prior_of_log_nu
from enem.tabulate.grid import CellGrid

CHAINS, WARM_UP, DRAWS = 12, 250, 330
TARGET = 0.4
"""Acceptance rate to which random walks are tuned."""
SCALES = ("tau_intercept", "tau_slope")


def sample_lines(
    grid: CellGrid, bins: Bins, priors: Mapping[str, Prior], seed: list[int]
) -> xr.Dataset:
    """Draw from the posterior.

    Parameters
    ----------
    grid
        Cells, (G, B).
    bins
        The rows of the cells, binned.
    priors
        By parameter name.
    seed
        Of the draws.

    Returns
    -------
    xarray.Dataset
        Draws named as those of the model ``school_type``, dims (chain, draw[, school_type]), and
        ``nu``.
    """
    chain = _Chains(grid, bins, priors, np.random.default_rng(seed))
    for sweep in range(WARM_UP):
        chain.sweep(tuning=(sweep + 10) ** -0.6)
    return _dataset([chain.sweep() for _ in range(DRAWS)], grid)


class _Chains:
    """State of all chains; group-wise arrays have shape (chains, G, 1)."""

    def __init__(
        self,
        grid: CellGrid,
        bins: Bins,
        priors: Mapping[str, Prior],
        rng: np.random.Generator,
    ) -> None:
        self.grid, self.bins, self.priors, self.rng = grid, bins, priors, rng
        self.means, self.line_sd = line_prior_mean(priors), line_prior_sd(priors)
        groups = len(grid.school_types)
        spread = _spread(grid)
        self.log_sigma = np.log(spread) + rng.normal(0, 0.2, (CHAINS, groups, 1))
        self.log_tau = np.log([priors[name].draw(rng, (CHAINS, 1, 1)) for name in SCALES])
        self.log_nu = np.log(rng.uniform(4, 40, (CHAINS, 1, 1)))
        self.step_tau = np.ones(len(SCALES))
        self.step_sigma = np.full((1, groups, 1), 0.1)
        self.step_nu = np.full((1, 1, 1), 0.3)
        self.intercept = np.full((CHAINS, len(grid.school_types), 1), _centre(grid))
        self.slope = np.zeros_like(self.intercept)
        self.wider = _sigma_by_nu()

    def sweep(self, tuning: float = 0.0) -> dict[str, np.ndarray]:
        """Move once; `tuning` is how far steps are moved towards their target rate."""
        data = self._weighted()
        self._move_scales(data, tuning)
        scales = {**self.means, **dict(zip(SCALES, np.exp(self.log_tau), strict=True))}
        scales["sigma"] = np.exp(self.log_sigma)
        lines = draw_lines(scales, self.line_sd, data, self.rng)
        intercept, slope, self.intercept, self.slope = lines
        self._move_sigmas(tuning)
        self._move_nu(tuning)
        drawn = {**scales, "intercept": intercept, "slope": slope, "sigma": np.exp(self.log_sigma)}
        drawn |= {"intercept_school_type": self.intercept, "slope_school_type": self.slope}
        return {**drawn, "nu": np.exp(self.log_nu)}

    def _weighted(self) -> Weighted:
        """Cells of the rows weighted by draws of their mixture, statistics (chains, G, B)."""
        bins = self.bins
        nu, z = np.exp(self.log_nu[..., 0]), self._standardised()
        weight = self.rng.standard_gamma(bins.n * (nu + 1) / 2) * 2 / (nu + z**2)
        total = bins.cell_sums(weight)
        sums = bins.cell_sums(weight * bins.score)
        mean = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
        return Weighted(total, mean, self.grid.x)

    def _standardised(self, log_sigma: np.ndarray | None = None) -> np.ndarray:
        """Residuals of the bins in units of sigma, shape (chains, K)."""
        bins = self.bins
        x = self.grid.x[bins.cell % bins.shape[1]]
        line = self.intercept[:, bins.group, 0] + self.slope[:, bins.group, 0] * x
        log_sigma = self.log_sigma if log_sigma is None else log_sigma
        return (bins.score - line) / np.exp(log_sigma[:, bins.group, 0])

    def _move_scales(self, data: Weighted, tuning: float) -> None:
        for k in range(len(SCALES)):
            both = np.stack([self.log_tau, self.log_tau])
            both[1, k] += self.step_tau[k] * self.rng.standard_normal((CHAINS, 1, 1))
            now, proposed = self._log_density_of_scales(both, data)
            accepted = self._accepts(proposed - now)
            self.log_tau = np.where(accepted[:, None, None], both[1], self.log_tau)
            self.step_tau[k] *= np.exp(tuning * (accepted.mean() - TARGET))

    def _log_density_of_scales(self, log_tau: np.ndarray, data: Weighted) -> np.ndarray:
        """Log posterior of both scales' logs, lines integrated out; (..., 2, chains, 1, 1)."""
        logs = dict(zip(SCALES, np.moveaxis(log_tau, -4, 0), strict=True))
        tau = {name: np.exp(values) for name, values in logs.items()}
        scales = {**self.means, **tau, "sigma": np.exp(self.log_sigma)}
        value = log_density_of_scales(scales, self.line_sd, data)
        for name in SCALES:
            value = value + (self.priors[name].log_density(tau[name]) + logs[name])[..., 0, 0]
        return value

    def _log_prior_of_sigma(self, log_sigma: np.ndarray) -> np.ndarray:
        """Log prior density of log sigma."""
        return self.priors["sigma"].log_density(np.exp(log_sigma)) + log_sigma

    def _move_sigmas(self, tuning: float) -> None:
        noise = self.rng.standard_normal(self.log_sigma.shape)
        proposed = self.log_sigma + self.step_sigma * noise
        gain = self._log_density_of_sigmas(proposed, self.log_nu)
        gain = gain - self._log_density_of_sigmas(self.log_sigma, self.log_nu)
        accepted = self._accepts(gain)
        self.log_sigma = np.where(accepted, proposed, self.log_sigma)
        rate = accepted.mean(axis=0, keepdims=True)
        self.step_sigma = self.step_sigma * np.exp(tuning * (rate - TARGET))

    def _log_density_of_sigmas(self, log_sigma: np.ndarray, log_nu: np.ndarray) -> np.ndarray:
        """Log posterior of each sigma given lines and nu, shape of `log_sigma`."""
        bins, z = self.bins, self._standardised(log_sigma)
        logs = log_sigma[:, bins.group, 0]
        terms = bins.n * (log_density(z, np.exp(log_nu[..., 0])) - logs)
        by_group = bins.cell_sums(terms).sum(axis=-1, keepdims=True)
        return by_group + self._log_prior_of_sigma(log_sigma)

    def _move_nu(self, tuning: float) -> None:
        """Move nu, and all sigmas with it along the ridge of normal data (a shift: volume 1)."""
        proposed = self.log_nu + self.step_nu * self.rng.standard_normal(self.log_nu.shape)
        shift = self.wider(proposed) - self.wider(self.log_nu)
        sigmas = self.log_sigma + shift
        gain = self._log_density_of_sigmas(sigmas, proposed).sum(axis=1, keepdims=True)
        now = self._log_density_of_sigmas(self.log_sigma, self.log_nu)
        gain = gain - now.sum(axis=1, keepdims=True)
        gain = gain + log_prior_of_log_nu(proposed) - log_prior_of_log_nu(self.log_nu)
        accepted = self._accepts(gain)
        self.log_sigma = np.where(accepted, sigmas, self.log_sigma)
        self.log_nu = np.where(accepted, proposed, self.log_nu)
        self.step_nu = self.step_nu * np.exp(tuning * (accepted.mean() - TARGET))

    def _accepts(self, gain: np.ndarray) -> np.ndarray:
        return np.log(self.rng.uniform(size=gain.shape)) < gain


def _sigma_by_nu() -> object:
    """Log of the sigma that fits standard normal data best, as a function of log nu."""
    z, weight = np.polynomial.hermite_e.hermegauss(64)
    weight = weight / weight.sum()
    log_nu = np.linspace(-2, 12, 57)
    nu, log_sigma = np.exp(log_nu)[:, None], np.zeros((len(log_nu), 1))
    for _ in range(200):
        scaled = z**2 / np.exp(2 * log_sigma)
        log_sigma = log_sigma + 0.5 * np.log(((nu + 1) / (nu + scaled) * scaled) @ weight)[:, None]
    return lambda at: np.interp(at, log_nu, log_sigma[:, 0])


def _centre(grid: CellGrid) -> float:
    return float((grid.n * grid.mean).sum() / grid.n.sum())


def _spread(grid: CellGrid) -> float:
    """Standard deviation of all scores, points; 1 where there is none."""
    squares = grid.ss.sum() + (grid.n * (grid.mean - _centre(grid)) ** 2).sum()
    return float(np.sqrt(squares / grid.n.sum())) or 1.0


def _dataset(draws: list[dict[str, np.ndarray]], grid: CellGrid) -> xr.Dataset:
    """Stack the draws of all chains by name."""
    found = {}
    for name in draws[0]:
        values = np.stack([draw[name][..., 0] for draw in draws], axis=1)
        grouped = values.shape[-1] == len(grid.school_types) and name not in COMMON
        dims = ("chain", "draw", "school_type") if grouped else ("chain", "draw")
        found[name] = (dims, values if grouped else values[..., 0])
    return xr.Dataset(found, coords={"school_type": list(grid.school_types)})


COMMON = ("intercept", "slope", *SCALES, "nu")
