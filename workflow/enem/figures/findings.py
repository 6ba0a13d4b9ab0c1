"""Titles made from numbers: what an interval says, in words."""

from typing import NamedTuple

import pandas as pd

from enem.compare import quantities
from enem.figures.artefacts import Artefacts
from enem.figures.words import number, put, say

AT_SCHOOLS = {
    "federal": "In federal schools",
    "estadual": "In state schools",
    "municipal": "In municipal schools",
    "publica": "In public schools",
    "mista": "Among those of both school types",
    "privada": "In private schools",
    "all": "Among all participants",
}
"""Where something is found, to begin a sentence."""


class Found(NamedTuple):
    """An effect with its interval."""

    mean: float
    low: float
    high: float

    @property
    def sign(self) -> str | None:
        """``more`` or ``less``; None where the interval holds 0."""
        return "more" if self.low > 0 else "less" if self.high < 0 else None

    def size(self, decimals: int = 0) -> str:
        """Write the mean without its sign."""
        return number(abs(self.mean), decimals)


def probability(value: float) -> str:
    """Write a probability as percent, never as certain."""
    if value > 0.99:
        return say("more than 99%")
    return say("less than 1%") if value < 0.01 else put("{share}%", share=number(100 * value))


def schools_of(school_type: str) -> str:
    """Name a side of a comparison, inside a sentence."""
    return say(f"schools_of.{school_type}")


def effect(effects: pd.DataFrame, **where: str) -> Found | None:
    """Find one row of a table of effects; None where there is none or more than one."""
    for column, value in where.items():
        effects = effects[effects[column] == value]
    if len(effects) != 1:
        return None
    return Found(*effects.iloc[0][["mean", "interval_low", "interval_high"]].astype(float))


def headline(a: Artefacts, **where: str) -> pd.DataFrame:
    """Find the rows of the main model's effects that are about those of its headline."""
    model = a.main_model()
    effects = a.table(f"{model}/effects.csv")
    for column, value in {"scope": quantities.headline(a.specs[model]), **where}.items():
        effects = effects[effects[column] == value]
    return effects


def largest(a: Artefacts) -> str | None:
    """Name the shown school type of most participants; None where none is shown."""
    counts = a.participants()
    shown = [name for name in a.analysis.school_types if not a.analysis.few(counts.get(name, 0))]
    return max(shown, key=counts.get, default=None)
