"""Who is missing: of those who finish school that year, who reaches the analysed sample."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from enem.tabulate.income import NO_BRACKET
from enem.tabulate.population import (
    COMPLETION,
    INCOME,
    SCHOOL_COLUMNS,
    PopulationSettings,
    Step,
    absent_columns,
    candidates,
    exclusions,
    municipal_columns,
    present,
    school_type_known,
)

KEYS = ["school_type", "income_bracket"]
COUNTS = ["finishing", "matched", "present", "analysed"]


def presence_table(
    participants: pd.DataFrame,
    settings: PopulationSettings,
    outcome: str,
    school_types: Sequence[str],
    brackets: Sequence[str],
) -> pd.DataFrame:
    """Count participants by school type and income, missing ones as rows of their own.

    Parameters
    ----------
    participants
        The state's, before any exclusion.
    settings, outcome
        Who is analysed, and what.
    school_types, brackets
        Labels in order.

    Returns
    -------
    pandas.DataFrame
        `KEYS`, `COUNTS` and ``outcome``.  ``finishing`` are the candidates of the analysis (blank
        where the file does not say who is finishing school), ``matched`` those of a known school
        type, ``present`` those who sat every exam of the outcome, ``analysed`` the sample.  Every
        school type by every bracket; unknown ones, blank, where they have anybody.
    """
    absent = absent_columns(participants)
    told = COMPLETION not in absent or settings.school_type == "self_reported"
    people = participants[all_steps(participants, candidates(settings, absent))]
    if not told:
        people = people[school_type_known(settings)(people)]
    if INCOME in absent:
        people = people.assign(**{INCOME: NO_BRACKET})
    labels = people[[SCHOOL_COLUMNS[settings.school_type], INCOME]].astype("string")
    found = labels.set_axis(KEYS, axis=1).assign(
        finishing=True,
        matched=school_type_known(settings)(people),
        present=present(outcome)(people),
        analysed=all_steps(
            people, exclusions(settings, outcome, absent, municipal_columns(people))
        ),
    )
    table = _counted(found, school_types, brackets)
    if not told:
        table["finishing"] = pd.Series(pd.NA, table.index, "Int64")
    return table.assign(outcome=outcome)


def all_steps(participants: pd.DataFrame, steps: Sequence[Step]) -> np.ndarray:
    """Tell who stays after every step."""
    kept = np.ones(len(participants), bool)
    for _, rule in steps:
        kept &= rule(participants)
    return kept


def _counted(
    found: pd.DataFrame, school_types: Sequence[str], brackets: Sequence[str]
) -> pd.DataFrame:
    """Count by `KEYS`: the whole grid of known labels, and of blank ones those that occur."""
    counts = found.groupby(KEYS, dropna=False)[COUNTS].sum().astype("Int64").reset_index()
    axes = [[*school_types, pd.NA], [*brackets, pd.NA]]
    grid = pd.MultiIndex.from_product(axes, names=KEYS).to_frame(index=False).astype("string")
    table = grid.merge(counts, on=KEYS, how="left")
    table[COUNTS] = table[COUNTS].fillna(0)
    return table[table[KEYS].notna().all(axis=1) | (table["finishing"] > 0)].reset_index(drop=True)
