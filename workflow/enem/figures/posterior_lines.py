"""Posterior of the expected score over income: one line for each school type, or for all."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

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


def posterior_lines(table: pd.DataFrame, posterior: xr.Dataset, analysis: Analysis) -> list[Line]:
    """Summarise intercept + slope x, leaving out groups without participants.

    Parameters
    ----------
    table
        Cells with their ``x``.
    posterior
        Draws; a line per school type where they have them, else one for all.
    analysis
        Order of the school types, mass of the intervals.
    """
    grouped = "slope_school_type" in posterior
    lines = []
    for name in analysis.school_types if grouped else ("all",):
        own = table[(table["n"] > 0) & ((table["school_type"] == name) | (not grouped))]
        if own.empty:
            continue
        low, high = own["x"].min(), own["x"].max()
        x = np.linspace(low, max(high, low + SHORTEST), GRID)
        intercept, slope = (_draws(posterior, v, name, grouped) for v in ("intercept", "slope"))
        expected = intercept[:, None] + slope[:, None] * x
        ends = interval(expected, analysis)
        lines.append(Line(name, int(own["n"].sum()), x, expected.mean(axis=0), *ends))
    return lines


def _draws(posterior: xr.Dataset, variable: str, name: str, grouped: bool) -> np.ndarray:
    if grouped:
        return posterior[f"{variable}_school_type"].sel(school_type=name).to_numpy().ravel()
    return posterior[variable].to_numpy().ravel()
