"""Scores at which a smooth function of a cell's rows is computed, and the rows between them."""

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline

NODES = 16
"""Nodes per cell; a cell with fewer distinct scores is computed at each of them."""


def cell_nodes(scores: np.ndarray, most: int = NODES) -> np.ndarray:
    """Scores of one cell at which a function of them is computed, ascending, `most` or fewer."""
    distinct = np.unique(scores)
    if len(distinct) <= most:
        return distinct
    return np.linspace(distinct[0], distinct[-1], most)


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
