"""Collapse a sample to cells and to a histogram."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from enem.names import REPORTED_SCHOOL_TYPES, SCHOOL_TYPES
from enem.tabulate.sums import moments_by

BIN_WIDTH = 10
"""Width of the score histogram's bins, points."""

SCHOOL_TYPES_BY_RULE = {"enrolled": SCHOOL_TYPES, "self_reported": REPORTED_SCHOOL_TYPES}


def collapse_to_cells(
    sample: pd.DataFrame, school_types: Sequence[str], brackets: Sequence[str]
) -> pd.DataFrame:
    """Compute the sufficient statistics of every cell, empty ones included.

    Parameters
    ----------
    sample
        ``school_type, income_bracket, score``.
    school_types, brackets
        The cells' axes, G and B labels.

    Returns
    -------
    pandas.DataFrame
        G * B rows ``school_type, income_bracket, n, mean, ss``; the mean of an empty cell is
        missing and its ss 0.
    """
    keys = ["school_type", "income_bracket"]
    full = pd.MultiIndex.from_product([school_types, brackets], names=keys)
    table = moments_by(sample, keys).reindex(full)
    table["n"] = table["n"].fillna(0).astype("int64")
    table["ss"] = table["ss"].fillna(0.0)
    return table.reset_index()


def score_histogram(sample: pd.DataFrame, school_types: Sequence[str]) -> pd.DataFrame:
    """Count scores in bins of `BIN_WIDTH` points, by cell.

    Returns
    -------
    pandas.DataFrame
        ``school_type, income_bracket, score_low, score_high, n`` of bins that hold somebody; a
        score on an edge falls in the bin above.
    """
    low = BIN_WIDTH * np.floor(sample["score"] / BIN_WIDTH).astype(int)
    counts = sample.groupby(["school_type", "income_bracket", low.rename("score_low")]).size()
    table = counts.rename("n").reindex(school_types, level="school_type").reset_index()
    table.insert(3, "score_high", table["score_low"] + BIN_WIDTH)
    return table
