"""Names written at the ends of lines, where they keep clear of everything else."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from enem.figures.axes import line_gap, spread
from enem.figures.frame import small_font, text_width
from enem.figures.palette import MARKS, MUTED
from enem.figures.posterior_lines import Line
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import school_type
from enem.figures.words import count, joined

AXIS_ROOM = 0.8
"""Inches that the vertical axis takes, about."""
OFFSET = 0.12
"""Units of x between the end of a line and its name."""
LINES_OF_TEXT = 2.1


def label_room(names: Sequence[str], span: float) -> float:
    """Units of x that the widest of `names` needs, in any language, beside data `span` wide."""
    widest = max(text_width(school_type(name), small_font("bold")) for name in names)
    share = (widest + 0.2) / (sheet().width - AXIS_ROOM)
    return share / (1 - share) * span


def label_lines(
    axes: Axes,
    lines: Sequence[Line],
    points: np.ndarray,
    room: float,
    height: float,
) -> None:
    """Name each line and its participants.

    Parameters
    ----------
    axes
        With final limits.
    lines
        Those that reach furthest right share a column beside the data; the others are named
        where they end, at their mean or at an end of their band, wherever there is space.
    points
        Drawn points to keep clear of, (x, score), shape (K, 2).
    room
        Width of a name, units of x.
    height
        Of the axes, inches.
    """
    gap = LINES_OF_TEXT * line_gap(axes, height)
    right = max((line.x[-1] for line in lines), default=0.0)
    column = [line for line in lines if line.x[-1] + room > right]
    heights = spread([line.mean[-1] for line in column], gap)
    for line, y in zip(column, heights, strict=True):
        _write(axes, line, (right + OFFSET, y))
    named = [np.array([right + OFFSET, y]) for y in heights]
    for line in lines:
        if line.x[-1] + room <= right:
            others = [np.c_[o.x, o.mean] for o in lines if o is not line]
            obstacles = np.vstack([points, *others, *(n[None] for n in named)])
            y = _free_height(axes, line, obstacles, room, gap)
            _write(axes, line, (line.x[-1] + OFFSET, y))
            named.append(np.array([line.x[-1] + OFFSET, y]))


def _free_height(axes: Axes, line: Line, obstacles: np.ndarray, room: float, gap: float) -> float:
    """The mean at the line's end if nothing is near, else the emptiest of mean and band's ends."""
    bottom, top = axes.get_ylim()
    candidates = np.array([line.mean[-1], line.low[-1], line.high[-1]])
    candidates = np.clip(candidates, bottom + gap / 2, top - gap / 2)
    near = (obstacles[:, 0] > line.x[-1]) & (obstacles[:, 0] < line.x[-1] + room)
    if not near.any():
        return float(candidates[0])
    distance = np.abs(candidates[:, None] - obstacles[near, 1]).min(axis=1)
    return float(candidates[0] if distance[0] > gap else candidates[np.argmax(distance)])


def _write(axes: Axes, line: Line, place: tuple[float, float]) -> None:
    axes.annotate(
        joined("\n", [school_type(line.name), count(line.n)]),
        (line.x[-1], line.mean[-1]),
        place,
        color=MARKS[line.name].dark,
        size=SMALL,
        va="center",
        weight="bold",
        linespacing=1.05,
        arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.5, "shrinkA": 0, "shrinkB": 0},
        zorder=7,
    )
