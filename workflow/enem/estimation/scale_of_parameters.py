"""Modes depend on how a parameter is written, expectations do not; and where the two part."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from enem.compare.estimates import estimates_table
from enem.estimation.regression import LARGEST, SMALLEST, Cells, log_posterior_of_sigma
from enem.mixed.design import Design
from enem.mixed.maximum import GRADIENT_TOLERANCE, curvature_problem, starting_vectors
from enem.mixed.mode import highest
from enem.mixed.objective import Kind, Objective
from enem.mixed.priors import Prior

NODES = 4001
UNIT = 0.1
"""Of the logarithms, over about which the density changes."""


def log_scale_mode(density: Objective) -> dict[str, float]:
    """Mode of the density over logarithms of sigmas and scales, in points; empty without one.

    The density of log t is that of t times t (the Jacobian).
    """

    def logged(z: np.ndarray) -> tuple[float, np.ndarray]:
        values = np.exp(UNIT * z)
        value, gradient = density(values)
        return value + UNIT * z.sum(), UNIT * (gradient * values + 1)

    peaks = [highest(logged, np.log(start) / UNIT) for start in starting_vectors(density)]
    best = max(peaks, key=lambda peak: peak.value)
    if curvature_problem(best.hessian):
        return {}
    steep = np.abs(logged(best.point)[1]) / np.sqrt(np.diag(best.hessian))
    if steep.max() > GRADIENT_TOLERANCE:
        return {}
    return dict(zip(density.names, map(float, np.exp(UNIT * best.point)), strict=True))


def parameterisation_table(
    designs: Mapping[str, Design],
    cells: Cells,
    priors: Mapping[str, Prior],
    records: Mapping[str, Mapping[str, Any]],
    summaries: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Compare modes of sigmas and scales with those of their logarithms.

    Parameters
    ----------
    designs, records, summaries
        By model: its design, point estimates and summary of the posterior.
    cells
        Of all participants.
    priors
        By key of config.yaml.

    Returns
    -------
    pandas.DataFrame
        ``model, parameter, n, map, map_of_log, posterior_mean, posterior_sd, shift_in_sd,
        mean_over_scale, mean_over_log``: `n` as in summary.csv, the mode of the parameter and
        that of its logarithm turned back (points), the distance of the two in posterior sds; and
        of the textbook regression's sigma the posterior mean integrated over sigma and over log
        sigma, blank elsewhere.
    """
    made = []
    for name, record in records.items():
        spec, summary = designs[name].spec, summaries[name]
        modes = log_scale_mode(Objective(designs[name], priors, Kind.POSTERIOR))
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
        exact = sigma_means(cells, priors) if spec.is_textbook else (np.nan, np.nan)
        made.append(table.assign(mean_over_scale=exact[0], mean_over_log=exact[1]))
    return pd.concat(made, ignore_index=True)


def sigma_means(cells: Cells, priors: Mapping[str, Prior]) -> tuple[float, float]:
    """Posterior mean of the regression's sigma, integrated over sigma and over log sigma."""

    def mean(sigma: np.ndarray, log_jacobian: np.ndarray | float) -> float:
        density = log_posterior_of_sigma(cells, sigma, priors)[0] + log_jacobian
        weight = np.exp(density - density.max())
        return float(weight @ sigma / weight.sum())

    coarse = np.geomspace(SMALLEST, LARGEST, 20001)
    density = log_posterior_of_sigma(cells, coarse, priors)[0]
    inside = coarse[density > density.max() - 40]
    low, high = inside[0] * 0.999, inside[-1] * 1.001
    log_even = np.linspace(np.log(low), np.log(high), NODES)
    return mean(np.linspace(low, high, NODES), 0.0), mean(np.exp(log_even), log_even)


COLUMNS = [
    *("rank", "model", "parameter", "n", "mle", "map"),
    *("posterior_mean", "posterior_sd", "map_minus_mean_in_sd"),
]


def disagreement_table(
    records: Mapping[str, Mapping[str, Any]], summaries: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Rank all parameters of all models by the distance of MAP and posterior mean.

    Parameters
    ----------
    records, summaries
        By model, point estimates and summary of the posterior.

    Returns
    -------
    pandas.DataFrame
        ``rank, model, parameter, n, mle, map, posterior_mean, posterior_sd,
        map_minus_mean_in_sd``, the furthest apart first; `n` as in summary.csv.  Parameters
        without a MAP are left out.
    """
    tables = [
        estimates_table(record, summaries[model]).assign(model=model, n=summaries[model]["n"])
        for model, record in records.items()
    ]
    table = pd.concat(tables, ignore_index=True).dropna(subset="map_minus_mean_in_sd")
    order = table["map_minus_mean_in_sd"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True).assign(rank=range(1, len(table) + 1))[COLUMNS]
