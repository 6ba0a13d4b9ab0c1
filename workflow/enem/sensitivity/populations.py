"""Who is analysed: samples under other rules, of one reading, and weights for the missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from enem.compare.cell_means import ratio
from enem.editions import Edition
from enem.mixed.design import Design
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.sensitivity.names import MATCHING, NOBODY, NOT_AVAILABLE, PRESENCE
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
    return [
        Population(rule, value, replace(settings, **{rule: value}))
        for rule, values in RULES.items()
        for value in values
        if value != getattr(settings, rule)
    ]


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


def weights_of_the_missing(presence: pd.DataFrame, design: Design) -> dict[str, np.ndarray | None]:
    """Weight the cells of a design for those who stayed away, and whose school is not known.

    A weight is the inverse of the share that stayed in, so that each cell counts for all whom
    it stands for.  It enters where cells are averaged, their slopes and their gaps, and not the
    likelihood: given school type and income, a Gaussian likelihood of weighted sums would take
    each participant for several and its intervals for too narrow, while lines and their
    uncertainty are about those who sat the exam either way.  What is assumed is that the
    missing would have scored as those of their cell did; nothing here can tell.

    Parameters
    ----------
    presence
        Of one outcome, `enem.tabulate.presence.presence_table`.
    design
        Whose school types and brackets.

    Returns
    -------
    dict
        `PRESENCE`, by school type and income, and `MATCHING`, by income alone (of the unmatched no
        school type is known), None where no shares are known; (T, B), 1 where nobody stayed in.
    """
    shape = (len(design.school_types), len(design.brackets))
    cells = pd.MultiIndex.from_product([design.school_types, design.brackets])
    counts = presence.set_index(["school_type", "income_bracket"]).reindex(cells, fill_value=0)
    found = {PRESENCE: _inverse(counts["matched"], counts["present"]).reshape(shape)}
    if presence["finishing"].isna().all():
        return {**found, MATCHING: None}
    counts = presence.groupby("income_bracket")[["finishing", "matched"]].sum()
    counts = counts.reindex(design.brackets, fill_value=0)
    of_income = _inverse(counts["finishing"], counts["matched"])
    return {**found, MATCHING: np.broadcast_to(of_income, shape)}


def _inverse(of: pd.Series, stayed: pd.Series) -> np.ndarray:
    return np.nan_to_num(ratio(of.to_numpy(float), stayed.to_numpy(float)), nan=1.0)
