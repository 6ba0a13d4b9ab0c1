"""What a model is fitted to: of ENEM's participants, or of any data frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from enem.api.participants import Participants
from enem.batch.designs import make_tables
from enem.errors import InputError
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.mixed.variables import OUTCOME
from enem.names import SCHOOL_TYPES
from enem.tabulate.income import NO_BRACKET, alternative_incomes
from enem.tabulate.sums import GROUP_COLUMNS, collapse_to_sums

EVERYBODY = "all"
"""The one school type of a data frame that has none."""

COLUMNS = (*GROUP_COLUMNS, "school_type", "income_bracket", "income", OUTCOME)


@dataclass(frozen=True)
class Data:
    """A sample, and what designs are made of it.

    Attributes
    ----------
    sample
        One row a participant: ``municipality, school, school_type, income_bracket``, further
        factors, ``score``.
    tables
        Sums by group and profile, incomes, labels.
    income
        `Participants.income`; None of a data frame, whose ``income`` may be anything.
    alternatives
        Values of ``income`` under other assumptions about brackets, (B,), by a description.
    about
        Edition, state, outcome and sha256 of the file; nothing of a data frame.
    """

    sample: pd.DataFrame
    tables: Tables
    income: pd.DataFrame | None = None
    alternatives: Mapping[str, np.ndarray] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


def of_participants(table: Participants, spec: Specification, state: str, outcome: str) -> Data:
    """Tabulate one state and outcome for a model, as the workflow does."""
    made = table.tabulate(state, outcome, spec.carried)
    about = {"edition": table.edition.name, "state": state, "outcome": outcome}
    return Data(
        made.sample,
        make_tables(spec, made.sums, made.cells, table.income),
        table.income,
        alternative_incomes(table.edition, table.settings["income"]),
        {**about, "data_sha256": table.conversion["zip_sha256"]},
    )


def of_frame(frame: pd.DataFrame, spec: Specification, columns: Mapping[str, str]) -> Data:
    """Collapse a data frame for a model.

    Parameters
    ----------
    frame
        One row an observation.
    spec
        The model, which says which columns are needed.
    columns
        The frame's own name of each column whose name differs from that in formulas.

    Raises
    ------
    InputError
        A column that is not there, missing values, an income of two brackets.
    """
    named = _renamed(frame, columns)
    needed = _needed(spec, named)
    _require_complete(named, needed, columns)
    sample = pd.DataFrame({name: _codes(named, name) for name in GROUP_COLUMNS})
    sample["school_type"] = named.get("school_type", EVERYBODY)
    sample["school_type"] = sample["school_type"].astype(str)
    income, sample["income_bracket"] = _incomes(named)
    sample[list(spec.carried)] = named[list(spec.carried)]
    sample[OUTCOME] = named[OUTCOME].to_numpy(float)
    cells = pd.DataFrame({"school_type": _in_order(sample["school_type"])})
    sums = collapse_to_sums(sample, spec.carried)
    return Data(sample, make_tables(spec, sums, cells, income))


def _renamed(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    for name, own in columns.items():
        if own not in frame:
            have = ", ".join(map(str, frame.columns))
            raise InputError(
                "columns[{name!r}] is {own!r}, but the data frame has {have}.",
                name=name,
                own=own,
                have=have,
            )
    # a column of the frame that happens to have the name of another one is not that one
    others = frame.drop(columns=[name for name in columns if name in frame], errors="ignore")
    return others.assign(**{name: frame[own] for name, own in columns.items()}).reset_index(
        drop=True
    )


def _needed(spec: Specification, frame: pd.DataFrame) -> list[str]:
    """Columns of the frame that the model reads; which of them may be absent is known here."""
    variables = [OUTCOME, *spec.levels, *spec.carried]
    variables += [name for name in ("school_type",) if spec.formula.uses(name)]
    variables += ["income"] if spec.formula.needs_income else []
    optional = [name for name in (*GROUP_COLUMNS, "school_type", "income") if name in frame]
    needed = list(dict.fromkeys([*variables, *optional]))
    absent = [name for name in needed if name not in frame]
    if absent:
        have = ", ".join(map(str, frame.columns))
        raise InputError(
            "The model needs {absent}, but the data frame has {have}. Name the columns that "
            "stand for them, as in columns={{{first!r}: {column!r}}}, or leave them out of "
            "formula or levels.",
            absent=", ".join(absent),
            have=have,
            first=absent[0],
            column=str(frame.columns[0]),
        )
    return needed


def _require_complete(
    frame: pd.DataFrame, needed: Sequence[str], columns: Mapping[str, str]
) -> None:
    # participants of no known school or municipality share nothing that is known
    for name in (name for name in needed if name not in GROUP_COLUMNS):
        blank = int(frame[name].isna().sum())
        if blank:
            own = columns.get(name, name)
            raise InputError(
                "{own} is missing in {blank} of {rows} rows. Leave these rows out first, as "
                "in frame.dropna(subset=[{own!r}]), or fill them.",
                own=own,
                blank=blank,
                rows=len(frame),
            )
    if frame.empty:
        raise InputError("The data frame has no rows.")


def _codes(frame: pd.DataFrame, name: str) -> Any:
    return (
        frame[name].astype("string") if name in frame else pd.Series(pd.NA, frame.index, "string")
    )


def _incomes(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Brackets in ascending income, and that of each row; distinct incomes where none is named."""
    if "income" not in frame:
        brackets = pd.Series(NO_BRACKET, frame.index)
        return pd.DataFrame({"income_bracket": [NO_BRACKET], "x": [np.nan]}), brackets
    x = frame["income"].astype(float)
    brackets = frame.get("income_bracket", x).astype(str)
    table = pd.DataFrame({"income_bracket": brackets, "x": x}).drop_duplicates()
    table = table.sort_values("x", ignore_index=True)
    twice = table["income_bracket"][table["income_bracket"].duplicated()]
    if len(twice):
        raise InputError(
            "The income_bracket {name!r} has more than one income. Give each bracket one, or "
            "leave the column out: distinct incomes are then brackets of their own.",
            name=twice.iloc[0],
        )
    return table, brackets


def _in_order(school_types: pd.Series) -> list[str]:
    found = set(school_types)
    return [name for name in SCHOOL_TYPES if name in found] + sorted(found - {*SCHOOL_TYPES})
