"""How well Gaussian and Student-t errors predict participants left out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats
from scipy.special import logsumexp

from enem.check.cell_nodes import cell_nodes, interpolate_rows
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
    nodes = {name: _nodes(rows, grid, each) for name, each in draws.items()}
    elpd = {name: interpolate_rows(rows, table, "elpd_loo") for name, table in nodes.items()}
    main = next(iter(elpd.values()))
    return pd.DataFrame(
        [
            {
                "errors": name,
                "n": len(rows),
                **_sum(values, "elpd", "se"),
                **_sum(values - main, "elpd_diff", "diff_se"),
                "pareto_k_max": float(nodes[name]["pareto_k"].max()),
            }
            for name, values in elpd.items()
        ]
    )


def _sum(values: np.ndarray, total: str, error: str) -> dict[str, float]:
    spread = values.std(ddof=1) if len(values) > 1 else np.nan
    return {total: float(values.sum()), error: float(np.sqrt(len(values)) * spread)}


def _nodes(rows: pd.DataFrame, grid: CellGrid, draws: xr.Dataset) -> pd.DataFrame:
    expected, sigma = cell_parameters(draws, LINES, grid)
    if "nu" not in draws:
        parameters = hyperparameter_columns(draws, LINES)
        return loo_nodes(rows, grid, parameters, expected, EFFICIENCY)
    return _student_t_nodes(rows, grid, expected, sigma, draws["nu"].to_numpy().ravel())


def _student_t_nodes(
    rows: pd.DataFrame, grid: CellGrid, expected: np.ndarray, sigma: np.ndarray, nu: np.ndarray
) -> pd.DataFrame:
    """PSIS-LOO at nodes of every occupied cell, of densities given the lines as well."""
    tables = []
    for (group, bracket), cell in rows.groupby(["school_type", "income_bracket"], observed=True):
        g, b = grid.school_types.index(group), grid.brackets.index(bracket)
        nodes = cell_nodes(cell["score"].to_numpy(float))
        z = (nodes[:, None] - expected[:, g, b]) / sigma[:, g]
        given = log_density(z, nu) - np.log(sigma[:, g])
        log_weight, pareto_k = array_stats.psislw(given, r_eff=EFFICIENCY, axis=-1)
        elpd = logsumexp(log_weight + given, axis=-1)
        keys = {"school_type": group, "income_bracket": bracket, "score": nodes}
        tables.append(pd.DataFrame({**keys, "elpd_loo": elpd, "pareto_k": pareto_k}))
    return pd.concat(tables, ignore_index=True)
