"""Parts that several figures share: the income axis, clipped intervals, labels that keep apart."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from enem.figures.frame import small_font, wrap
from enem.figures.palette import MUTED
from enem.figures.style import sheet
from enem.figures.words import say, short

MINIMUM_WAGES = (0.25, 0.5, 1, 2, 5, 10, 25)
ON_A_PHONE = (0.25, 1, 2, 5, 10, 25)
FINER = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 25)
"""For axes that hold fewer than four of the usual ticks."""
EMPTY_SHARE = 0.7
"""Of the sheet's width, for words in empty axes."""
REFERENCE = 2.0
"""Minimum wages at x = 0."""


def income_axis(axes: Axes, x: np.ndarray, *, left: float = 0.25, right: float = 0.25) -> None:
    """Label an axis of x = log2(income / 2 minimum wages) by the income itself."""
    low, high = float(np.min(x)) - left, float(np.max(x)) + right
    usual, finer = (
        [w for w in wages if low <= np.log2(w / REFERENCE) <= np.max(x) + 0.25]
        for wages in (ON_A_PHONE if sheet().columns == 1 else MINIMUM_WAGES, FINER)
    )
    shown = usual if len(usual) > 3 else finer
    axes.set_xticks(np.log2(np.array(shown) / REFERENCE), [short(wages) for wages in shown])
    axes.set_xlim(low, high)
    axes.set_xlabel(say("Family income (minimum wages; each doubling equally wide)"))


def say_not_shown(
    axes: Axes,
    smallest: int,
    sentence: str = "Not shown: fewer than {smallest} private or public participants.",
) -> None:
    """Write into empty axes why they are, in lines that a narrow sheet has room for."""
    font = small_font()
    words = wrap(say(sentence, smallest=smallest), font, EMPTY_SHARE * sheet().width)
    axes.text(0.02, 0.5, words, transform=axes.transAxes, color=MUTED, fontproperties=font)


def spread(positions: Sequence[float], gap: float) -> np.ndarray:
    """Move positions apart until neighbours are `gap` from each other, as little as possible.

    Least squares under ordering constraints: pool adjacent violators on positions less their
    rank's offset.
    """
    values = np.asarray(positions, dtype=float)
    order = np.argsort(values, kind="stable")
    blocks: list[list[float]] = []
    for rank, value in enumerate(values[order]):
        blocks.append([value - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, size = blocks.pop()
            before, count = blocks.pop()
            blocks.append([(before * count + mean * size) / (count + size), count + size])
    level = np.concatenate([np.full(int(size), mean) for mean, size in blocks] or [np.empty(0)])
    apart = np.empty(len(values))
    apart[order] = level + gap * np.arange(len(values))
    return apart


def line_gap(axes: Axes, height: float) -> float:
    """Height of a line of text in data units, when the axes are `height` inches high."""
    low, high = axes.get_ylim()
    return (high - low) * 1.25 * sheet().small / 72 / height


def draw_interval(
    axes: Axes, low: float, high: float, y: float, color: str, **line: object
) -> None:
    """Draw a horizontal interval; an arrow head says that it goes on beyond the axis."""
    left, right = axes.get_xlim()
    if low < right and high > left:
        axes.plot([max(low, left), min(high, right)], [y, y], color=color, **line)
    for outside, edge, marker in ((low < left, left, "<"), (high > right, right, ">")):
        if outside:
            axes.plot(edge, y, marker=marker, color=color, ms=4.5, clip_on=False, zorder=5)


def name_rows(axes: Axes, names: Sequence[str], below: float = 0.6) -> None:
    """Name rows that count from 0 at the top, with no lines across.

    Parameters
    ----------
    axes
        That have the rows.
    names
        Of the rows.
    below
        Room under the last one, as a part of the distance between two.
    """
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 1 + below, -0.6)
    axes.grid(visible=False, axis="y")


def padded(values: Sequence[float], share: float = 0.05) -> tuple[float, float]:
    """Limits that hold all finite values with some room, never of zero width; 0 to 1 for none."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = share * (high - low) or 1.0
    return low - room, high + room
