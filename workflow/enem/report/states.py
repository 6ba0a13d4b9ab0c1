"""What the model of all states together found."""

from collections.abc import Iterator
from typing import Any

from enem.report.artefacts import StatesArtefacts
from enem.report.locale import named
from enem.report.phrases import COUNT, Message, Number, Phrase, message
from enem.report.tables import Table
from enem.report.verdicts import wider_verdict
from enem.wide.names import behind_state_effect

SPREADS = {"level": "tau_intercept_state", "slope": "tau_slope_state"}
"""Standard deviations between states, by the names that the sentence gives them."""

EFFECTS = {"income_doubling": "group.few", "gap_at_equal_income": "group.few_side"}
"""Columns of the table, and what is said where a state is too small for it."""

COLUMNS = {"mean": "mean", "low": "interval_low", "high": "interval_high"}
"""Columns of the files by the names that sentences and cells give them."""


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
    return message(
        "states.spread",
        **{
            f"{name}_{key}": summary.number(column, parameter=parameter)
            for name, parameter in SPREADS.items()
            for key, column in COLUMNS.items()
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
    if behind_state_effect(effect, row["n"], row["n_private"]) < smallest.value:
        return {"hidden": message(EFFECTS[effect], smallest=smallest)}
    numbers = {key: effects.number(column, **where) for key, column in COLUMNS.items()}
    return {"hidden": None, **numbers}
