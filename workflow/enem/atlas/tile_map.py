"""The states as tiles in their places: a number and its interval in each."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.patches import Rectangle

from enem.atlas.layout import COLUMNS, ROWS, TILES
from enem.atlas.measures import SHOWN
from enem.atlas.subject import Subject
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.palette import GUIDE, INK, MUTED, OUTLINE
from enem.figures.style import SMALL_SIZE, styled
from enem.language.phrases import Number

RAMP = LinearSegmentedColormap.from_list("atlas", ["#F4F1F8", "#C9B7DC", "#8E6BB8", "#4B2A76"])
"""One hue, ordered by lightness alone; no school type has it."""
NUMBER_SIZE, INTERVAL_SIZE = 11.5, 7.2
TILE = 0.94
BAR = 0.8
"""Length of the bar of the widest interval, in tiles."""
WIDE, HIGH = 1.0, 0.62
"""Inches of a tile with its gap."""


@styled
def draw(
    table: pd.DataFrame,
    edition: str,
    limits: tuple[float, float],
    widest: float,
    subject: Subject,
) -> FramedFigure:
    """Draw one edition.

    Parameters
    ----------
    table
        ``state, status, mean, interval_low, interval_high``; a state that is not in it was not
        asked for, and one that is, without ``shown``, is hatched with the reason.
    edition
        For the subtitle.
    limits
        Values at the ends of the colour scale, the same for all maps that are compared.
    widest
        Width of the interval whose bar is the longest, likewise the same for all maps.
    subject
        Measure, outcome and language.
    """
    body = framed_body(
        subject.title,
        subject.subtitle(edition),
        subject.words.say(
            "In each state: posterior mean, the interval and, as a bar, its width (the widest"
            " of all maps: {widest} points). Hatched: no number.",
            widest=Number(widest, ""),
        ),
        subject.words.say("These are associations, not causal effects."),
        height=ROWS * HIGH + 0.1,
    )
    axes = body.subplots()
    axes.set_axis_off()
    axes.set_xlim(-0.05, COLUMNS)
    axes.set_ylim(ROWS, -0.05)
    rows = table.set_index("state")
    # a single value is the middle of its scale
    scale = Normalize(*limits) if limits[0] < limits[1] else Normalize(limits[0] - 1, limits[0] + 1)
    for state, (column, row) in TILES.items():
        if state in rows.index:
            _tile(axes, state, column, row, rows.loc[state], scale, widest, subject)
        elif state != "BR":
            _hatched(axes, state, column, row, subject.words.say("not asked for"))
    _key(axes, scale, subject)
    for artist in (*axes.texts, *axes.patches):
        # all of them lie inside the axes: measuring each would only cost time
        artist.set_in_layout(False)
    return body.figure


def _tile(
    axes: Axes,
    state: str,
    column: int,
    row: int,
    values: pd.Series,
    scale: Normalize,
    widest: float,
    subject: Subject,
) -> None:
    if values["status"] != SHOWN:
        _hatched(axes, state, column, row, subject.absence(values["status"]))
        return
    words, share = subject.words, float(scale(values["mean"]))
    ink = readable_ink(RAMP(share))
    box = Rectangle((column, row), TILE, TILE, facecolor=RAMP(share), edgecolor=OUTLINE, lw=0.6)
    axes.add_patch(box)
    middle = column + TILE / 2
    interval = words.interval(values["interval_low"], values["interval_high"])
    axes.text(column + 0.06, row + 0.07, state, color=ink, size=SMALL_SIZE, va="top", weight="bold")
    number = words.number(values["mean"])
    axes.text(middle, row + 0.5, number, color=ink, size=NUMBER_SIZE, ha="center", va="center")
    axes.text(middle, row + 0.75, interval, color=ink, size=INTERVAL_SIZE, ha="center", va="center")
    length = BAR * (values["interval_high"] - values["interval_low"]) / widest
    foot = (middle - length / 2, row + 0.87)
    axes.add_patch(Rectangle(foot, length, 0.035, facecolor=ink, edgecolor="none"))


def readable_ink(ground: tuple[float, ...]) -> str:
    """Choose white or ink, whichever contrasts more with a colour (WCAG 2.2's ratio)."""
    paper, dark, own = (_luminance(to_rgb(color)) for color in ("white", INK, ground))
    return "white" if (paper + 0.05) / (own + 0.05) > (own + 0.05) / (dark + 0.05) else INK


def _luminance(color: tuple[float, float, float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hatched(axes: Axes, state: str, column: int, row: int, reason: str) -> None:
    axes.add_patch(
        Rectangle((column, row), TILE, TILE, facecolor="white", edgecolor=GUIDE, hatch="////", lw=0)
    )
    outline = Rectangle((column, row), TILE, TILE, fill=False, edgecolor=GUIDE, lw=0.6)
    axes.add_patch(outline)
    # a plain ground keeps words readable on the hatching
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
    axes.text(
        *(column + 0.06, row + 0.07, state),
        color=MUTED, size=SMALL_SIZE, va="top", weight="bold", bbox=ground,
    )  # fmt: skip
    axes.text(
        *(column + TILE / 2, row + 0.68, reason),
        color=MUTED, size=INTERVAL_SIZE, ha="center", va="center", bbox=ground,
    )  # fmt: skip


def _key(axes: Axes, scale: Normalize, subject: Subject) -> None:
    """Draw the colour scale in the empty south-east of the grid."""
    left, top, step = 3.55, 6.95, 0.34
    words = subject.words
    axes.text(left, top - 0.12, subject.axis, color=MUTED, size=SMALL_SIZE, va="bottom")
    for index in range(7):
        value = scale.vmin + (index + 0.5) / 7 * (scale.vmax - scale.vmin)
        place = (left + index * step, top)
        axes.add_patch(Rectangle(place, step, 0.3, facecolor=RAMP(scale(value)), edgecolor="none"))
    axes.add_patch(Rectangle((left, top), 7 * step, 0.3, fill=False, edgecolor=OUTLINE, lw=0.6))
    for x, value, side in ((left, scale.vmin, "left"), (left + 7 * step, scale.vmax, "right")):
        axes.text(x, top + 0.4, words.number(value), size=SMALL_SIZE, ha=side, va="top")
