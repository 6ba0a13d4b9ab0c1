"""The income that stands for each bracket, and the regression's x."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from enem.editions import Edition, IncomeBracket

REFERENCE = 2.0
"""Minimum wages at which x is 0."""


NO_BRACKET = "-"
"""The one label of all participants of an edition that does not publish incomes beside scores."""


def income_values(edition: Edition, income: Mapping[str, Any]) -> dict[str, float]:
    """Return the income taken for each bracket, minimum wages, by letter."""
    table = income_table(edition, income)
    return dict(zip(table["income_bracket"], table["value_min_wages"], strict=True))


def income_table(edition: Edition, income: Mapping[str, Any]) -> pd.DataFrame:
    """List an edition's brackets in ascending order with the income taken for each.

    Parameters
    ----------
    edition
        Whose brackets.
    income
        The ``income`` section of config.yaml: ``none``, minimum wages taken for "no income" (0 has
        no logarithm), and ``open_ended_factor``, multiple of its lower bound taken for the
        open-ended top bracket.

    Returns
    -------
    pandas.DataFrame
        ``income_bracket, lower_min_wages, upper_min_wages`` (missing: open),
        ``value_min_wages`` (midpoint, or as `income` says), ``value_brl`` per month in the
        edition's money, and ``x`` = log2(value_min_wages / 2).  Of an edition without incomes one
        row, `NO_BRACKET`, whose numbers are missing.
    """
    if edition.income_column is None:
        columns = ["lower_min_wages", "upper_min_wages", "value_min_wages", "value_brl", "x"]
        return pd.DataFrame({"income_bracket": [NO_BRACKET], **dict.fromkeys(columns, np.nan)})
    return bracket_table(edition, income)


def bracket_table(edition: Edition, income: Mapping[str, Any]) -> pd.DataFrame:
    """List the brackets as `income_table` does, of whichever table of an edition has incomes."""
    brackets = sorted(
        edition.income_brackets, key=lambda b: (b.lower, np.inf if b.upper is None else b.upper)
    )
    values = np.array([_value(bracket, income) for bracket in brackets])
    return pd.DataFrame(
        {
            "income_bracket": [b.letter for b in brackets],
            "lower_min_wages": [b.lower for b in brackets],
            "upper_min_wages": [b.upper for b in brackets],
            "value_min_wages": values,
            "value_brl": values * edition.minimum_wage,
            "x": np.log2(values / REFERENCE),
        }
    )


def _value(bracket: IncomeBracket, income: Mapping[str, Any]) -> float:
    if bracket.upper is None:
        return bracket.lower * income["open_ended_factor"]
    if bracket.upper == 0:
        return income["none"]
    return (bracket.lower + bracket.upper) / 2


def changed_incomes(
    edition: Edition, income: Mapping[str, Any]
) -> Iterator[tuple[str, float, np.ndarray]]:
    """Compute x, shape (B,), under each other assumption of ``income.alternatives``.

    Parameters
    ----------
    edition
        Whose brackets.
    income
        The ``income`` section of config.yaml.

    Yields
    ------
    tuple
        Key of the section, the value that it takes, and x.
    """
    if edition.income_column is None:
        return
    for key, values in income["alternatives"].items():
        for value in values:
            yield key, value, income_table(edition, {**income, key: value})["x"].to_numpy()


def alternative_incomes(edition: Edition, income: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return x of `changed_incomes` by the one setting that differs, such as ``none=0.5``."""
    return {f"{key}={value}": x for key, value, x in changed_incomes(edition, income)}
