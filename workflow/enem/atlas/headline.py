"""What the atlas says first: averages of all analyses, of the first score."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from enem.atlas.measures import GAP, SLOPE, Measure
from enem.atlas.pooled import FILES, Pooled
from enem.atlas.rows import COLUMNS
from enem.language.phrases import PERCENT, Listing, Message, Number, message
from enem.report.effects import Interval


@dataclass(frozen=True)
class Headline:
    """Sentences in large letters, and what is said of their numbers."""

    said: Sequence[Message] = ()
    notes: Sequence[Message] = ()


def headline(measures: Sequence[Measure], pooled: Pooled, settings: Mapping[str, Any]) -> Headline:
    """Say what twice the income goes with, and the gaps in one sentence; none if nothing is pooled.

    Parameters
    ----------
    measures, pooled
        Of the atlas.
    settings
        The checked configuration.
    """
    outcome = settings["outcomes"][0]
    known = {
        measure: table.set_index("parameter")
        for measure in measures
        if measure.kind in (SLOPE, GAP) and not (table := pooled.of(measure, outcome).scales).empty
    }
    if not known:
        return Headline()
    averages = {measure: _average(measure, scales, outcome) for measure, scales in known.items()}
    said = [*_slopes(averages)]
    gaps = tuple(_gap(measure, found) for measure, found in averages.items() if measure.other)
    said += [message(f"atlas.headline.{GAP}", gaps=Listing(gaps))] if gaps else []
    first = next(iter(known))
    notes = [
        message(
            "Averages over the states and editions here; in brackets, the {mass} <dfn>credible "
            "interval</dfn>.",
            mass=Number(settings["interval"]["mass"], "config.yaml::interval.mass", PERCENT),
        ),
        message(f"story.scope.{first.scope}"),
        *_spread(known, outcome),
    ]
    return Headline(said, notes)


def _average(measure: Measure, scales: pd.DataFrame, outcome: str) -> Interval:
    return Interval(*(_number(measure, scales, outcome, "centre", column) for column in COLUMNS))


def _number(
    measure: Measure, scales: pd.DataFrame, outcome: str, parameter: str, column: str
) -> Number:
    where = f"measure={measure.name};outcome={outcome};parameter={parameter}"
    return Number(float(scales.loc[parameter, column]), f"{FILES['scales']}.csv:{where}:{column}")


def _slopes(averages: Mapping[Measure, Interval]) -> Iterator[Message]:
    for measure, found in averages.items():
        if measure.name == SLOPE:
            where = message(f"atlas.where.{measure.group}")
            yield message(f"atlas.headline.slope.{found.sign}", where=where, **found.signless())


def _gap(measure: Measure, found: Interval) -> Message:
    other = message(f"network.{measure.other}")
    return message(f"atlas.gap.{found.sign}", other=other, **found.signless())


def _spread(known: Mapping[Measure, pd.DataFrame], outcome: str) -> Iterator[Message]:
    """Say how far states are from the averages, in their order."""
    numbers = tuple(
        _number(measure, scales, outcome, "tau_state", "mean")
        for measure, scales in known.items()
        if "tau_state" in scales.index
    )
    if len(numbers) == len(known):
        yield message(
            "States typically differ from these averages by {spreads} points, in this order.",
            spreads=Listing(numbers),
        )
