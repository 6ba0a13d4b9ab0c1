"""How often means of n participants lie far from the mean of all, and what bounds that."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.sample_size import size_axis
from enem.figures.style import SMALL_SIZE, styled

TAILS = {
    "bound": (CONTRAST, "-", "^"),
    "gaussian": (PLAIN, (0, (5, 1.5)), ""),
    "tail": (INK, "", "s"),
}
COVERAGES = {
    "coverage_chebyshev": (CONTRAST, "-", "^"),
    "coverage_posterior": (PLAIN, "-", "o"),
    "coverage_laplace": (INK, ":", "s"),
}


@styled
def draw(tails: pd.DataFrame, sizes: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw tail probabilities of means on the left, coverage of intervals on the right.

    Parameters
    ----------
    tails
        ``n, distance, tail, bound, gaussian``.
    sizes
        ``n, coverage_posterior, coverage_laplace, coverage_chebyshev``.
    analysis
        Its mass is that of the intervals.
    """
    labels = analysis.labels
    distance = labels.number(tails["distance"].iloc[0], 1)
    body = framed_body(
        labels.text("chebyshev.title"),
        subtitle(analysis, intervals=False),
        labels.text("chebyshev.note", distance=distance),
        labels.text("scope.textbook"),
        height=3.2,
    )
    left, right = body.subplots(1, 2)
    _draw_lines(left, tails, TAILS, labels)
    left.set_title(labels.text("chebyshev.tails", distance=distance), size=SMALL_SIZE)
    # room above the lines for the key
    left.set_ylim(-0.05, 1.55)
    left.set_yticks([0, 0.25, 0.5, 0.75, 1])
    left.legend(loc="upper right")
    _draw_lines(right, sizes, COVERAGES, labels)
    right.axhline(analysis.mass, color=INK, lw=0.9, zorder=1)
    share = labels.short(100 * analysis.mass)
    right.set_title(labels.text("chebyshev.coverage", mass=share), size=SMALL_SIZE)
    low = min(sizes[list(COVERAGES)].min().min(), analysis.mass)
    # room below the lines for the key
    right.set_ylim(low - 0.9 * (1 - low), 1.01)
    right.legend(loc="lower right", handlelength=2.4)
    for axes in (left, right):
        size_axis(axes, sizes["n"], labels)
        axes.yaxis.set_major_formatter(lambda v, _: f"{labels.short(round(100 * v, 6))}%")
    return body.figure


def _draw_lines(axes: Axes, table: pd.DataFrame, look: dict, labels: Labels) -> None:
    for column, (color, line, marker) in look.items():
        style = {"color": color, "ls": line or "none", "marker": marker, "ms": 5, "mfc": "white"}
        axes.plot(table["n"], table[column], label=labels.text(f"chebyshev.{column}"), **style)
