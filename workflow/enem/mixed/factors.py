"""Covariates of participants as factors."""

from collections.abc import Sequence

import pandas as pd

from enem.mixed.variables import COVARIATES, NO_ANSWER, UNKNOWN, levels_of

DEGREES = ("superior", "pos_graduacao")


def factors(participants: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """Make the factors of participants.

    Parameters
    ----------
    participants
        Columns of `enem.mixed.variables.columns_of`.
    covariates
        Names in `enem.mixed.variables.COVARIATES`.

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


def _values(participants: pd.DataFrame, name: str) -> pd.Series:
    covariate = COVARIATES[name]
    if name == "first_generation":
        return _first_generation(participants)
    values = participants[name]
    if not covariate.numbered:
        return values.astype(object)
    labels = dict(enumerate(covariate.levels, start=1))
    return values.clip(upper=len(covariate.levels)).map(labels)


def _first_generation(participants: pd.DataFrame) -> pd.Series:
    """Whether no parent has a degree; unknown where that hangs on a parent not known of."""
    parents = participants[["mother_education", "father_education"]].astype(object)
    degree = parents.isin(DEGREES).any(axis=1)
    blank, unknown = parents.isna().any(axis=1), (parents == UNKNOWN).any(axis=1)
    found = pd.Series("sim", parents.index, object)
    found[unknown] = UNKNOWN
    found[blank] = None
    found[degree] = "nao"
    return found
