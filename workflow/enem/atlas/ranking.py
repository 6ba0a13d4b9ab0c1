"""States from highest to lowest, with intervals, and a place only where the order is sure."""

import pandas as pd
from matplotlib.axes import Axes

from enem.atlas.findings import highest
from enem.atlas.measures import SHOWN
from enem.atlas.places import CERTAIN, places
from enem.atlas.subject import Subject
from enem.figures.about import source
from enem.figures.axes import name_rows, padded
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.palette import CONTRAST, INK, MUTED
from enem.figures.style import SMALL, styled
from enem.figures.words import say
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
    body = framed_body(
        highest(table, subject) or say("{measure}, from highest to lowest", measure=subject.title),
        subject.subtitle(edition),
        rule_of_places(),
        *subject.notes,
        height=0.7 + 0.21 * len(table),
        source=source(edition),
    )
    axes = body.subplots()
    draw_rows(axes, table, "o", 4.5)
    axes.set_xlim(*padded([*table["interval_low"], *table["interval_high"]], 0.06))
    axes.xaxis.set_major_formatter(lambda value, _: subject.tick(value))
    axes.set_xlabel(subject.axis)
    return body.figure


def rule_of_places() -> str:
    """Say when a state has a place."""
    return say(
        "A place appears only when, against each other state, the order is right with "
        "probability at least {certain}; where there is a dot, the order says nothing "
        "sure.",
        certain=f"{CERTAIN:.0%}",
    )


def draw_rows(axes: Axes, table: pd.DataFrame, marker: str, size: float) -> None:
    """Draw a row for each state: interval, mean, and the sure places in a column at the right."""
    rows = range(len(table))
    axes.hlines(rows, table["interval_low"], table["interval_high"], color=CONTRAST, lw=1.8)
    axes.plot(table["mean"], rows, marker, color=CONTRAST, ms=size)
    name_rows(axes, [say(f"state.{state}") for state in table["state"]])
    # outside the axes, so that no interval runs through it
    outside = {"transform": axes.get_yaxis_transform(), "ha": "center"}
    axes.text(1.03, -0.9, say("place"), size=SMALL, color=MUTED, **outside)
    for row, place in enumerate(table["place"]):
        mark, color = ("·", MUTED) if pd.isna(place) else (f"{place}", INK)
        axes.text(1.03, row, mark, color=color, va="center", **outside)
