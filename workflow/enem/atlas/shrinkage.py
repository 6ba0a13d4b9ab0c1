"""What pooling does to each state of one edition: its own number beside the pooled one."""

import pandas as pd
from matplotlib.axes import Axes

from enem.atlas.findings import moved
from enem.atlas.pooled import OWN, PREDICTED
from enem.atlas.subject import Subject
from enem.figures.about import source
from enem.figures.axes import draw_interval, padded
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.palette import CONTRAST, MUTED
from enem.figures.style import SMALL, styled
from enem.figures.words import say

APART = 0.17
"""Distance of the two marks of a state from the middle of its row, in rows."""


@styled
def draw(table: pd.DataFrame, edition: str, subject: Subject) -> FramedFigure:
    """Draw one edition, the highest pooled mean first.

    Parameters
    ----------
    table
        Rows of one edition: ``state, basis, mean, interval_low, interval_high, pooled_mean,
        pooled_sd, pooled_low, pooled_high``; a prediction has no number of its own.
    edition, subject
        For the words.
    """
    table = table.sort_values("pooled_mean", ascending=False).reset_index(drop=True)
    notes = [
        say(
            "Above, thin: the analysis alone. Below, thick: all analyses together. An arrow "
            "head: the interval goes on."
        )
    ]
    if (table["basis"] == PREDICTED).any():
        notes.append(say("Dashed and hollow: predicted from the others, no data of its own."))
    notes += subject.notes
    body = framed_body(
        moved(table[table["basis"] == OWN], subject)
        or say("{measure}, alone and pooled", measure=subject.title),
        subject.subtitle(edition),
        *notes,
        height=0.9 + 0.27 * len(table),
        source=source(edition),
    )
    axes = body.subplots()
    # intervals of tiny groups must not squeeze all others: they are cut, with an arrow head
    axes.set_xlim(*padded([*table["pooled_low"], *table["pooled_high"], *table["mean"]], 0.06))
    axes.set_ylim(len(table) - 0.3, -1.1)
    for row, values in table.iterrows():
        _pair(axes, row, values)
    axes.set_yticks(range(len(table)), map(_name, table["state"], table["basis"]))
    axes.xaxis.set_major_formatter(lambda value, _: subject.tick(value))
    axes.set_xlabel(subject.axis)
    axes.grid(visible=False, axis="y")
    _label(axes, table)
    return body.figure


def _pair(axes: Axes, row: int, values: pd.Series) -> None:
    """Draw the own number above, the pooled one below."""
    if values["basis"] == OWN:
        low, high, y = values["interval_low"], values["interval_high"], row - APART
        draw_interval(axes, low, high, y, MUTED, lw=1.0)
        axes.plot(values["mean"], y, "o", color=MUTED, ms=4.0, markerfacecolor="white")
    line = "-" if values["basis"] == OWN else (0, (2, 1.5))
    low, high, y = values["pooled_low"], values["pooled_high"], row + APART
    draw_interval(axes, low, high, y, CONTRAST, lw=1.8, ls=line)
    fill = CONTRAST if values["basis"] == OWN else "white"
    axes.plot(values["pooled_mean"], y, "D", color=CONTRAST, ms=3.8, markerfacecolor=fill)


def _name(state: str, basis: str) -> str:
    name = say(f"state.{state}")
    return name if basis == OWN else say("{state} (predicted)", state=name)


def _label(axes: Axes, table: pd.DataFrame) -> None:
    """Name both marks over the columns that the first state with both gives them."""
    place = axes.get_yaxis_transform()
    for x, key, color, side in ((0.02, "own", MUTED, "left"), (1.0, "pooled", CONTRAST, "right")):
        if key == "pooled" or (table["basis"] == OWN).any():
            text = say(f"shrinkage.{key}")
            axes.text(x, -0.95, text, transform=place, color=color, size=SMALL, ha=side)
