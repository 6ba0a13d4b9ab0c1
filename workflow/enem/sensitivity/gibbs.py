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

from enem.mixed.priors import Prior
from enem.sensitivity.student_t import Bins, log_density, log_prior_of_log_nu
from enem.tabulate.grid import CellGrid

CHAINS, WARM_UP, DRAWS = 12, 250, 330
TARGET = 0.4
"""Acceptance rate to which random walks are tuned."""
LINE = ("intercept", "slope")
SCALES = tuple(f"tau_{name}" for name in LINE)


def sample_lines(
    grid: CellGrid, bins: Bins, priors: Mapping[str, Prior], seed: list[int]
) -> xr.Dataset:
    """Draw from the posterior.

    Parameters
    ----------
    grid, bins
        Cells, (G, B), and their rows, binned.
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
    chains = _Chains(grid, bins, priors, np.random.default_rng(seed))
    for sweep in range(WARM_UP):
        chains.sweep(tuning=(sweep + 10) ** -0.6)
    draws = [chains.sweep() for _ in range(DRAWS)]
    dims = ("chain", "draw", "school_type")
    found = {name: np.stack([draw[name] for draw in draws], axis=1) for name in draws[0]}
    variables = {name: (dims[: of.ndim], of) for name, of in found.items()}
    return xr.Dataset(variables, {"school_type": list(grid.school_types)})


class _Chains:
    """State of C chains: ``log_sigma`` (C, G), ``log_tau`` (C, 2), ``log_nu`` (C,), ``lines``.

    Lines are the sum ``columns @ z`` of a column each for the distance of a school type's
    intercept, and of its slope, from the common ones, and for these, (C, 2 G + 2).
    """

    def __init__(
        self, grid: CellGrid, bins: Bins, priors: Mapping[str, Prior], rng: np.random.Generator
    ) -> None:
        self.bins, self.priors, self.rng = bins, priors, rng
        groups, total = len(grid.school_types), grid.n.sum()
        centre = (grid.n * grid.mean).sum() / total
        squares = grid.ss.sum() + (grid.n * (grid.mean - centre) ** 2).sum()
        spread = np.sqrt(squares / total) or 1.0
        self.log_sigma = np.log(spread) + rng.normal(0, 0.2, (CHAINS, groups))
        self.log_tau = np.log([priors[name].draw(rng, CHAINS) for name in SCALES]).T
        self.log_nu = np.log(rng.uniform(4, 40, CHAINS))
        self.step_tau, self.step_sigma, self.step_nu = np.ones(2), np.full(groups, 0.1), 0.3
        self.lines = np.zeros((CHAINS, 2, groups))
        self.lines[:, 0] = centre
        self.wider = _sigma_by_nu()
        self.x = grid.x[bins.cell % bins.shape[1]]
        self.means, self.sds = (
            np.array([priors[name].arguments[of] for name in LINE]) for of in ("mean", "sd")
        )
        x, own = np.tile(grid.x, groups), np.repeat(np.eye(groups), len(grid.x), axis=0)
        self.columns = np.column_stack([own, own * x[:, None], np.ones(len(x)), x])
        self.products = np.einsum("cp,cq->cpq", self.columns, self.columns)

    def sweep(self, tuning: float = 0.0) -> dict[str, np.ndarray]:
        """Move once; `tuning` is how far steps are moved towards their target rate."""
        data = self._weighted()
        self._move_scales(data, tuning)
        sd, lower, shift = self._given_scales(self.log_tau, data)
        noise = self.rng.standard_normal(shift.shape)
        z = sd * np.linalg.solve(lower.swapaxes(1, 2), (shift + noise)[..., None])[..., 0]
        common = self.means + z[:, -2:]
        self.lines = common[..., None] + z[:, :-2].reshape(self.lines.shape)
        self._move_sigmas(tuning)
        self._move_nu(tuning)
        found = dict(zip(LINE, common.T, strict=True))
        found |= dict(zip(SCALES, np.exp(self.log_tau).T, strict=True))
        found |= {f"{name}_school_type": self.lines[:, k] for k, name in enumerate(LINE)}
        return {**found, "sigma": np.exp(self.log_sigma), "nu": np.exp(self.log_nu)}

    def _weighted(self) -> tuple[np.ndarray, np.ndarray]:
        """Precision (C, P, P) and score vector (C, P) of rows weighted by draws of their mixture.

        Scores are their distances from the line of the prior means.
        """
        bins, nu = self.bins, np.exp(self.log_nu)[:, None]
        z = self._standardised(self.log_sigma)
        weight = self.rng.standard_gamma(bins.n * (nu + 1) / 2) * 2 / (nu + z**2)
        weight /= np.exp(2 * self.log_sigma[:, bins.group])
        away = bins.score - self.means[0] - self.means[1] * self.x
        cells = [bins.cell_sums(of).reshape(CHAINS, -1) for of in (weight, weight * away)]
        return np.tensordot(cells[0], self.products, axes=1), cells[1] @ self.columns

    def _standardised(self, log_sigma: np.ndarray) -> np.ndarray:
        """Residuals of the bins in units of sigma, (C, K)."""
        intercept, slope = self.lines[:, :, self.bins.group].swapaxes(0, 1)
        sigma = np.exp(log_sigma[:, self.bins.group])
        return (self.bins.score - intercept - slope * self.x) / sigma

    def _given_scales(
        self, log_tau: np.ndarray, data: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Prior sds D of z; the Cholesky factor L of ``I + D A D``; ``L^-1 D h``.

        A and h are `data`; finite as a scale goes to 0.
        """
        precision, score = data
        tau = np.repeat(np.exp(log_tau), self.lines.shape[2], axis=1)
        sd = np.concatenate([tau, np.broadcast_to(self.sds, (CHAINS, 2))], axis=1)
        matrix = np.eye(sd.shape[1]) + sd[:, :, None] * precision * sd[:, None, :]
        lower = np.linalg.cholesky(matrix)
        return sd, lower, np.linalg.solve(lower, (sd * score)[..., None])[..., 0]

    def _move_scales(self, data: tuple[np.ndarray, np.ndarray], tuning: float) -> None:
        for k in range(len(SCALES)):
            proposed = self.log_tau.copy()
            proposed[:, k] += self.step_tau[k] * self.rng.standard_normal(CHAINS)
            gain = self._density_of_scales(proposed, data)
            accepted = self._accepts(gain - self._density_of_scales(self.log_tau, data))
            self.log_tau = np.where(accepted[:, None], proposed, self.log_tau)
            self.step_tau[k] *= np.exp(tuning * (accepted.mean() - TARGET))

    def _density_of_scales(
        self, log_tau: np.ndarray, data: tuple[np.ndarray, np.ndarray]
    ) -> np.ndarray:
        """Log posterior of both scales' logs, lines integrated out, (C,)."""
        _, lower, shift = self._given_scales(log_tau, data)
        value = 0.5 * (shift**2).sum(axis=1)
        value -= np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        for name, log_of in zip(SCALES, log_tau.T, strict=True):
            value = value + self.priors[name].log_density(np.exp(log_of)) + log_of
        return value

    def _move_sigmas(self, tuning: float) -> None:
        proposed = self.log_sigma + self.step_sigma * self.rng.standard_normal(self.log_sigma.shape)
        gain = self._density_of_sigmas(proposed, self.log_nu)
        accepted = self._accepts(gain - self._density_of_sigmas(self.log_sigma, self.log_nu))
        self.log_sigma = np.where(accepted, proposed, self.log_sigma)
        self.step_sigma *= np.exp(tuning * (accepted.mean(axis=0) - TARGET))

    def _density_of_sigmas(self, log_sigma: np.ndarray, log_nu: np.ndarray) -> np.ndarray:
        """Log posterior of each sigma given lines and nu, (C, G)."""
        z, nu = self._standardised(log_sigma), np.exp(log_nu)[:, None]
        terms = self.bins.n * (log_density(z, nu) - log_sigma[:, self.bins.group])
        prior = self.priors["sigma"].log_density(np.exp(log_sigma)) + log_sigma
        return self.bins.cell_sums(terms).sum(axis=-1) + prior

    def _move_nu(self, tuning: float) -> None:
        """Move nu, and all sigmas with it along the ridge of normal data (a shift: volume 1)."""
        proposed = self.log_nu + self.step_nu * self.rng.standard_normal(CHAINS)
        sigmas = self.log_sigma + (self.wider(proposed) - self.wider(self.log_nu))[:, None]
        now, then = (
            self._density_of_sigmas(*at).sum(axis=1) + log_prior_of_log_nu(at[1])
            for at in ((self.log_sigma, self.log_nu), (sigmas, proposed))
        )
        accepted = self._accepts(then - now)
        self.log_sigma = np.where(accepted[:, None], sigmas, self.log_sigma)
        self.log_nu = np.where(accepted, proposed, self.log_nu)
        self.step_nu *= np.exp(tuning * (accepted.mean() - TARGET))

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
