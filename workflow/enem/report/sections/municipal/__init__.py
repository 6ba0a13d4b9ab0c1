"""Municipalities' incomes beside scores: what holds of places, beside what holds of people."""

from dataclasses import dataclass

from enem.language import named
from enem.language.phrases import COUNT, POINTS, Message, Number, Phrase, message
from enem.report.artefacts import OutcomeArtefacts


@dataclass(frozen=True)
class SlopeRow:
    """One slope, of places or of people."""

    slope: Phrase
    basis: Phrase
    mean: Number
    low: Number
    high: Number


@dataclass(frozen=True)
class Municipal:
    """What the page shows of one outcome; `said` counts whom the slopes are of."""

    rows: tuple[SlopeRow, ...]
    said: Message


def section(outcome: OutcomeArtefacts) -> Municipal | None:
    """Select what the page shows; None where too few municipalities have known incomes."""
    table = outcome.slopes
    if not table.rows:
        return None
    columns = {"mean": "mean", "low": "interval_low", "high": "interval_high"}
    rows = [
        SlopeRow(
            named("municipal", row["slope"]),
            named("basis", row["basis"]),
            **{k: table.number(c, POINTS, slope=row["slope"]) for k, c in columns.items()},
        )
        for row in table.rows
    ]
    counts = ("municipalities", "participants", "left_out")
    numbers = {name: table.number(name, COUNT, slope="municipal") for name in counts}
    text = (
        (
            "Participants compared: {participants}, who sat the exam in {municipalities} "
            "municipalities. Left out here, since fewer than ten incomes are known where they"
            " sat it: {left_out}."
        )
        if numbers["left_out"].value
        else (
            "Participants compared: {participants}, who sat the exam in {municipalities} "
            "municipalities."
        )
    )
    return Municipal(tuple(rows), message(text, **numbers))
