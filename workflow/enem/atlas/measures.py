"""The two numbers of every analysis that compare across states and editions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from enem.atlas.tables import KEYS, Tables
from enem.names import PRIVATE, PUBLIC

SLOPE, GAP = "slope", "gap"
NUMBERS = ["mean", "sd", "interval_low", "interval_high"]
SHOWN, FEW, NOBODY = "shown", "few", "nobody"
MISSING = "missing"
"""Status of an analysis that was asked for and is not there."""
STATE_SCHOOLS = {"enrolled": "estadual", "self_reported": "publica"}
"""The largest group wherever it was looked at, by rule of ``population.school_type``."""


@dataclass(frozen=True)
class Measure:
    """An effect of one model and group, the same for every analysis of an atlas.

    Attributes
    ----------
    name
        ``slope`` or ``gap``.
    effect, model, group
        The row of ``effects.csv``.
    """

    name: str
    effect: str
    model: str
    group: str

    def source(self, edition: str, state: str, outcome: str, column: str) -> str:
        """Say where in the atlas' tables a number stands."""
        where = {
            **dict(zip(KEYS, (edition, state, outcome), strict=True)),
            "model": self.model,
            "effect": self.effect,
            "group": self.group,
        }
        return f"effects.csv:{';'.join(f'{k}={v}' for k, v in where.items())}:{column}"


def measures_of(settings: Mapping[str, Any]) -> list[Measure]:
    """Choose the measures that the configured models allow.

    The slope is that of all participants where a model has one line for all, otherwise that of
    the largest school type; the gap needs a model with lines by school type.
    """
    models = settings["models"]
    group = STATE_SCHOOLS[settings["population"]["school_type"]]
    slopes = [("pooled", "all"), ("income", "all")]
    slopes += [("school_type", group), ("school_type_income", group)]
    slope = next((model, of) for model, of in slopes if model in models)
    gaps = [model for model in ("school_type", "school_type_income") if model in models]
    found = [Measure(SLOPE, "income_doubling", *slope)]
    return [*found, *(Measure(GAP, "gap_at_equal_income", model, "all") for model in gaps[:1])]


def measured(tables: Tables, measure: Measure, smallest: int) -> pd.DataFrame:
    """Look a measure up in every analysis.

    Parameters
    ----------
    tables, measure
        Where and what.
    smallest
        Groups of fewer participants are not shown one by one.

    Returns
    -------
    pandas.DataFrame
        A row per analysis: ``edition, state, outcome, participants, status`` (shown, few, nobody)
        and ``mean, sd, interval_low, interval_high``, blank unless shown.
    """
    effects = tables.effects
    chosen = effects[
        (effects["effect"] == measure.effect)
        & (effects["model"] == measure.model)
        & (effects["group"] == measure.group)
    ]
    table = participants(tables).join(chosen.set_index(KEYS)[NUMBERS])
    table["status"] = [
        _status(size, mean, smallest)
        for size, mean in zip(_sizes(tables, measure, table), table["mean"], strict=True)
    ]
    table.loc[table["status"] != SHOWN, NUMBERS] = None
    return table.reset_index()


def participants(tables: Tables) -> pd.DataFrame:
    """Count the analysed participants of every analysis: what the last step leaves."""
    last = tables.samples.groupby(KEYS, sort=False)["rows"].last()
    return last.to_frame("participants")


def _status(size: int, mean: float, smallest: int) -> str:
    if size == 0 or pd.isna(mean):
        return NOBODY
    return SHOWN if size >= smallest else FEW


def _sizes(tables: Tables, measure: Measure, table: pd.DataFrame) -> pd.Series:
    """Participants that a measure rests on; of the smaller side for the gap."""
    if measure.name == SLOPE and measure.group == "all":
        return table["participants"]
    if measure.name == SLOPE:
        return _group_sizes(tables, measure.model, [measure.group]).reindex(table.index)
    sides = [_group_sizes(tables, measure.model, groups) for groups in ([PRIVATE], PUBLIC)]
    return pd.concat(sides, axis=1).min(axis=1).reindex(table.index)


def _group_sizes(tables: Tables, model: str, groups: list[str] | tuple[str, ...]) -> pd.Series:
    rows = tables.parameters[tables.parameters["model"] == model]
    names = [f"slope[{group}]" for group in groups]
    sizes = rows["n"].where(rows["parameter"].isin(names), 0)
    return sizes.groupby([rows[key] for key in KEYS], sort=False).sum()
