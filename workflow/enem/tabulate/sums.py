"""Collapse a sample to sums: all that a Gaussian likelihood takes from rows."""

from collections.abc import Sequence

import pandas as pd

from enem.names import moment_columns

GROUP_COLUMNS = ("municipality", "school")
"""What participants share, by their codes; missing where it is not known or not named."""


def collapse_to_sums(
    sample: pd.DataFrame, factors: Sequence[str], outcomes: Sequence[str] = ("score",)
) -> pd.DataFrame:
    """Compute size, mean and sum of squares of every group and profile that has participants.

    Parameters
    ----------
    sample
        ``municipality, school, school_type, income_bracket``, `factors` and `outcomes`.
    factors
        Further characteristics that models use.
    outcomes
        Scores, points.

    Returns
    -------
    pandas.DataFrame
        ``municipality, school, school_type, income_bracket``, `factors`, ``n, mean, ss``, sorted;
        of several outcomes the columns that `enem.names.moment_columns` names.
    """
    keys = [*GROUP_COLUMNS, "school_type", "income_bracket", *factors]
    return moments_by(sample, keys, outcomes).reset_index()


def moments_by(
    sample: pd.DataFrame, keys: list[str], outcomes: Sequence[str] = ("score",)
) -> pd.DataFrame:
    """``n, mean, ss`` by those of `keys` that have participants, which are the index."""
    how = {"dropna": False, "observed": True, "sort": True}
    groups = sample.groupby(keys, **how)[list(outcomes)]
    around = sample[list(outcomes)] - groups.transform("mean")
    means, squares = moment_columns(outcomes)
    products = {
        squares[i][j]: around[a] * around[b]
        for i, a in enumerate(outcomes)
        for j, b in enumerate(outcomes[i:], i)
    }
    sums = pd.DataFrame(products).groupby([sample[key] for key in keys], **how).sum()
    table = groups.mean().set_axis(means, axis=1)
    return pd.concat([groups.size().rename("n"), table, sums], axis=1)
