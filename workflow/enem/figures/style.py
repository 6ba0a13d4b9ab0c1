"""Palette and typography: what makes the figures look alike."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import seaborn
from matplotlib import rc_context
from matplotlib.figure import Figure

INK = "#222222"
MUTED = "#5C5C5C"
GUIDE = "#B5B5B5"
PALE = "#E4E4E4"
OUTLINE = "#757575"
PLAIN = "#46586B"
CONTRAST = "#6A3D9A"
"""For what is not a school type: no school type has these colours."""

TITLE_SIZE = 11.0
TEXT_SIZE = 8.5
SMALL_SIZE = 8.0
WIDTH = 7.0
"""Inches, the text width of an A4 page, so that font sizes are print sizes."""

RC = {
    **seaborn.axes_style("ticks"),
    "axes.edgecolor": MUTED,
    # the figure's own white is behind them
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT_SIZE,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": TEXT_SIZE,
    "axes.titleweight": "bold",
    "patch.edgecolor": "white",
    "patch.force_edgecolor": True,
    "figure.dpi": 100,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "sans-serif"],
    "font.size": TEXT_SIZE,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "legend.fontsize": SMALL_SIZE,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL_SIZE,
    "xtick.major.size": 3,
    "xtick.major.width": 0.7,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL_SIZE,
    "ytick.major.size": 0,
}


@dataclass(frozen=True)
class Mark:
    """How one school type looks, in every figure.

    Attributes
    ----------
    color
        For lines, points and areas; the palette is ordered by lightness, so that it survives
        a print in grey.
    dark
        The same hue, dark enough for text.
    marker, line
        Matplotlib marker and line style.
    """

    color: str
    dark: str
    marker: str
    line: str | tuple[int, tuple[float, ...]]


_BLUE = Mark("#0072B2", "#005A8C", "o", "-")
_GREEN = Mark("#009E73", "#00684C", "^", (0, (1.2, 1.2)))
MARKS = {
    "federal": Mark("#E08A00", "#8F5600", "D", (0, (6, 1.5, 1.2, 1.5))),
    "estadual": _BLUE,
    "municipal": _GREEN,
    "publica": _BLUE,
    "mista": _GREEN,
    "privada": Mark("#882255", "#882255", "s", (0, (5, 1.5))),
    "all": Mark("#4D4D4D", INK, "P", "-"),
}


def styled[**P, F: Figure](draw: Callable[P, F]) -> Callable[P, F]:
    """Run a drawing function under the house style, leaving Matplotlib's settings as they were."""

    @wraps(draw)
    def draw_in_style(*args: P.args, **kwargs: P.kwargs) -> F:
        with rc_context(RC):
            return draw(*args, **kwargs)

    return draw_in_style
