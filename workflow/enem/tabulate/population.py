"""Who is analysed: ordered exclusions, each counted."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from enem.convert.columns import BOOKLETS
from enem.editions import Edition
from enem.mixed.variables import MUNICIPAL
from enem.names import AREAS, ESSAY, MEAN, SCORES
from enem.tabulate.income import NO_BRACKET

Rule = Callable[[pd.DataFrame], np.ndarray]

STATE_COLUMNS = {"exam": "state_exam", "school": "state_school", "residence": "state_residence"}
SCHOOL_COLUMNS = {"enrolled": "school_type", "self_reported": "school_type_reported"}

MEMBER_COLUMNS = {
    "enrolled": {"municipality": "municipality", "school": "school"},
    "self_reported": {"municipality": "municipality_exam", "school": None},
}
"""Columns that say which municipality and school participants share, by rule of the population.

Those who finished school earlier have no school on record; they share where they sat the exam.
"""

COMPLETION = "completion"
GRADUATE, FINISHING = 1, 2
"""Codes of `COMPLETION`: finished school in an earlier year, finishing it in that of the exam."""

APPLICATIONS_TOLD, APPLICATIONS = "applications_all", "applications_untold"
"""Steps of ``population.applications: all``, which exclude nobody: where booklets tell which
application people sat, and where they do not."""

APPLICATION = "application"
REGULAR, SECOND, DIGITAL = "regular", "second", "digital"

UNTOLD_TRAINEES = "trainees_untold"
"""The step of a file that does not say who sits the exam for practice, which excludes nobody.

INEP looks for the schools of those who finish that year, so trainees have none as a rule.
"""

TRAINEE, INCOME = "is_trainee", "income_bracket"
Step = tuple[str, Rule]
"""A step that ``sample_flow.csv`` names, and which participants stay."""


@dataclass(frozen=True)
class PopulationSettings:
    """The ``population`` section of config.yaml, and the state.

    Attributes
    ----------
    state
        One of the 27 codes, or BR for all.
    state_by
        ``exam``, ``school`` or ``residence``.
    school_type
        ``enrolled`` (administrative dependence of the school that participants were finishing)
        or ``self_reported`` (where they say they attended secondary school).
    trainees
        ``exclude`` or ``keep``.
    blank_answer_sheets
        What becomes of an objective score of exactly 0: ``exclude`` or ``keep``.
    zero_essays
        What becomes of an essay score of exactly 0: ``keep`` or ``exclude``.
    applications
        ``all``, or ``regular``: without the second application (prison units included) and the
        digital one, where the edition's codes of booklets are listed.
    """

    state: str
    state_by: str
    school_type: str
    trainees: str
    blank_answer_sheets: str
    zero_essays: str
    applications: str = "all"


def needed_scores(outcome: str) -> tuple[str, ...]:
    """Return the scores that an outcome is made of."""
    return SCORES if outcome == MEAN else (outcome,)


def participant_columns(settings: PopulationSettings, outcomes: tuple[str, ...]) -> list[str]:
    """Return the columns of the participants' table that the population needs."""
    scores = {score for outcome in outcomes for score in needed_scores(outcome)}
    columns = [SCHOOL_COLUMNS[settings.school_type], INCOME, TRAINEE]
    columns += [f"presence_{_sitting(score)}" for score in scores]
    columns.append(MEMBER_COLUMNS[settings.school_type]["municipality"])
    columns += BOOKLETS if settings.applications == REGULAR else ()
    return sorted({*columns, *scores})


def unpublished_columns(edition: Edition) -> set[str]:
    """Return those of `participant_columns` that an edition does not publish beside scores."""
    known = {INCOME: edition.income_column, TRAINEE: edition.coded[TRAINEE]}
    return {column for column, source in known.items() if source is None}


def optional_columns(settings: PopulationSettings) -> list[str]:
    """Return the columns that are used where the file has them.

    First releases name schools; who is finishing school stands beside the scores in all editions
    but those that publish the two apart.
    """
    school = MEMBER_COLUMNS[settings.school_type]["school"]
    return [*BOOKLETS, *([school, COMPLETION] if school else [])]


def _sitting(score: str) -> str:
    """Return the objective area whose attendance list counts: the essay is sat with LC."""
    return "LC" if score == ESSAY else score


def absent_columns(participants: pd.DataFrame) -> frozenset[str]:
    """Return the columns that rules need and a file without them can be analysed without."""
    return frozenset({TRAINEE, COMPLETION, INCOME} - set(participants))


def candidates(settings: PopulationSettings, absent: Collection[str] = ()) -> list[Step]:
    """List the rules that say who could be analysed, before anything that people did.

    With the school of enrolment these are participants who finish school that year.  A few files
    name the school of somebody who does not: a school on record counts as finishing there.

    Parameters
    ----------
    settings
        Population rules.
    absent
        Of `absent_columns`: what the file does not tell.
    """
    steps: list[Step] = []
    if settings.trainees == "exclude" and TRAINEE in absent:
        steps.append((UNTOLD_TRAINEES, lambda t: np.ones(len(t), bool)))
    elif settings.trainees == "exclude":
        steps.append(("not_trainee", lambda t: ~t[TRAINEE].fillna(False).to_numpy(bool)))
    if settings.school_type == "enrolled" and COMPLETION not in absent:
        steps += [("not_graduate", _not_graduate), ("finishing", _finishing)]
    return steps


