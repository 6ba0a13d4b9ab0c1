"""What the model of all states together found."""

from collections.abc import Iterator
from typing import Any

from enem.report.artefacts import StatesArtefacts
from enem.report.locale import named
from enem.report.phrases import COUNT, Message, Number, Phrase, message
from enem.report.tables import Table
from enem.report.verdicts import wider_verdict

SPREADS = {"level": "tau_intercept_state", "slope": "tau_slope_state"}
"""Standard deviations between states, by the names that the sentence gives them."""

EFFECTS = {"income_doubling": "n", "gap_at_equal_income": "n_private"}
"""Columns of the table, and the count that says whether a state's number may be shown."""


def section(states: StatesArtefacts | None, smallest: Number) -> dict[str, Any] | None:
    """Select what the page shows; None but for the whole country.

    Parameters
    ----------
    states
        Artefacts of the model.
    smallest
        Of states with fewer participants no number is shown.
    """
    if states is None:
        return None
    return {
        "said": _spread(states.summary),
        "rows": list(_rows(states.effects, smallest)),
        "verdict": wider_verdict([states.checks]),
    }


def _spread(summary: Table) -> Message:
    columns = {"mean": "mean", "low": "interval_low", "high": "interval_high"}
    return message(
        "states.spread",
        **{
            f"{name}_{key}": summary.number(column, parameter=parameter)
            for name, parameter in SPREADS.items()
            for key, column in columns.items()
        },
    )


def _rows(effects: Table, smallest: Number) -> Iterator[dict[str, Any]]:
    first, *_ = EFFECTS
    for row in sorted(effects.having(effect=first), key=lambda row: -row["mean"]):
        group = row["group"]
        yield {
            "state": named("state", group),
            "n": effects.number("n", COUNT, effect=first, group=group),
            "cells": [_cell(effects, effect, group, smallest) for effect in EFFECTS],
        }


def _cell(effects: Table, effect: str, group: str, smallest: Number) -> dict[str, Phrase | None]:
    where = {"effect": effect, "group": group}
    (row,) = effects.having(**where)
    if row[EFFECTS[effect]] < smallest.value:
        key = "group.few" if effect == "income_doubling" else "group.few_side"
        return {"hidden": message(key, smallest=smallest)}
    columns = {"mean": "mean", "low": "interval_low", "high": "interval_high"}
    numbers = {key: effects.number(column, **where) for key, column in columns.items()}
    return {"hidden": None, **numbers}
