"""States over all editions: how far each lies from their mean, and a place where that is sure."""

import numpy as np
import pandas as pd

from enem.atlas.places import CERTAIN
from enem.atlas.ranking import write_places
from enem.atlas.subject import Subject
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.palette import CONTRAST, MUTED
from enem.figures.style import styled
from enem.figures.words import joined
from enem.language.phrases import COUNT, PERCENT, Number, Verbatim

SIGNED = "+#,##0.#;-#,##0.#"


@styled
def draw(table: pd.DataFrame, editions: int, subject: Subject) -> FramedFigure:
    """Draw the states' effects.

    Parameters
    ----------
    table
        The states' rows of `enem.atlas.pooled.Pooled.effects`: ``level, mean, interval_low,
        interval_high, place``.
    editions
        How many editions are pooled.
    subject
        For the words.
    """
    words = subject.words
    table = table.sort_values("mean", ascending=False).reset_index(drop=True)
    body = framed_body(
        words.say("States over all editions: {measure}", measure=Verbatim(subject.title)),
        joined(
            " · ",
            [
                words.say("{count} editions pooled", count=Number(editions, "", COUNT)),
                subject.subtitle(None),
            ],
        ),
        words.say(
            "A place appears only when, against each other state, the order is right with "
            "probability at least {certain}; where there is a dot, the order says nothing "
            "sure.",
            certain=Number(CERTAIN, "", PERCENT),
        ),
        *(
            [
                words.say(
                    "In editions from 2018 on, school type is known only for those whom INEP found"
                    " in the school census."
                )
            ]
            if subject.matched
            else []
        ),
        height=0.7 + 0.21 * len(table),
    )
    axes = body.subplots()
    rows = np.arange(len(table))
    axes.axvline(0, color=MUTED, lw=0.8)
    axes.hlines(rows, table["interval_low"], table["interval_high"], color=CONTRAST, lw=1.8)
    axes.plot(table["mean"], rows, "D", color=CONTRAST, ms=4.0)
    axes.set_xlim(*padded([*table["interval_low"], *table["interval_high"], 0.0], 0.06))
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_yticks(rows, [words.state(state) for state in table["level"]])
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value, SIGNED if value else "0"))
    axes.set_xlabel(words.say("Difference from the mean of the states (points)"))
    axes.grid(visible=False, axis="y")
    write_places(axes, table["place"], words.say("place"))
    return body.figure
