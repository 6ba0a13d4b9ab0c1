"""States over all editions: how far each lies from their mean, and a place where that is sure."""

from collections.abc import Collection

import pandas as pd

from enem.atlas.findings import farthest
from enem.atlas.ranking import draw_rows, rule_of_places
from enem.atlas.subject import Subject
from enem.figures.about import source
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.palette import MUTED
from enem.figures.style import styled
from enem.figures.words import joined, say, separated


@styled
def draw(table: pd.DataFrame, editions: Collection[str], subject: Subject) -> FramedFigure:
    """Draw the states' effects.

    Parameters
    ----------
    table
        The states' rows of `enem.atlas.pooled.Pooled.effects`: ``level, mean, interval_low,
        interval_high, place``.
    editions
        Those that are pooled.
    subject
        For the words.
    """
    table = table.rename(columns={"level": "state"})
    table = table.sort_values("mean", ascending=False).reset_index(drop=True)
    notes = [rule_of_places(), *subject.notes]
    if subject.matched:
        notes.append(
            say(
                "In editions from 2018 on, school type is known only for those whom INEP found"
                " in the school census."
            )
        )
    pooled = say("editions pooled: {count}", count=f"{len(editions)}")
    body = framed_body(
        farthest(table, subject) or say("{measure}, over all editions", measure=subject.title),
        joined(" · ", [pooled, subject.subtitle(None)]),
        *notes,
        height=0.7 + 0.21 * len(table),
        source=source(*editions),
    )
    axes = body.subplots()
    axes.axvline(0, color=MUTED, lw=0.8)
    draw_rows(axes, table, "D", 4.0)
    axes.set_xlim(*padded([*table["interval_low"], *table["interval_high"], 0.0], 0.06))
    axes.xaxis.set_major_formatter(lambda value, _: separated(f"{value:+,.6g}" if value else "0"))
    axes.set_xlabel(say("Difference from the mean of the states (points)"))
    return body.figure
