"""Mean income of the participants of each exam municipality, and how it spreads among them."""

from pathlib import Path

import numpy as np
import pandas as pd

from enem.mixed.variables import MEAN_OF_PLACE, MUNICIPAL, SD_OF_PLACE

FEWEST = 10
"""Known incomes below which a municipality has neither: they would be those of a few people."""


def read_counts(path: Path) -> pd.DataFrame:
    """Read ``incomes.csv``."""
    return pd.read_csv(path, dtype={"municipality": "string", "income_bracket": "string"})


def municipal_incomes(counts: pd.DataFrame, brackets: pd.DataFrame) -> pd.DataFrame:
    """Average log income over all who are registered in a municipality and whose income is known.

    Parameters
    ----------
    counts
        Of `enem.municipal.counts.count_incomes`.
    brackets
        Of `enem.tabulate.income.bracket_table`.

    Returns
    -------
    pandas.DataFrame
        By ``municipality``: ``participants``, ``incomes_known``, and the two variables of
        `MUNICIPAL`, doublings over two minimum wages, missing where fewer than `FEWEST` incomes
        are known.
    """
    table = counts.assign(
        x=counts["income_bracket"].map(brackets.set_index("income_bracket")["x"]),
        known=counts["participants"].where(counts["income_bracket"].notna(), 0),
    )
    of = table["municipality"]
    n = table["known"].groupby(of).sum()
    enough = n.where(n >= FEWEST)
    mean = (table["x"] * table["known"]).groupby(of).sum() / enough
    squares = ((table["x"] - of.map(mean)) ** 2 * table["known"]).groupby(of).sum()
    return pd.DataFrame(
        {
            "participants": table["participants"].groupby(of).sum(),
            "incomes_known": n,
            MEAN_OF_PLACE: mean,
            SD_OF_PLACE: np.sqrt(squares / (enough - 1)),
        }
    )


def with_municipal_incomes(people: pd.DataFrame, code: str, incomes: pd.DataFrame) -> pd.DataFrame:
    """Give participants the two variables of the municipality in their column `code`."""
    places = people[code].astype("Int64").astype("string")
    return people.assign(**{name: places.map(incomes[name]).astype(float) for name in MUNICIPAL})
