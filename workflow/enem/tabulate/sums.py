"""Collapse a sample to sums: all that a Gaussian likelihood takes from rows."""

from collections.abc import Sequence

import pandas as pd

GROUP_COLUMNS = ("municipality", "school")
"""What participants share, by their codes; missing where it is not known or not named."""


def collapse_to_sums(sample: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Compute size, mean and sum of squares of every group and profile that has participants.

    Parameters
    ----------
    sample
        ``municipality, school, school_type, income_bracket, score`` and `factors`.
    factors
        Further characteristics that models use.

    Returns
    -------
    pandas.DataFrame
        ``municipality, school, school_type, income_bracket``, `factors`, ``n, mean, ss``, sorted.
    """
    keys = [*GROUP_COLUMNS, "school_type", "income_bracket", *factors]
    groups = sample.groupby(keys, dropna=False, observed=True, sort=True)["score"]
    around = (sample["score"] - groups.transform("mean")) ** 2
    squares = around.groupby([sample[key] for key in keys], dropna=False, observed=True, sort=True)
    table = pd.DataFrame({"n": groups.size(), "mean": groups.mean(), "ss": squares.sum()})
    return table.reset_index()
