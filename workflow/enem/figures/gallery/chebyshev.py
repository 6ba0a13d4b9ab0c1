"""How often means of n participants lie far from the mean of all, and what bounds that."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.about import SCOPES, framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.gallery.sample_size import size_axis
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL
from enem.figures.words import number, put, say, short

FIGURE = {"order": 260, "needs": ("income",)}

TAILS = {
    "bound": (CONTRAST, "-", "^", "Chebyshev’s bound"),
    "gaussian": (PLAIN, (0, (5, 1.5)), "", "central limit theorem"),
    "tail": (INK, "", "s", "observed share of samples"),
}
COVERAGES = {
    "coverage_chebyshev": (CONTRAST, "-", "^", "Chebyshev"),
    "coverage_posterior": (PLAIN, "-", "o", "posterior"),
    "coverage_laplace": (INK, ":", "s", "normal approximation"),
}

CAPTION = (
    "Left: how often the mean is far away, and two predictions of it. Right: how often intervals "
    "hold the slope of all participants."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take tail probabilities of means: ``n, distance, tail, bound, gaussian``."""
    return a.table("estimation/chebyshev.csv")


def draw(a: Artefacts, tails: pd.DataFrame) -> FramedFigure:
    """Draw tail probabilities of means on the left, coverage of intervals on the right.

    The analysis's ``sample_size.csv`` has ``n, coverage_posterior, coverage_laplace,
    coverage_chebyshev``.
    """
    mass, sizes = a.analysis.mass, a.table("estimation/sample_size.csv")
    distance = number(tails["distance"].iloc[0], 1)
    sentence = (
        "Samples with replacement. Left: {distance} points are a tenth of the sd of the scores. "
        "Right: share of samples whose interval holds the slope of all participants; line: the "
        "nominal probability."
    )
    body = framed(
        a.analysis,
        say("Chebyshev’s inequality holds, and is conservative"),
        say(sentence, distance=distance),
        whom=[say(SCOPES["textbook"])],
        height=3.2,
        intervals=False,
    )
    left, right = body.subplots(1, 2)
    _draw_lines(left, tails, TAILS)
    left.set_title(say("Mean off by {distance} points or more", distance=distance), size=SMALL)
    # room above the lines for the key
    left.set_ylim(-0.05, 1.55)
    left.set_yticks([0, 0.25, 0.5, 0.75, 1])
    left.legend(loc="upper right")
    _draw_lines(right, sizes, COVERAGES)
    right.axhline(mass, color=INK, lw=0.9, zorder=1)
    title = say("Intervals of {mass}% that hold the slope", mass=short(100 * mass))
    right.set_title(title, size=SMALL)
    low = min(sizes[list(COVERAGES)].min().min(), mass)
    # room below the lines for the key
    right.set_ylim(low - 0.9 * (1 - low), 1.01)
    right.legend(loc="lower right", handlelength=2.4)
    for axes in (left, right):
        size_axis(axes, sizes["n"])
        axes.yaxis.set_major_formatter(lambda v, _: put("{v}%", v=short(round(100 * v, 6))))
    return body.figure


def _draw_lines(axes: Axes, values: pd.DataFrame, look: dict) -> None:
    for column, (color, line, marker, name) in look.items():
        style = {"color": color, "ls": line or "none", "marker": marker, "ms": 5, "mfc": "white"}
        axes.plot(values["n"], values[column], label=say(name), **style)
