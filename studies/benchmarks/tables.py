"""What a part of the benchmarks returns."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Result:
    """One table of a part.

    Attributes
    ----------
    name
        Stem of its CSV.
    title, text
        Heading of the table, and what it shows and how it was measured.
    table
        Tidy: one row a measured thing, units in the column names.
    """

    name: str
    title: str
    text: str
    table: pd.DataFrame


def spread(runs: pd.DataFrame, by: list[str], values: list[str]) -> pd.DataFrame:
    """Return minimum, median and maximum of `values` in each group, in order of appearance."""
    grouped = runs.groupby(by, sort=False)[values].agg(["min", "median", "max"])
    grouped.columns = [f"{value}_{statistic}" for value, statistic in grouped.columns]
    return grouped.reset_index()
