"""How well Gaussian and Student-t errors predict participants left out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp

from enem.check.cell_nodes import interpolate_rows
from enem.check.loo import loo_nodes
from enem.check.scores import cell_parameters, hyperparameter_columns
from enem.models.cells import CellGrid
from enem.sensitivity.runs import LINES
from enem.sensitivity.student_t import log_density

EFFICIENCY = 0.5
"""Effective draws per draw that the smoothing of the largest weights is told; it is not sensitive
to them (Vehtari, Simpson, Gelman, Yao & Gabry, JMLR 25(72) (2024))."""


def predictions_table(
    rows: pd.DataFrame, grid: CellGrid, draws: Mapping[str, xr.Dataset]
) -> pd.DataFrame:
    """Compare the errors by PSIS-LOO of the same participants.

    Parameters
    ----------
    rows
        Analysed participants.
    grid
        Their cells.
    draws
        By name of the errors, the main ones first; those with ``nu`` are Student-t.

    Returns
    -------
    pandas.DataFrame
        ``errors, n, elpd, se, elpd_diff, diff_se, pareto_k_max``; differences from the main
        errors, nats of all participants together.
    """
    found = {name: _leave_one_out(rows, grid, each) for name, each in draws.items()}
    elpd = {name: table["elpd"].to_numpy() for name, table in found.items()}
    main = next(iter(elpd.values()))
    return pd.DataFrame(
        [
            {
                "errors": name,
                "n": len(rows),
                **_sum(values, "elpd", "se"),
                **_sum(values - main, "elpd_diff", "diff_se"),
                "pareto_k_max": float(found[name]["pareto_k"].max()),
            }
            for name, values in elpd.items()
        ]
    )


def _sum(values: np.ndarray, total: str, error: str) -> dict[str, float]:
    spread = values.std(ddof=1) if len(values) > 1 else np.nan
    return {total: float(values.sum()), error: float(np.sqrt(len(values)) * spread)}


def _leave_one_out(rows: pd.DataFrame, grid: CellGrid, draws: xr.Dataset) -> pd.DataFrame:
    """Return ``elpd`` of every row, and the ``pareto_k`` of its cell at worst."""
    expected, sigma = cell_parameters(draws, LINES, grid)
    if "nu" in draws:
        return _student_t(rows, grid, expected, sigma, draws["nu"].to_numpy().ravel())
    parameters = hyperparameter_columns(draws, LINES)
    nodes = loo_nodes(rows, grid, parameters, expected, EFFICIENCY)
    (elpd,) = interpolate_rows(rows, nodes, "elpd_loo")
    return pd.DataFrame({"elpd": elpd, "pareto_k": nodes["pareto_k"].max()})


def _student_t(
    rows: pd.DataFrame, grid: CellGrid, expected: np.ndarray, sigma: np.ndarray, nu: np.ndarray
) -> pd.DataFrame:
    """PSIS-LOO of Student-t densities given the lines as well.

    Their logs bend where scores are a few sigmas away, so they need more nodes in a cell than
    parabolas do, and a spline through them.
    """
    score, elpd = rows["score"].to_numpy(float), np.full((2, len(rows)), np.nan)
    cells = rows.groupby(["school_type", "income_bracket"], observed=True).indices
    for (group, bracket), positions in cells.items():
        g, b = grid.school_types.index(group), grid.brackets.index(bracket)
        nodes = _nodes(score[positions])
        z = (nodes[:, None] - expected[:, g, b]) / sigma[:, g]
        given = log_density(z, nu) - np.log(sigma[:, g])
        log_weight, pareto_k = array_stats.psislw(given, r_eff=EFFICIENCY, axis=-1)
        values = logsumexp(log_weight + given, axis=-1)
        elpd[0, positions] = _between(score[positions], nodes, values)
        elpd[1, positions] = pareto_k.max()
    return pd.DataFrame(elpd.T, columns=["elpd", "pareto_k"])


NODES = 48


def _nodes(score: np.ndarray) -> np.ndarray:
    distinct = np.unique(score)
    if len(distinct) <= NODES:
        return distinct
    return np.linspace(distinct[0], distinct[-1], NODES)


def _between(score: np.ndarray, nodes: np.ndarray, values: np.ndarray) -> np.ndarray:
    if len(nodes) < NODES:
        return values[np.searchsorted(nodes, score)]
    return CubicSpline(nodes, values)(score)
