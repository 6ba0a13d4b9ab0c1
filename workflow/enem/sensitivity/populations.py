"""Samples under other rules of who is analysed, from one reading of the participants."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow.dataset as ds

from enem.editions import Edition
from enem.mixed.design import Design
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.sensitivity.names import NOBODY, NOT_AVAILABLE
from enem.tabulate.cells import SCHOOL_TYPES_BY_RULE
from enem.tabulate.population import (
    PopulationSettings,
    optional_columns,
    participant_columns,
    select_sample,
)
from enem.tabulate.release import load_participants
from enem.tabulate.sums import collapse_to_sums

RULES = {
    "school_type": ("enrolled", "self_reported"),
    "zero_essays": ("keep", "exclude"),
    "blank_answer_sheets": ("exclude", "keep"),
    "trainees": ("exclude", "keep"),
}
"""Keys of ``population`` in config.yaml and their values; one at a time takes the other value."""


class Population(NamedTuple):
    """All rules of ``population``, one of which has another value."""

    rule: str
    value: str
    settings: PopulationSettings


def alternative_populations(settings: PopulationSettings) -> list[Population]:
    """Change each rule to its other value."""
    found = []
    for rule, values in RULES.items():
        (other,) = (value for value in values if value != getattr(settings, rule))
        found.append(Population(rule, other, replace(settings, **{rule: other})))
    return found


@dataclass(frozen=True)
class Participants:
    """All that any alternative needs of one state's participants.

    Attributes
    ----------
    rows
        Participants of the state, before any exclusion.
    present
        Columns of the release.
    income
        Table of `enem.tabulate.income.income_table`.
    """

    rows: pd.DataFrame
    present: frozenset[str]
    income: pd.DataFrame

    def design(
        self, settings: PopulationSettings, outcome: str, spec: Specification
    ) -> Design | str:
        """Return a model's design under rules, or the note that says why there is none."""
        if not self.present.issuperset(participant_columns(settings, (outcome,))):
            return NOT_AVAILABLE
        sample, _ = select_sample(self.rows, len(self.rows), 0, settings, outcome)
        if sample.empty:
            return NOBODY
        types = SCHOOL_TYPES_BY_RULE[settings.school_type]
        sums = collapse_to_sums(sample, spec.factors)
        return Tables(sums, self.income, {"school_type": types}).design(spec)


def read_alternatives(
    path: Path,
    settings: PopulationSettings,
    outcomes: Sequence[str],
    edition: Edition,
    income: pd.DataFrame,
) -> Participants:
    """Read the columns of all alternatives that the release has, once.

    Parameters
    ----------
    path
        The converted release.
    settings
        Rules of the main analysis, and the state.
    outcomes, edition, income
        Of the analyses.
    """
    present = frozenset(ds.dataset(path).schema.names)
    needed: set[str] = set()
    for rule in [settings, *(p.settings for p in alternative_populations(settings))]:
        needed |= {*participant_columns(rule, tuple(outcomes)), *optional_columns(rule)}
    rows = load_participants(path, settings, outcomes, edition, sorted(needed & present))
    return Participants(rows, present, income)
