"""How well other errors, and lines without levels, predict participants left out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp

from enem.mixed.design import finest_groups
from enem.sensitivity.names import WITHOUT_LEVELS
from enem.sensitivity.student_t import log_density
from enem.tabulate.grid import CellGrid

EFFICIENCY = 0.5
"""Effective draws per draw that the smoothing of the largest weights is told; it is not sensitive
to them (Vehtari, Simpson, Gelman, Yao & Gabry, JMLR 25(72) (2024))."""

GAUSSIAN = "gaussian"
BASES = {"student_t": WITHOUT_LEVELS}
"""What errors are compared with, where not with the main analysis: lines without levels too."""


def predictions_table(rows: pd.DataFrame, left_out: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare assumptions by PSIS-LOO of the same participants.

    Parameters
    ----------
    rows
        Analysed participants: ``municipality, school, school_type``.
    left_out
        By assumption, ``elpd_loo`` and ``pareto_k`` of every row; `GAUSSIAN`, the main analysis,
        and ``levels``, lines without levels, among them.

    Returns
    -------
    pandas.DataFrame
        ``errors, n, elpd, se, elpd_diff, diff_se, pareto_k_max``; differences from `GAUSSIAN`, of
        Student-t errors from ``levels``, nats of all participants together; errors by group.
    """
    group, _ = finest_groups(rows.assign(n=1))
    elpd = {name: table["elpd_loo"].to_numpy(float) for name, table in left_out.items()}
    return pd.DataFrame(
        [
            {
                "errors": name,
                "n": len(rows),
                **_sum(values, group, "elpd", "se"),
                **_sum(values - elpd[BASES.get(name, GAUSSIAN)], group, "elpd_diff", "diff_se"),
                "pareto_k_max": float(left_out[name]["pareto_k"].max()),
            }
            for name, values in elpd.items()
        ]
    )


def _sum(values: np.ndarray, group: np.ndarray, total: str, error: str) -> dict[str, float]:
    """Sum over participants, and its standard error where groups are what is drawn."""
    size = np.bincount(group)
    parts = np.bincount(group, values) - size * values.mean()
    count = len(size)
    spread = (parts**2).sum() * count / (count - 1) if count > 1 else np.nan
    return {total: float(values.sum()), error: float(np.sqrt(spread))}


def leave_out_student_t(rows: pd.DataFrame, grid: CellGrid, draws: xr.Dataset) -> pd.DataFrame:
    """Leave out each row under Student-t errors: ``elpd_loo``, and ``pareto_k`` of its cell."""
    names = ("intercept_school_type", "slope_school_type", "sigma")
    lines = [draws[name].to_numpy().reshape(-1, len(grid.school_types)) for name in names]
    expected = lines[0][..., None] + lines[1][..., None] * grid.x
    return _student_t(rows, grid, expected, lines[2], draws["nu"].to_numpy().ravel())


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
    return pd.DataFrame(elpd.T, columns=["elpd_loo", "pareto_k"])


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
