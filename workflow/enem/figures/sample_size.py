"""Estimators of the slope from repeated samples of growing size."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL_SIZE, styled

SDS = {
    "mle_sd": (INK, ":", "s"),
    "posterior_sd": (PLAIN, "-", "o"),
    "laplace_sd": (CONTRAST, (0, (5, 1.5)), "^"),
}
APART = {"map_to_mle_in_sd": (CONTRAST, "-", "^"), "prior_share": (PLAIN, (0, (5, 1.5)), "o")}


@styled
def draw(subsamples: pd.DataFrame, sizes: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw estimates, their spread, and how far the prior still moves them.

    Parameters
    ----------
    subsamples
        ``n, mle, map``, one row a sample.
    sizes
        ``n, slope, mle_sd, posterior_sd, laplace_sd, map_to_mle_in_sd, prior_share``.
    analysis
        Its mass is that of the bars.
    """
    labels = analysis.labels
    share = labels.short(100 * analysis.mass)
    body = framed_body(
        labels.text("size.title"),
        subtitle(analysis, intervals=False),
        labels.text("size.note", model=labels.model("pooled"), mass=share),
        labels.text("scope.textbook"),
        height=3.3,
    )
    first, second, third = body.subplots(1, 3)
    _draw_estimates(first, subsamples, sizes, analysis)
    for axes, look, key in ((second, SDS, "sd"), (third, APART, "prior")):
        _draw_lines(axes, sizes, look, labels)
        axes.set_title(labels.text(f"size.{key}"), size=SMALL_SIZE)
        _scale_logarithmically(axes, labels)
    for axes in (first, second, third):
        size_axis(axes, sizes["n"], labels)
    return body.figure


def _draw_estimates(
    axes: Axes, subsamples: pd.DataFrame, sizes: pd.DataFrame, analysis: Analysis
) -> None:
    labels, tail = analysis.labels, (1 - analysis.mass) / 2
    looks = (("mle", INK, "s", 0.93), ("map", CONTRAST, "^", 1.07))
    for kind, color, marker, shift in looks:
        found = subsamples.groupby("n")[kind]
        low, middle, high = (found.quantile(q) for q in (tail, 0.5, 1 - tail))
        axes.vlines(sizes["n"] * shift, low, high, color=color, lw=1.5)
        name = labels.text(f"estimate.{kind}")
        axes.plot(sizes["n"] * shift, middle, marker, color=color, mfc="white", ms=5, label=name)
    axes.axhline(sizes["slope"].iloc[0], color=PLAIN, lw=0.9, zorder=1)
    axes.legend(loc="upper right", handletextpad=0.2)
    axes.set_title(labels.text("size.estimates"), size=SMALL_SIZE)


def _draw_lines(axes: Axes, sizes: pd.DataFrame, look: dict, labels: Labels) -> None:
    for column, (color, line, marker) in look.items():
        name = labels.text(f"size.{column}")
        axes.plot(sizes["n"], sizes[column], marker=marker, color=color, ls=line, ms=4, label=name)
    axes.legend(loc="upper right", handlelength=2.4)


def _scale_logarithmically(axes: Axes, labels: Labels) -> None:
    """Scale heights logarithmically, with room above the lines for their key."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    ratio = high / low
    axes.set_ylim(low, high * ratio**0.4)
    subs = (1,) if ratio > 30 else (1, 2, 5) if ratio > 4 else range(1, 10)
    axes.yaxis.set_major_locator(LogLocator(subs=tuple(subs)))
    axes.yaxis.set_major_formatter(lambda v, _: labels.short(v))
    axes.yaxis.set_minor_locator(NullLocator())


def size_axis(axes: Axes, sizes: pd.Series, labels: Labels) -> None:
    """Scale an axis of sample sizes logarithmically, tens written out."""
    axes.set_xscale("log")
    axes.set_xlim(sizes.min() / 1.5, sizes.max() * 1.5)
    ticks = [10**k for k in range(1, 8) if sizes.min() / 1.5 < 10**k < sizes.max() * 1.5]
    # a small sample holds no two powers of ten
    ticks = ticks if len(ticks) > 1 else sizes.tolist()
    axes.set_xticks(ticks, [labels.number(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(labels.text("size.axis"))
