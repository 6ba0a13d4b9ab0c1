"""Scores at which a smooth function of a cell's rows is computed, and the rows between them."""

import numpy as np
import pandas as pd
from scipy.interpolate import BarycentricInterpolator

FEW = 8
"""A cell with no more distinct scores is computed at each of them."""

NODES = 5
"""Nodes of a cell with more."""


def cell_nodes(scores: np.ndarray, few: int = FEW) -> np.ndarray:
    """Scores of one cell at which a function of them is computed, ascending.

    Chebyshev's extreme points between the lowest and the highest score, where the polynomial
    through a smooth function is close to the best one (Trefethen, Approximation Theory and
    Approximation Practice, 2013, chapters 2 and 8).
    """
    distinct = np.unique(scores)
    if len(distinct) <= few:
        return distinct
    points = np.sin(np.pi * (np.arange(NODES) / (NODES - 1) - 0.5))
    nodes = distinct[0] + np.ptp(distinct) * (points + 1) / 2
    nodes[-1] = distinct[-1]
    return nodes


def interpolate_rows(rows: pd.DataFrame, nodes: pd.DataFrame, *columns: str) -> np.ndarray:
    """Evaluate columns of the node table at every row's score, exact at the nodes.

    Returns
    -------
    ndarray
        One row a column, its values in the order of `rows`; shape (columns, rows).
    """
    keys = ["school_type", "income_bracket"]
    known = nodes[["score", *columns]].to_numpy(float)
    places = nodes.groupby(keys, observed=True).indices
    scores = rows["score"].to_numpy(float)
    values = np.full((len(rows), len(columns)), np.nan)
    for cell, positions in rows.groupby(keys, observed=True).indices.items():
        table = known[places[cell]]
        values[positions] = _between(scores[positions], table[:, 0], table[:, 1:])
    return values.T


def _between(score: np.ndarray, at: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Look scores up that are nodes themselves, and take the polynomial through all elsewhere."""
    place = np.searchsorted(at, score).clip(max=len(at) - 1)
    if (at[place] == score).all():
        return known[place]
    # The points are few and well spread, so no order of them needs to be drawn.
    return BarycentricInterpolator(at, known, rng=0)(score)