def municipal_columns(participants: pd.DataFrame) -> list[str]:
    """Return the variables of exam municipalities that models use of these participants."""
    return [name for name in MUNICIPAL if name in participants]


def exclusions(
    settings: PopulationSettings,
    outcome: str,
    absent: Collection[str] = (),
    municipal: Sequence[str] = (),
) -> list[Step]:
    """List the rules in order, each with the step that ``sample_flow.csv`` names.

    A rule returns which participants stay.  The state's own rule is not here: rows of other
    states are never loaded.
    """
    scores = needed_scores(outcome)
    objective = [score for score in scores if score in AREAS]
    steps = candidates(settings, absent)
    steps.append((f"school_type_{settings.school_type}", school_type_known(settings)))
    steps.append(("present", present(outcome)))
    if settings.applications == REGULAR:
        steps.append(("application_regular", lambda t: (t[APPLICATION] == REGULAR).to_numpy(bool)))
    steps.append(("scores_known", _known(list(scores))))
    if objective and settings.blank_answer_sheets == "exclude":
        steps.append(("no_blank_sheet", _positive(objective)))
    if ESSAY in scores and settings.zero_essays == "exclude":
        steps.append(("essay_above_zero", _positive([ESSAY])))
    if INCOME not in absent:
        steps.append(("income_known", _known([INCOME])))
    if municipal:
        steps.append(("municipal_income_known", _known(list(municipal))))
    return steps


def school_type_known(settings: PopulationSettings) -> Rule:
    """Return the rule of who has a school type; INEP did not match all who finish to a school."""
    return _known([SCHOOL_COLUMNS[settings.school_type]])


def present(outcome: str) -> Rule:
    """Return the rule of who sat every exam that an outcome needs."""
    columns = sorted({f"presence_{_sitting(score)}" for score in needed_scores(outcome)})
    return lambda t: (t[columns] == 1).fillna(False).to_numpy(bool).all(axis=1)


def _not_graduate(participants: pd.DataFrame) -> np.ndarray:
    return ~_completion(participants, GRADUATE) | _in_school(participants)


def _finishing(participants: pd.DataFrame) -> np.ndarray:
    return _completion(participants, FINISHING) | _in_school(participants)


def _completion(participants: pd.DataFrame, code: int) -> np.ndarray:
    return (participants[COMPLETION] == code).fillna(False).to_numpy(bool)


def _in_school(participants: pd.DataFrame) -> np.ndarray:
    return participants[SCHOOL_COLUMNS["enrolled"]].notna().to_numpy()


def _known(columns: list[str]) -> Rule:
    return lambda t: t[columns].notna().to_numpy().all(axis=1)


def _positive(columns: list[str]) -> Rule:
    return lambda t: (t[columns] > 0).to_numpy().all(axis=1)


def select_sample(
    participants: pd.DataFrame,
    rows_in_file: int,
    cut_rows: int,
    settings: PopulationSettings,
    outcome: str,
    carried: Sequence[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply every exclusion in order and count it.

    Parameters
    ----------
    participants
        The state's participants, columns of `participant_columns`.
    rows_in_file
        Rows of the whole release, the cut one included.
    cut_rows
        Rows that the end of the file cut short (0 or 1).
    settings
        Population rules.
    outcome
        Which outcome.
    carried
        Further columns of `participants` to keep in the sample.

    Returns
    -------
    tuple of DataFrame
        The sample (``municipality, school, school_type, income_bracket, score``, and `carried`)
        and its flow
        (``step, rows, excluded, outcome``), whose rows plus exclusions add up to the file.
    """
    counts = [("file", rows_in_file)]
    if cut_rows:
        counts.append(("not_cut", rows_in_file - cut_rows))
    counts.append((f"state_by_{settings.state_by}", len(participants)))
    if settings.applications != REGULAR:
        step = APPLICATIONS_TOLD if APPLICATION in participants else APPLICATIONS
        counts.append((step, len(participants)))
    told = absent_columns(participants), municipal_columns(participants)
    for step, rule in exclusions(settings, outcome, *told):
        participants = participants[rule(participants)]
        counts.append((step, len(participants)))
    flow = pd.DataFrame(counts, columns=["step", "rows"])
    flow["excluded"] = flow["rows"].shift(fill_value=rows_in_file) - flow["rows"]
    flow["outcome"] = outcome
    sources = MEMBER_COLUMNS[settings.school_type]
    sample = pd.DataFrame(
        {
            **{name: _codes(participants, source) for name, source in sources.items()},
            "school_type": participants[SCHOOL_COLUMNS[settings.school_type]].astype(str),
            INCOME: brackets_of(participants),
            "score": participants[list(needed_scores(outcome))].mean(axis=1),
            **{name: participants[name] for name in carried},
        }
    )
    return sample.reset_index(drop=True), flow


def brackets_of(participants: pd.DataFrame) -> pd.Series:
    """Income brackets as text; one label for all where incomes are not published."""
    if INCOME not in participants:
        return pd.Series(NO_BRACKET, participants.index, "string").astype(str)
    return participants[INCOME].astype(str)


def _codes(participants: pd.DataFrame, column: str | None) -> pd.Series:
    """Codes as text, missing where they are, and where the file has none."""
    if column not in participants:
        return pd.Series(None, participants.index, "string")
    codes = participants[column]
    if pd.api.types.is_numeric_dtype(codes):
        # pandas reads whole numbers of which some are missing as floats
        codes = codes.astype("Int64")
    return codes.astype("string")
