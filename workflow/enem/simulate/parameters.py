"""What a simulated release is made from: the stated parameters, and the states of Brazil."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from enem.errors import InputError
from enem.names import SCHOOL_TYPES, SCORES, STATES
from enem.yaml_file import read_yaml

INCOME_BRACKETS = "ABCDEFGHIJKLMNOPQ"

DEFAULT_INCOME_VALUES: Mapping[str, float] = dict(
    zip(
        INCOME_BRACKETS,
        (0.25, 0.5, 1.25, 1.75, 2.25, 2.75, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 11, 13.5, 17.5, 25),
        strict=True,
    )
)
"""Minimum wages: midpoints of the bounds, except A (no income) at 0.25 and Q (open) at 25."""


@dataclass(frozen=True)
class Parameters:
    """The content of ``parameters.yaml``, which states the source of every figure."""

    situation: Mapping[str, float]
    women: float
    school_type: Mapping[str, float]
    income_per_thousand: Mapping[str, Sequence[int]]
    income_between_schools: Mapping[str, float]
    school_size: Mapping[str, float]
    municipality_rank_power: float
    reported_school_type: Mapping[str, Sequence[float]]
    absent_day_one: Mapping[str, float]
    absent_day_two: Mapping[str, float]
    eliminated: Mapping[str, float]
    blank_sheet: Mapping[str, float]
    zero_essay: float
    zero_essay_status: Mapping[str, float]
    spanish: float
    intercept: Mapping[str, Sequence[float]]
    slope: Mapping[str, Sequence[float]]
    sigma: Mapping[str, Sequence[float]]
    school_sd: float
    municipality_sd: float
    correlation: Sequence[Sequence[float]]
    state_shift_sd: float
    limits: Mapping[str, Sequence[float]]
    resolution: Mapping[str, float]
    school_in_other_state: float
    private_coded_abroad: float
    adult_education: float
    rural_school: float
    year_finished: Sequence[float]
    age_bracket: Mapping[str, Mapping[int, float]]
    independent: Mapping[str, Mapping[str, float]]

    def by_school_type(self, name: str) -> np.ndarray:
        """Entries of a table kept by school type, shape (school types,) or (..., columns)."""
        table: Mapping[str, float | Sequence[float]] = getattr(self, name)
        return np.array([table[school_type] for school_type in SCHOOL_TYPES], dtype=float)

    def by_score(self, name: str) -> np.ndarray:
        """Entries of a table kept by score, in the order of ``names.SCORES``."""
        table = getattr(self, name)
        return np.array([table[score] for score in SCORES], dtype=float)


@dataclass(frozen=True)
class State:
    """A federative unit: IBGE code, registrants in 2017, municipality names by IBGE code."""

    code: int
    registrants: int
    municipalities: Mapping[int, str]


@cache
def load_parameters() -> Parameters:
    """Read ``parameters.yaml``."""
    return Parameters(**_read_yaml("parameters.yaml"))


@cache
def load_states() -> dict[str, State]:
    """Read ``states.yaml``, in the order of ``names.STATES``."""
    table = _read_yaml("states.yaml")
    known = [field.name for field in fields(State)]
    return {name: State(**{key: table[name][key] for key in known}) for name in STATES}


def state_shares() -> np.ndarray:
    """Share of the registrants in each state, in the order of ``names.STATES``."""
    registrants = np.array([state.registrants for state in load_states().values()], dtype=float)
    return registrants / registrants.sum()


def income_scale(income_values: Mapping[str, float]) -> np.ndarray:
    """Return x = log2(income in minimum wages / 2) of the brackets A to Q.

    Raises
    ------
    InputError
        When a bracket has no value, or a value that is not above zero.
    """
    missing = [letter for letter in INCOME_BRACKETS if letter not in income_values]
    if missing:
        raise InputError(
            "income_values has no value for bracket {missing}: give one, in minimum wages, "
            "for each of A to Q.",
            missing=", ".join(missing),
        )
    values = np.array([income_values[letter] for letter in INCOME_BRACKETS], dtype=float)
    if not (np.isfinite(values) & (values > 0)).all():
        raise InputError(
            "income_values must be above zero, in minimum wages, and they are {values}: a "
            "logarithm is taken of them, so give bracket A (no income) a small positive "
            "value.",
            values=values.tolist(),
        )
    return np.log2(values / 2)


def _read_yaml(name: str) -> dict[str, Any]:
    return read_yaml(Path(__file__).with_name(name))
