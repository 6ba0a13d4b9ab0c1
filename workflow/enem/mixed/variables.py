"""The variables that a formula may name; adding a covariate is one entry of `COVARIATES`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enem.editions import Edition, load_editions

if TYPE_CHECKING:
    from enem.mixed.formula import Formula

OUTCOME = "score"
MEAN_OF_PLACE, SD_OF_PLACE = MUNICIPAL = ("municipality_income", "municipality_income_sd")
"""Mean and standard deviation of log2 of family income over two minimum wages among all who are
registered in the municipality of the exam: they describe places, not the people in them."""

NUMERIC = ("income", "school_income", *MUNICIPAL)
"""``income`` is log2 of family income over two minimum wages, ``school_income`` its mean among the
participants of the finest group that the file names."""

INCOME = ("income", "school_income", "income_bracket")
"""Variables that an edition without family income lacks."""

GROUPING = ("school_type", "income_bracket", "state")
"""Categorical variables whose levels hang on edition and population."""

LEVELS = ("municipality", "school")
"""Groups that join every model by the config key of that name, outermost first."""

NO_ANSWER = "sem_resposta"
"""Level of those who left a question blank."""

UNKNOWN = "nao_sabe"
"""Level of those who answer that they do not know."""


@dataclass(frozen=True)
class Covariate:
    """A characteristic of participants.

    Attributes
    ----------
    columns
        Columns of the converted table that it is made of.
    levels
        In order, without that of missing answers.
    reference
        Level that the others are compared with.
    numbered
        Whether the column holds 1, 2, ... for the first level, the second, and so on; whatever is
        above the last counts as the last.
    """

    columns: tuple[str, ...]
    levels: tuple[str, ...]
    reference: str
    numbered: bool = False


EDUCATION = (
    *("nenhuma", "fundamental_1", "fundamental_2", "medio_incompleto", "medio"),
    *("superior", "pos_graduacao", UNKNOWN),
)
AGES = (
    *("<17", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26-30", "31-35", "36-40"),
    *("41-45", "46-50", "51-55", "56-60", "61-65", "66-70", ">70"),
)
"""Ages of INEP's bands 1 to 20."""

COVARIATES: dict[str, Covariate] = {
    "sex": Covariate(("sex",), ("M", "F"), "M"),
    "race": Covariate(
        ("race",),
        ("branca", "parda", "preta", "amarela", "indigena", "nao_declarada"),
        "branca",
    ),
    "mother_education": Covariate(("mother_education",), EDUCATION, "medio"),
    "father_education": Covariate(("father_education",), EDUCATION, "medio"),
    "household_size": Covariate(
        ("household_size",), (*map(str, range(1, 10)), "10+"), "4", numbered=True
    ),
    "age_band": Covariate(("age_band",), AGES, "17", numbered=True),
    "first_generation": Covariate(
        ("mother_education", "father_education"), ("nao", "sim", UNKNOWN), "nao"
    ),
}


def categorical() -> tuple[str, ...]:
    """Variables that a formula may use as a factor, in the order of results."""
    return (*GROUPING, *COVARIATES)


def known() -> tuple[str, ...]:
    """Every variable that a formula may name beside its outcome, in the order of results."""
    return (*NUMERIC, *categorical())


def covariates_of(formula: "Formula") -> tuple[str, ...]:
    """Covariates that a formula needs."""
    return tuple(name for name in COVARIATES if formula.uses(name))


def levels_of(covariate: str) -> tuple[str, ...]:
    """Levels of a covariate, that of missing answers last.

    Everybody stays in the sample, so that adjusted and unadjusted effects are of the same
    participants: not knowing, and not answering, are levels of their own.
    """
    return (*COVARIATES[covariate].levels, NO_ANSWER)


def two_levels(factor: tuple[str, ...]) -> bool:
    """Whether a factor is a covariate whose answers have only two levels: too few for a scale."""
    covariate = COVARIATES.get(factor[0]) if len(factor) == 1 else None
    return covariate is not None and len(covariate.levels) == 2


def columns_of(covariates: Iterable[str]) -> list[str]:
    """Columns of the converted table that these covariates are made of."""
    return sorted({column for name in covariates for column in COVARIATES[name].columns})


def questions_of(covariates: Iterable[str]) -> list[str]:
    """Columns, of those that these covariates need, that conversion adds for them."""
    questions = {name for edition in load_editions().values() for name in edition.questions}
    return [column for column in columns_of(covariates) if column in questions]


def recorded(covariate: str, edition: Edition) -> bool:
    """Whether an edition records a covariate in a way that compares."""
    sources = {"age_band": not edition.split, **edition.coded, **edition.questions}
    return all(sources.get(column) for column in COVARIATES[covariate].columns)


def editions_with(covariate: str) -> list[str]:
    """Names of the editions that record a covariate."""
    return [name for name, edition in load_editions().items() if recorded(covariate, edition)]
