"""Each state over the editions, with intervals, on shared axes."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from enem.atlas.findings import changed
from enem.atlas.measures import SHOWN
from enem.atlas.subject import Subject
from enem.figures.about import source
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.palette import CONTRAST, GUIDE, PALE
from enem.figures.style import SMALL, sheet, styled
from enem.figures.words import say

ACROSS = {2: 5, 1: 2}
"""Panels beside each other, by the columns of the sheet."""
PANEL_HEIGHT = 0.95


@styled
def draw(table: pd.DataFrame, subject: Subject) -> FramedFigure:
    """Draw a panel for each state.

    Parameters
    ----------
    table
        ``edition, state, status, mean, sd, interval_low, interval_high``; editions are years.
    subject
        For the words; of its `matched` editions dots are hollow, on grey.
    """
    matched = set(subject.matched)
    states = list(dict.fromkeys(table["state"]))
    across = min(ACROSS[sheet().columns], len(states))
    down = -(-len(states) // across)
    notes = [say("Dot: posterior mean; line: interval."), *subject.notes]
    if matched & set(table["edition"]):
        notes.append(
            say(
                "Grey ground and hollow dot: school type known only for those whom INEP found in "
                "the school census."
            )
        )
    body = framed_body(
        changed(table, subject) or say("{measure}, over the editions", measure=subject.title),
        subject.subtitle(None),
        *notes,
        height=0.5 + down * max(PANEL_HEIGHT, 2.2 / down),
        source=source(*table.loc[table["status"] == SHOWN, "edition"]),
    )
    grid = body.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
    years = sorted({int(edition) for edition in table["edition"]})
    shown = table[table["status"] == SHOWN]
    # limits first: without them every mark would be followed by a search for new ones
    _scales(grid[0], years, shown, subject)
    for axes, state in zip(grid, states, strict=False):
        axes.set_title(say(f"state.{state}"), size=SMALL)
        _panel(axes, shown[shown["state"] == state], matched)
        _mark(axes, [int(year) for year in matched if int(year) in years])
    for axes in grid[len(states) - across : len(states)]:
        # the last of its column, also above an empty place
        axes.tick_params(labelbottom=True)
    for axes in grid[len(states) :]:
        axes.set_visible(False)
    body.supylabel(subject.axis, size=SMALL)
    return body.figure


def _panel(axes: Axes, rows: pd.DataFrame, matched: set[str]) -> None:
    years = rows["edition"].astype(int)
    axes.vlines(years, rows["interval_low"], rows["interval_high"], color=CONTRAST, lw=1.5)
    for hollow in (False, True):
        chosen = rows[rows["edition"].isin(matched) == hollow]
        axes.plot(
            chosen["edition"].astype(int),
            chosen["mean"],
            linestyle="none",
            marker="o",
            ms=4.5,
            color=CONTRAST,
            markerfacecolor="white" if hollow else CONTRAST,
        )


def _mark(axes: Axes, years: list[int]) -> None:
    """Lay a grey ground under the editions from the first matched one on."""
    if years:
        axes.axvspan(min(years) - 0.5, max(years) + 0.5, color=PALE, alpha=0.6, lw=0, zorder=0)
        axes.axvline(min(years) - 0.5, color=GUIDE, lw=0.8, zorder=1)


def _scales(axes: Axes, years: list[int], shown: pd.DataFrame, subject: Subject) -> None:
    """Set the axes that all panels share."""
    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    # the names of three years have room beside each other, if one is about in the middle
    first, middle, last = years[0], years[len(years) // 2], years[-1]
    central = abs(2 * middle - first - last) <= 0.2 * (last - first)
    few = [first, *([middle] if central and first < middle < last else []), last]
    axes.set_xticks(few, [f"{year}" for year in few])
    low, high = padded([*shown["interval_low"], *shown["interval_high"]], 0.08)
    # chosen once: a locator would look for them in every panel, several times
    ticks = MaxNLocator(4).tick_values(low, high)
    ticks = ticks[(ticks >= low) & (ticks <= high)]
    axes.set_yticks(ticks, [subject.tick(tick) for tick in ticks])
    axes.set_ylim(low, high)
