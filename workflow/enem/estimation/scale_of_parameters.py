"""Modes depend on how a parameter is written; expectations do not."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from enem.estimate.derivatives import gradient, hessian
from enem.estimate.optimum import (
    GRADIENT_TOLERANCE,
    STARTING_SCALES,
    newton,
    starting_vector,
)
from enem.estimate.vector import Objective
from enem.models.cells import CellGrid
from enem.models.likelihood import log_collapsed_likelihood
from enem.models.priors import Prior, line_prior_mean, line_prior_sd
from enem.models.specification import SPECIFICATIONS

NODES = 4001


class LogScaleDensity:
    """Log posterior density of (intercept, slope, log of every scale and sigma), unit steps.

    The density of log t is that of t times t (the Jacobian).
    """

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.logged = ~np.isin(objective.names, ("intercept", "slope"))
        self.unit = np.where(self.logged, 0.1, 10.0)

    def to_natural(self, z: np.ndarray) -> np.ndarray:
        """Return the hyperparameters, points, at search coordinates of shape (..., P)."""
        scaled = z * self.unit
        return np.where(self.logged, np.exp(np.where(self.logged, scaled, 0.0)), scaled)

    def from_natural(self, vector: np.ndarray) -> np.ndarray:
        """Invert `to_natural`."""
        return np.where(self.logged, np.log(np.where(self.logged, vector, 1.0)), vector) / self.unit

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Evaluate at search coordinates (..., P)."""
        jacobian = (z * self.unit * self.logged).sum(axis=-1)
        return self.objective(self.to_natural(z)) + jacobian


def log_scale_mode(objective: Objective) -> dict[str, float]:
    """Mode of the density over logarithms of scales, back in points; empty where there is none."""
    density = LogScaleDensity(objective)
    starts = [density.from_natural(starting_vector(objective, s)) for s in STARTING_SCALES]
    best = max((newton(density, z) for z in starts), key=lambda z: density(z).real)
    curvature = -hessian(density, best, np.ones_like(best))
    diagonal = np.diag(curvature)
    if not (np.isfinite(curvature).all() and (diagonal > 0).all()):
        return {}
    steep = np.abs(gradient(density, best)) / np.sqrt(diagonal)
    if steep.max() > GRADIENT_TOLERANCE:
        return {}
    return dict(zip(objective.names, map(float, density.to_natural(best)), strict=True))


def parameterisation_table(
    grid: CellGrid,
    priors: Mapping[str, Prior],
    records: Mapping[str, Mapping[str, Any]],
    summaries: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Modes of every scale and sigma by the density of itself and by that of its logarithm.

    Returns
    -------
    pandas.DataFrame
        ``model, parameter, n, map, map_of_log, posterior_mean, posterior_sd, shift_in_sd,
        mean_over_scale, mean_over_log``: both modes in points, `shift_in_sd` from the first to
        the second in posterior sds; `n` as in summary.csv.  The last two are the posterior mean
        of the pooled sigma by quadrature over sigma and over log sigma, blank elsewhere.
    """
    tables = []
    for name, record in records.items():
        spec = SPECIFICATIONS[name]
        modes = log_scale_mode(Objective(spec, spec.data(grid), priors))
        summary = summaries[name]
        bases = summary["parameter"].str.partition("[")[0]
        chosen = summary[bases.isin((*spec.scales, "sigma"))]
        natural = chosen["parameter"].map(record["map"]).astype(float)
        logged = chosen["parameter"].map(modes).astype(float)
        table = pd.DataFrame(
            {
                "model": name,
                "parameter": chosen["parameter"],
                "n": chosen["n"],
                "map": natural,
                "map_of_log": logged,
                "posterior_mean": chosen["mean"],
                "posterior_sd": chosen["sd"],
                "shift_in_sd": (logged - natural) / chosen["sd"],
            }
        )
        exact = sigma_means(grid, priors) if name == "pooled" else (np.nan, np.nan)
        tables.append(table.assign(mean_over_scale=exact[0], mean_over_log=exact[1]))
    return pd.concat(tables, ignore_index=True)


def sigma_means(grid: CellGrid, priors: Mapping[str, Prior]) -> tuple[float, float]:
    """Posterior mean of the pooled sigma, integrated over sigma and over log sigma, points."""
    data = grid.over_school_types()
    centre, line_sd = line_prior_mean(priors), line_prior_sd(priors)

    def log_density(sigma: np.ndarray) -> np.ndarray:
        parameters = {"sigma": sigma[:, None, None], **centre}
        value = log_collapsed_likelihood(parameters, line_sd, data.n, data.mean, data.ss, data.x)
        return value + priors["sigma"].log_density(sigma)

    coarse = np.geomspace(1e-2, 1e4, 20001)
    density = log_density(coarse)
    inside = coarse[density > density.max() - 40]
    low, high = inside[0] * 0.999, inside[-1] * 1.001
    even = np.linspace(low, high, NODES)
    log_even = np.linspace(np.log(low), np.log(high), NODES)
    logged = np.exp(log_even)
    return (
        _mean(even, log_density(even)),
        _mean(logged, log_density(logged) + log_even),
    )


def _mean(values: np.ndarray, log_density: np.ndarray) -> float:
    weight = np.exp(log_density - log_density.max())
    return float(weight @ values / weight.sum())
