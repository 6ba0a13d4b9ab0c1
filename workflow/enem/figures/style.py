"""Typography and lines: what makes the figures look alike."""

from collections.abc import Callable
from functools import wraps

import seaborn
from matplotlib import rc_context
from matplotlib.figure import Figure

from enem.figures.palette import INK, MUTED, PALE

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
    # words as wide as in the SVG, and placed in less time
    "text.hinting": "no_hinting",
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


def styled[**P, F: Figure](draw: Callable[P, F]) -> Callable[P, F]:
    """Run a drawing function under the house style, leaving Matplotlib's settings as they were."""

    @wraps(draw)
    def draw_in_style(*args: P.args, **kwargs: P.kwargs) -> F:
        with rc_context(RC):
            return draw(*args, **kwargs)

    return draw_in_style
