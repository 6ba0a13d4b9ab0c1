"""States from highest to lowest, with intervals, and a place only where the order is sure."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.atlas.measures import SHOWN
from enem.atlas.places import CERTAIN, places
from enem.atlas.subject import Subject
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.palette import CONTRAST, INK, MUTED
from enem.figures.style import SMALL, styled
from enem.language.phrases import PERCENT, Number, Verbatim
from enem.names import BRAZIL


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Sort the states that have a number from the highest, and give those places that are sure.

    Returns
    -------
    pandas.DataFrame
        The rows shown of `table`, without the whole country, and ``place`` (blank where the order
        says too little).
    """
    shown = table[(table["status"] == SHOWN) & (table["state"] != BRAZIL)]
    shown = shown.sort_values("mean", ascending=False).reset_index(drop=True)
    found = places(shown["mean"].to_numpy(), shown["sd"].to_numpy())
    return shown.assign(place=pd.array(found, dtype="Int64"))


@styled
def draw(table: pd.DataFrame, edition: str, subject: Subject) -> FramedFigure:
    """Draw one edition.

    Parameters
    ----------
    table
        Of `ranked`: ``state, mean, interval_low, interval_high, place``.
    edition, subject
        For the words.
    """
    words = subject.words
    rule = words.say(
        "A place appears only when, against each other state, the order is right with "
        "probability at least {certain}; where there is a dot, the order says nothing "
        "sure.",
        certain=Number(CERTAIN, "", PERCENT),
    )
    body = framed_body(
        words.say("From highest to lowest: {measure}", measure=Verbatim(subject.title)),
        subject.subtitle(edition),
        rule,
        height=0.7 + 0.21 * len(table),
    )
    axes = body.subplots()
    rows = np.arange(len(table))
    axes.hlines(rows, table["interval_low"], table["interval_high"], color=CONTRAST, lw=1.8)
    axes.plot(table["mean"], rows, "o", color=CONTRAST, ms=4.5)
    axes.set_xlim(*padded([*table["interval_low"], *table["interval_high"]], 0.06))
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_yticks(rows, [words.state(state) for state in table["state"]])
    axes.xaxis.set_major_formatter(lambda value, _: subject.tick(value))
    axes.set_xlabel(subject.axis)
    axes.grid(visible=False, axis="y")
    write_places(axes, table["place"], words.say("place"))
    return body.figure


def write_places(axes: Axes, found: pd.Series, heading: str) -> None:
    """Write the sure places in a column of their own at the right, and the heading over it."""
    transform = axes.get_yaxis_transform()
    # outside the axes, so that no interval runs through it
    axes.text(1.03, -0.9, heading, transform=transform, size=SMALL, color=MUTED, ha="center")
    for row, place in enumerate(found):
        mark, color = ("·", MUTED) if pd.isna(place) else (f"{place}", INK)
        axes.text(1.03, row, mark, transform=transform, color=color, ha="center", va="center")
