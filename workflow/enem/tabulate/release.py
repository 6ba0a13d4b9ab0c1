"""Tabulate one state of one edition for all outcomes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow.dataset as ds

from enem.editions import Edition
from enem.errors import InputError, joined, sentence
from enem.mixed.factors import factors as make_factors
from enem.mixed.variables import MUNICIPAL, columns_of
from enem.municipal.counts import CODE
from enem.municipal.incomes import with_municipal_incomes
from enem.names import BRAZIL
from enem.tabulate.applications import with_applications
from enem.tabulate.cells import SCHOOL_TYPES_BY_RULE, collapse_to_cells, score_histogram
from enem.tabulate.population import (
    STATE_COLUMNS,
    PopulationSettings,
    optional_columns,
    participant_columns,
    select_sample,
    unpublished_columns,
)
from enem.tabulate.presence import presence_table
from enem.tabulate.sums import collapse_to_sums


class Tabulation(NamedTuple):
    """What one outcome's analysis starts from."""

    sample: pd.DataFrame
    flow: pd.DataFrame
    cells: pd.DataFrame
    sums: pd.DataFrame
    histogram: pd.DataFrame
    presence: pd.DataFrame


def load_participants(
    path: Path,
    settings: PopulationSettings,
    outcomes: Sequence[str],
    edition: Edition,
    further: Sequence[str] = (),
) -> pd.DataFrame:
    """Read one state's participants from a converted release.

    Parameters
    ----------
    path
        The converted release.
    settings, outcomes
        Who is analysed, and what: only the columns that they need are read.
    edition
        Of the release.
    further
        Columns to read besides.

    Raises
    ------
    InputError
        A column that the population needs and this release does not have.
    """
    dataset = ds.dataset(path)
    state_column = STATE_COLUMNS[settings.state_by]
    needed = {*participant_columns(settings, tuple(outcomes)), *further}
    columns = sorted(needed - unpublished_columns(edition))
    present = dataset.schema.names
    _require_columns({*columns, state_column}, present, edition)
    columns = sorted({*columns, *set(optional_columns(settings)) & set(present)})
    chosen = None if settings.state == BRAZIL else ds.field(state_column) == settings.state
    rows = dataset.to_table(columns=columns, filter=chosen).to_pandas()
    rows = with_applications(rows, edition)
    return without_masked_schools(rows) if edition.schools_masked else rows


def without_masked_schools(rows: pd.DataFrame) -> pd.DataFrame:
    """Blank codes that stand for no school: those found in two municipalities or of two types.

    INEP masks the schools of few participants; these count by type within their municipality, as
    all do where no school is named.
    """
    if "school" not in rows:
        return rows
    kinds = rows[["school", "municipality", "school_type"]].drop_duplicates()
    codes = kinds["school"].dropna()
    shared = codes[codes.duplicated()]
    return rows.assign(school=rows["school"].mask(rows["school"].isin(shared)))


def load_with_factors(
    path: Path,
    settings: PopulationSettings,
    outcomes: Sequence[str],
    edition: Edition,
    factors: Sequence[str],
    incomes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """`load_participants` with the variables that models name, factors each at its levels.

    Parameters
    ----------
    path, settings, outcomes, edition
        As there.
    factors
        What `Specification.carried` names.
    incomes
        Of `enem.municipal.incomes.municipal_incomes`, where `factors` has variables of them.
    """
    municipal = set(factors) & set(MUNICIPAL)
    covariates = [name for name in factors if name not in ("state", *MUNICIPAL)]
    state = [STATE_COLUMNS[settings.state_by]] if "state" in factors else []
    further = [*columns_of(covariates), *state, *([CODE] if municipal else [])]
    rows = load_participants(path, settings, outcomes, edition, further)
    found = make_factors(rows, covariates)
    # a covariate may be called as the column that it is made of
    rows = rows.drop(columns=covariates, errors="ignore").join(found)
    if municipal:
        unused = [name for name in MUNICIPAL if name not in municipal]
        rows = with_municipal_incomes(rows, CODE, incomes).drop(columns=unused)
    return rows.assign(state=rows[state[0]].astype(str)) if state else rows


def _require_columns(needed: set[str], present: Sequence[str], edition: Edition) -> None:
    if "state_residence" in needed - set(present):
        raise InputError(
            "state_by: residence cannot be used with this file of the {edition} edition: "
            "INEP's re-release has no SG_UF_RESIDENCIA. Use state_by: exam or state_by: "
            "school, or give the first release as source.",
            edition=edition.name,
        )
    if "school_type_reported" in needed - set(present):
        raise InputError(
            "population.school_type: self_reported cannot be used with the {edition} "
            "edition, whose questionnaire does not ask it (2012-2018 do). Use "
            "population.school_type: enrolled.",
            edition=edition.name,
        )
    absent = sorted(needed - set(present))
    if absent:
        raise InputError(
            "the converted {edition} release lacks {absent}; delete it under "
            "data/participants and run again.",
            edition=edition.name,
            absent=", ".join(absent),
        )


def tabulate_outcome(
    participants: pd.DataFrame,
    report_path: Path,
    settings: PopulationSettings,
    outcome: str,
    brackets: Sequence[str],
    factors: Sequence[str] = (),
) -> Tabulation:
    """Select the sample of one outcome and collapse it.

    Parameters
    ----------
    participants
        Of one state, `factors` among their columns.
    report_path
        Report of the conversion.
    settings, outcome
        Who is analysed, and what.
    brackets
        The cells' axis.
    factors
        Further characteristics that models use.

    Raises
    ------
    InputError
        When the exclusions leave nobody.
    """
    report = json.loads(report_path.read_text())
    cut = report["cut_last_line"]
    sample, flow = select_sample(
        participants, report["rows"] + cut, cut, settings, outcome, factors
    )
    if sample.empty:
        rows = flow[["step", "rows"]].to_dict("records")
        steps = joined((sentence("{step}: {rows:,} left", **row) for row in rows), "; ")
        raise InputError(
            "nobody is left to analyse in {state} ({edition}, outcome {outcome}): {steps}. "
            "Choose another state or state_by, or widen population in config.yaml.",
            state=settings.state,
            edition=report["edition"],
            outcome=outcome,
            steps=steps,
        )
    types = SCHOOL_TYPES_BY_RULE[settings.school_type]
    cells = collapse_to_cells(sample, types, brackets)
    sums = collapse_to_sums(sample, factors)
    presence = presence_table(participants, settings, outcome, types, brackets)
    return Tabulation(sample, flow, cells, sums, score_histogram(sample, types), presence)
