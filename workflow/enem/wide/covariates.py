"""Covariates as factors: the levels of each, and which of them a participant is at."""

from collections.abc import Mapping, Sequence

import pandas as pd

NO_ANSWER = "sem_resposta"
"""Level of those who left a question blank."""

UNKNOWN = "nao_sabe"
"""Level of those who answer that they do not know."""

EDUCATION = (
    *("nenhuma", "fundamental_1", "fundamental_2", "medio_incompleto", "medio"),
    *("superior", "pos_graduacao", UNKNOWN),
)
DEGREES = ("superior", "pos_graduacao")
LARGEST_HOUSEHOLD = 10
"""Households of this size and above are one level."""

AGES = (
    *("<17", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26-30", "31-35", "36-40"),
    *("41-45", "46-50", "51-55", "56-60", "61-65", "66-70", ">70"),
)
"""Ages of INEP's bands 1 to 20."""

LEVELS: Mapping[str, tuple[str, ...]] = {
    "sex": ("M", "F"),
    "race": ("branca", "parda", "preta", "amarela", "indigena", "nao_declarada"),
    "mother_education": EDUCATION,
    "father_education": EDUCATION,
    "household_size": (*map(str, range(1, LARGEST_HOUSEHOLD)), f"{LARGEST_HOUSEHOLD}+"),
    "age_band": AGES,
    "first_generation": ("nao", "sim", UNKNOWN),
}
"""Levels of each covariate in order, without that of missing answers."""

REFERENCE = {
    "sex": "M",
    "race": "branca",
    "mother_education": "medio",
    "father_education": "medio",
    "household_size": "4",
    "age_band": "17",
    "first_generation": "nao",
}
"""Level that the others are compared with."""


def levels_of(covariate: str) -> tuple[str, ...]:
    """Levels of a covariate, that of missing answers last.

    Everybody stays in the sample, so that adjusted and unadjusted effects are of the same
    participants: not knowing, and not answering, are levels of their own.
    """
    return (*LEVELS[covariate], NO_ANSWER)


def two_levels(covariate: str) -> bool:
    """Whether the answers to a covariate have only two levels."""
    return len(LEVELS[covariate]) == 2


def factors(participants: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """Make the factors of participants.

    Parameters
    ----------
    participants
        Columns of `enem.wide.names.columns_of`.
    covariates
        Names in `LEVELS`.

    Returns
    -------
    pandas.DataFrame
        A categorical column a covariate, its categories those of `levels_of`.
    """
    return pd.DataFrame(
        {
            name: pd.Categorical(
                _values(participants, name).astype(object).fillna(NO_ANSWER),
                categories=list(levels_of(name)),
            )
            for name in covariates
        },
        index=participants.index,
    )


def _values(participants: pd.DataFrame, covariate: str) -> pd.Series:
    if covariate == "first_generation":
        return _first_generation(participants)
    values = participants[covariate]
    if covariate == "age_band":
        return values.map(dict(enumerate(AGES, start=1)))
    if covariate == "household_size":
        labels = LEVELS[covariate]
        return values.clip(upper=LARGEST_HOUSEHOLD).map(dict(enumerate(labels, start=1)))
    return values.astype(object)


def _first_generation(participants: pd.DataFrame) -> pd.Series:
    """Say whether no parent has a degree; unknown where that hangs on a parent not known of."""
    parents = participants[["mother_education", "father_education"]].astype(object)
    degree = parents.isin(DEGREES).any(axis=1)
    blank, unknown = parents.isna().any(axis=1), (parents == UNKNOWN).any(axis=1)
    found = pd.Series("sim", parents.index, object)
    found[unknown] = UNKNOWN
    found[blank] = None
    found[degree] = "nao"
    return found
