"""Covariates by name: what each needs, and which editions have it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from enem.editions import Edition, load_editions
from enem.errors import InputError

NEEDS = {
    "sex": ("sex",),
    "race": ("race",),
    "mother_education": ("mother_education",),
    "father_education": ("father_education",),
    "household_size": ("household_size",),
    "age_band": ("age_band",),
    "first_generation": ("mother_education", "father_education"),
}
"""Columns of the converted table that each covariate is made of."""

COVARIATES = tuple(NEEDS)
QUESTIONS = ("mother_education", "father_education", "household_size")
"""Columns that are converted only where a covariate needs them."""


def behind_state_effect(effect: str, n: Any, n_private: Any) -> Any:
    """Participants that a state's effect speaks of: of a gap, those of its smaller side.

    Parameters
    ----------
    effect
        ``income_doubling`` or ``gap_at_equal_income``.
    n, n_private
        Participants of the state, and those at private schools: numbers or arrays.
    """
    return n if effect == "income_doubling" else np.minimum(n_private, n - n_private)


def columns_of(covariates: Sequence[str]) -> list[str]:
    """Columns of the converted table that these covariates are made of."""
    return sorted({column for name in covariates for column in NEEDS[name]})


def questions_of(covariates: Sequence[str]) -> list[str]:
    """Columns, of those that these covariates need, that conversion adds for them."""
    return [column for column in columns_of(covariates) if column in QUESTIONS]


def check_covariates(covariates: Sequence[str], edition: Edition) -> None:
    """Refuse covariates that an edition lacks.

    Raises
    ------
    InputError
        The first such covariate, and the editions that have it.
    """
    for name in covariates:
        if not _has(edition, name):
            able = [other for other, each in load_editions().items() if _has(each, name)]
            raise InputError(
                f"Config key covariates has {name}, which the {edition.name} edition does not "
                "record in a way that compares. Leave it out, or choose an edition that has it: "
                f"{', '.join(able)}."
            )


def _has(edition: Edition, covariate: str) -> bool:
    sources = {"age_band": True, **edition.coded, **edition.questions}
    return all(sources[column] for column in NEEDS[covariate])
