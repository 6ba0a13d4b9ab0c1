"""Typography and lines: what makes the figures look alike, on each kind of sheet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from enem.figures.palette import INK, MUTED, PALE

DPI = 72
"""Dots per inch of a figure: a unit of its SVG is a point."""


@dataclass(frozen=True)
class Sheet:
    """What a figure is drawn on.

    Attributes
    ----------
    name
        Ends the names of its files; empty for the usual sheet.
    width
        Inches.
    height
        Inches; None where the figure is as high as it needs.
    title, text, small
        Sizes of letters, points.
    columns
        Panels beside each other at most.
    short
        Whether only what no reader may miss stands beside the drawing.
    scale
        Pixels of the PNG to a point; None where the sheet has none.
    """

    name: str
    width: float
    height: float | None
    title: float
    text: float
    small: float
    columns: int
    short: bool
    scale: float | None


WIDE = Sheet("", 7.0, None, 11.0, 8.5, 8.0, columns=2, short=False, scale=160 / 72)
"""The text width of an A4 page, so that sizes of letters are those of print."""
NARROW = Sheet("narrow", 320 / 72, None, 14.0, 11.5, 11.0, columns=1, short=False, scale=None)
"""A phone's: 320 units wide, so that a letter of 11 points is one of 11 pixels there."""
FEED = Sheet("feed", 600 / 72, 337.5 / 72, 19.0, 13.0, 12.4, columns=2, short=True, scale=2.0)
"""An image of 1200 x 675 pixels whose letters can be read where it is shown half as wide."""

SHEETS = (WIDE, NARROW, FEED)

_SHEET = ContextVar("sheet", default=WIDE)


def sheet() -> Sheet:
    """Return the sheet that is drawn on."""
    return _SHEET.get()


@contextmanager
def drawn_on(chosen: Sheet) -> Iterator[None]:
    """Draw on a sheet, in the house style, leaving Matplotlib's settings as they were."""
    token = _SHEET.set(chosen)
    try:
        with rc_context(settings(chosen)):
            yield
    finally:
        _SHEET.reset(token)


SMALL = "small"
"""Matplotlib's name of the sheet's small letters, whatever their size is."""


def settings(chosen: Sheet) -> dict[str, Any]:
    """Return Matplotlib's settings for a sheet."""
    return {
        "axes.edgecolor": MUTED,
        # the figure's own white is behind them
        "axes.facecolor": "none",
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.labelcolor": INK,
        "axes.labelsize": chosen.text,
        "axes.linewidth": 0.7,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": chosen.text,
        # nothing stands above the axes that a title would have to be moved away from
        "axes.titley": 1.0,
        "axes.titleweight": "bold",
        "figure.dpi": DPI,
        "figure.labelsize": chosen.text,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "sans-serif"],
        # of which Matplotlib's "small" is this part
        "font.size": chosen.small / 0.833,
        "grid.color": PALE,
        "grid.linewidth": 0.6,
        "hatch.linewidth": 0.6,
        "legend.fontsize": chosen.small,
        "legend.frameon": False,
        "legend.title_fontsize": chosen.small,
        "lines.solid_capstyle": "round",
        "patch.edgecolor": "white",
        "patch.force_edgecolor": True,
        "svg.fonttype": "none",
        # words as wide as in the SVG, and placed in less time
        "text.hinting": "no_hinting",
        "text.color": INK,
        "xtick.color": MUTED,
        "xtick.labelcolor": INK,
        "xtick.labelsize": chosen.small,
        "xtick.major.size": 3,
        "xtick.major.width": 0.7,
        "ytick.color": MUTED,
        "ytick.labelcolor": INK,
        "ytick.labelsize": chosen.small,
        "ytick.major.size": 0,
    }


def styled[**P, F: Figure](draw: Callable[P, F]) -> Callable[P, F]:
    """Run a drawing function under the house style of the sheet."""

    @wraps(draw)
    def draw_in_style(*args: P.args, **kwargs: P.kwargs) -> F:
        with drawn_on(sheet()):
            return draw(*args, **kwargs)

    return draw_in_style
