"""Posterior of the expected score over income: lines of school types, and means of cells."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from enem.figures.analysis import Analysis
from enem.figures.intervals import interval
from enem.mixed.parameters import GROUP_SUFFIX, LINES

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


def posterior_lines(table: pd.DataFrame, posterior: xr.Dataset, analysis: Analysis) -> list[Line]:
    """Summarise the line of a typical school, leaving out groups without participants.

    In a model with the mean income of schools, that school's is the mean of the group's
    participants; what other factors add is at their average or reference.

    Parameters
    ----------
    table
        Cells with their ``x``.
    posterior
        Draws; a line per school type where a coefficient of it varies so, else one for all.
    analysis
        Order of the school types, mass of the intervals.
    """
    grouped = any(f"{name}{GROUP_SUFFIX}" in posterior for name in LINES)
    lines = []
    for name in analysis.school_types if grouped else ("all",):
        own = table[(table["n"] > 0) & ((table["school_type"] == name) | (not grouped))]
        if own.empty:
            continue
        low, high = own["x"].min(), own["x"].max()
        x = np.linspace(low, max(high, low + SHORTEST), GRID)
        intercept, slope, context = (_draws(posterior, each, name) for each in LINES)
        at_school = intercept + context * np.average(own["x"], weights=own["n"])
        expected = at_school[:, None] + slope[:, None] * x
        ends = interval(expected, analysis)
        lines.append(Line(name, int(own["n"].sum()), x, expected.mean(axis=0), *ends))
    return lines


def _draws(posterior: xr.Dataset, variable: str, name: str) -> np.ndarray:
    """Draws of a school type's coefficient, of everybody's, or 0 where the model has none."""
    of_type = f"{variable}{GROUP_SUFFIX}"
    if of_type in posterior:
        return posterior[of_type].sel(school_type=name).to_numpy().ravel()
    if variable in posterior:
        return posterior[variable].to_numpy().ravel()
    return np.zeros(posterior.sizes["chain"] * posterior.sizes["draw"])


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
    places = {
        name: xr.DataArray(shown[name].to_numpy(str), dims="cell")
        for name in ("school_type", "income_bracket")
    }
    draws = expected["schools_like_these"].sel(places).transpose("chain", "draw", "cell")
    # sizes in full: with no cell there is none to infer
    values = draws.to_numpy().reshape(draws.sizes["chain"] * draws.sizes["draw"], len(shown))
    low, high = interval(values, analysis)
    return shown.assign(expected=values.mean(axis=0), expected_low=low, expected_high=high)
