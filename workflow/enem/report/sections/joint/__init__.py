"""What the five scores together found: which of them go together."""

from collections.abc import Iterator, Sequence
from typing import Any

from enem.language import named
from enem.language.phrases import SHARE, Message, Number, Phrase, message
from enem.report.artefacts import JointArtefacts
from enem.report.sections.checks import wider_verdict
from enem.report.sections.methods.formulas import levels_in_words
from enem.report.tables import Table


def section(
    joint: JointArtefacts | None, smallest: Number, levels: Sequence[str]
) -> dict[str, Any] | None:
    """Select what the page shows; None where the five scores were not asked for together.

    Parameters
    ----------
    joint
        Its artefacts.
    smallest
        Of fewer participants nothing is shown.
    levels
        Of the model.
    """
    if joint is None:
        return None
    table = joint.correlations
    few = max(table.column("n")) < smallest.value
    return {
        "name": "joint",
        "levels": levels_in_words(tuple(levels)),
        "few": message("fewer than {smallest} participants", smallest=smallest) if few else None,
        "figures": {} if few else joint.figures,
        "said": [] if few else list(_said(table)),
        "rows": [] if few else list(_rows(table)),
        "verdict": wider_verdict([joint.checks]),
    }


def _said(table: Table) -> Iterator[Message]:
    for extreme, key in (
        (
            max,
            (
                "After income, school type and levels, the {first} and the {second} are the most "
                "correlated: {mean} ({low} to {high}); the correlation of the scores themselves "
                "is {observed}."
            ),
        ),
        (
            min,
            (
                "The {first} and the {second} are the least correlated: {mean} ({low} to {high});"
                " the correlation of the scores themselves is {observed}."
            ),
        ),
    ):
        row = extreme(table.rows, key=lambda row: row["mean"])
        yield message(key, **_pair(table, row))


def _rows(table: Table) -> Iterator[dict[str, Phrase | None]]:
    for row in sorted(table.rows, key=lambda row: -row["mean"]):
        yield _pair(table, row)


def _pair(table: Table, row: dict[str, Any]) -> dict[str, Phrase | None]:
    where = {name: row[name] for name in ("outcome", "other_outcome")}
    return {
        "first": named("outcome", where["outcome"]),
        "second": named("outcome", where["other_outcome"]),
        "observed": table.number("observed", SHARE, **where),
        **table.interval(SHARE, **where),
    }
