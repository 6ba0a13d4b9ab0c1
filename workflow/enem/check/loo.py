"""PSIS-LOO of every participant from few evaluations, in bounded memory.

Within a cell, the leave-one-out log density of a row depends on its score alone, and smoothly:
nearly a parabola.  So it is computed at a cell's distinct scores where they are few, and else at
nodes across the cell's range, between which rows are interpolated.
"""

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp

from enem.models.cells import CellGrid

NODES = 48
"""Nodes per cell; a cell with fewer distinct scores is computed at each of them."""
CHUNK = 256
"""Nodes whose draws are held at once: 256 x 4,000 draws are 8 MB an array."""


def cell_nodes(scores: np.ndarray) -> np.ndarray:
    """Scores of one cell at which LOO is computed, ascending."""
    distinct = np.unique(scores)
    if len(distinct) <= NODES:
        return distinct
    return np.linspace(distinct[0], distinct[-1], NODES)


def loo_nodes(
    rows: pd.DataFrame,
    grid: CellGrid,
    expected: np.ndarray,
    sigma: np.ndarray,
    relative_efficiency: float,
) -> pd.DataFrame:
    """Compute PSIS-LOO at the nodes of every occupied cell.

    Parameters
    ----------
    rows
        Analysed participants: ``school_type, income_bracket, score``.
    grid
        Full grid (G, B).
    expected, sigma
        Draws as `enem.check.scores.cell_parameters` gives them: (S, G, B) and (S, G).
    relative_efficiency
        Effective draws per draw.

    Returns
    -------
    pandas.DataFrame
        ``school_type, income_bracket, score, elpd_loo, lppd, pareto_k``, one row a node.
    """
    tables = []
    for (school_type, bracket), cell in rows.groupby(
        ["school_type", "income_bracket"], observed=True
    ):
        g, b = grid.school_types.index(school_type), grid.brackets.index(bracket)
        nodes = cell_nodes(cell["score"].to_numpy(float))
        values = _psis(nodes, expected[:, g, b], sigma[:, g], relative_efficiency)
        table = pd.DataFrame(dict(zip(("elpd_loo", "lppd", "pareto_k"), values, strict=True)))
        table.insert(0, "score", nodes)
        table.insert(0, "income_bracket", bracket)
        table.insert(0, "school_type", school_type)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _psis(
    scores: np.ndarray, expected: np.ndarray, sigma: np.ndarray, relative_efficiency: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pieces = []
    for start in range(0, len(scores), CHUNK):
        z = (scores[start : start + CHUNK, None] - expected) / sigma
        log_density = -0.5 * (z**2 + np.log(2 * np.pi)) - np.log(sigma)
        log_weight, pareto_k = array_stats.psislw(log_density, r_eff=relative_efficiency, axis=-1)
        elpd = logsumexp(log_weight + log_density, axis=-1)
        lppd = logsumexp(log_density, axis=-1) - np.log(log_density.shape[-1])
        pieces.append((elpd, lppd, pareto_k))
    elpd, lppd, pareto_k = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return elpd, lppd, pareto_k


def interpolate_rows(rows: pd.DataFrame, nodes: pd.DataFrame, column: str) -> np.ndarray:
    """Evaluate a column of the node table at every row's score, exact at the nodes.

    Returns
    -------
    ndarray
        One value a row, in the order of `rows`.
    """
    keys = ["school_type", "income_bracket"]
    by_cell = dict(list(nodes.groupby(keys, observed=True)))
    values = np.full(len(rows), np.nan)
    for cell, positions in rows.groupby(keys, observed=True).indices.items():
        table = by_cell[cell]
        score = rows["score"].to_numpy(float)[positions]
        at, known = table["score"].to_numpy(), table[column].to_numpy()
        values[positions] = (
            CubicSpline(at, known)(score) if len(at) > 3 else _lookup(score, at, known)
        )
    return values


def _lookup(score: np.ndarray, at: np.ndarray, known: np.ndarray) -> np.ndarray:
    return known[np.searchsorted(at, score)]
