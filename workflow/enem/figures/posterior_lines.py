"""Posterior of the expected score over income: lines of participants, and means of cells."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from enem.compare.cell_means import least_squares_slope, ratio
from enem.figures.analysis import Analysis
from enem.figures.intervals import interval

GRID = 60
SHORTEST = 0.3
"""Length, in x, of the line of a group whose participants share one bracket."""


class Line(NamedTuple):
    """Expected score over the incomes at which a group has participants.

    Attributes
    ----------
    name, n
        School type (or ``all``) and its participants.
    x
        log2 of income over two minimum wages, ascending, shape (K,).
    mean, low, high
        Posterior mean and ends of the interval, points, each of shape (K,).
    """

    name: str
    n: int
    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def participants_lines(
    table: pd.DataFrame, expected: xr.Dataset, analysis: Analysis, *, by_school_type: bool
) -> list[Line]:
    """Summarise the line through the expected scores of a group's participants.

    The least-squares line of each draw, every participant counting once, schools drawn anew: its
    slope is the effect `slope` of schools like these.

    Parameters
    ----------
    table
        Cells with their ``x``.
    expected
        Draws ``schools_like_these`` (chain, draw, school_type, income_bracket), points, and how
        many ``participants`` are behind them.
    analysis
        Order of the school types, mass of the intervals.
    by_school_type
        Whether each school type has a line, or everybody one.
    """
    lines = []
    for name in analysis.school_types if by_school_type else ("all",):
        own = table[(table["n"] > 0) & ((table["school_type"] == name) | (not by_school_type))]
        if own.empty:
            continue
        score, n = (_of_cells(expected[of], own) for of in ("schools_like_these", "participants"))
        at, low, high = own["x"].to_numpy(float), own["x"].min(), own["x"].max()
        x = np.linspace(low, max(high, low + SHORTEST), GRID)
        # at a single income no slope can be told, and the line is level
        slope = least_squares_slope(score, n, at) if high > low else np.zeros(len(score))
        centre = ratio((n * at).sum(axis=1), n.sum(axis=1))
        level = ratio((n * np.where(n > 0, score, 0.0)).sum(axis=1), n.sum(axis=1))
        drawn = level[:, None] + slope[:, None] * (x - centre[:, None])
        ends = interval(drawn, analysis)
        lines.append(Line(name, int(own["n"].sum()), x, drawn.mean(axis=0), *ends))
    return lines


def _of_cells(draws: xr.DataArray, cells: pd.DataFrame) -> np.ndarray:
    """Draws of these cells, (draws, cells)."""
    places = {
        name: xr.DataArray(cells[name].to_numpy(str), dims="cell")
        for name in ("school_type", "income_bracket")
    }
    found = draws.sel(places).transpose("chain", "draw", "cell")
    # sizes in full: with no cell there is none to infer
    return found.to_numpy().reshape(found.sizes["chain"] * found.sizes["draw"], len(cells))


def expected_cells(table: pd.DataFrame, expected: xr.Dataset, analysis: Analysis) -> pd.DataFrame:
    """Summarise expected scores of cells among schools like these; none of small cells.

    Parameters
    ----------
    table
        Cells: ``school_type, income_bracket, n``, and whatever else they keep.
    expected
        Draws ``schools_like_these`` (chain, draw, school_type, income_bracket), points.
    analysis
        Mass of the intervals, smallest cell.

    Returns
    -------
    pandas.DataFrame
        Cells that are large enough, with ``expected, expected_low, expected_high``, points.
    """
    shown = table[table["n"] >= analysis.smallest_group]
    values = _of_cells(expected["schools_like_these"], shown)
    low, high = interval(values, analysis)
    return shown.assign(expected=values.mean(axis=0), expected_low=low, expected_high=high)
