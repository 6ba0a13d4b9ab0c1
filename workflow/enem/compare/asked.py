"""The incomes, sizes and profiles that config.yaml asks effects for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from enem.tabulate.income import REFERENCE


@dataclass(frozen=True)
class Profile:
    """A kind of participant: school type, and the family's income in minimum wages."""

    school_type: str
    income: float


@dataclass(frozen=True)
class Asked:
    """The ``effects`` section of config.yaml, and the edition's brackets.

    Attributes
    ----------
    brackets
        Table of `enem.tabulate.income.income_table`.
    incomes
        Minimum wages at which the gap is reported.
    gap_sizes
        Points, each with the probability that the gap exceeds it.
    score_thresholds
        Points, each with the probability that one participant scores above it.
    profiles
        Kinds of participants whose scores are predicted.
    """

    brackets: pd.DataFrame
    incomes: tuple[float, ...]
    gap_sizes: tuple[float, ...]
    score_thresholds: tuple[float, ...]
    profiles: tuple[Profile, ...]

    def bracket(self, income: float) -> int:
        """Find the bracket that holds an income."""
        return bracket_of(self.brackets, income)


def bracket_of(brackets: pd.DataFrame, income: float) -> int:
    """Find the row of the bracket that holds an income; its bounds are as "up to" puts them."""
    low = brackets["lower_min_wages"].to_numpy(float)
    high = brackets["upper_min_wages"].fillna(np.inf).to_numpy(float)
    return int(np.flatnonzero((low < income) & (income <= high))[0])


def asked_effects(settings: Mapping[str, Any], brackets: pd.DataFrame) -> Asked:
    """Read the ``effects`` section of config.yaml."""
    return Asked(
        brackets,
        *(tuple(map(float, settings[k])) for k in ("incomes", "gap_sizes", "score_thresholds")),
        profiles=tuple(Profile(**profile) for profile in settings["profiles"]),
    )


def doublings(income: float) -> float:
    """Income in minimum wages on the scale of the models, x = log2(income / 2)."""
    return float(np.log2(income / REFERENCE))


def wages(income: float) -> str:
    """Name an income in contrasts and groups of the table of effects."""
    return f"{income:g} minimum wage{'' if income == 1 else 's'}"
