"""The posterior mode between prior and likelihood: weight of the priors, and ridge regression."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import line_gap, spread
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import CONTRAST, INK, MUTED, PLAIN
from enem.figures.style import SMALL_SIZE, styled

LOOK = {"intercept": (PLAIN, "-"), "slope": (CONTRAST, (0, (5, 1.5))), "sigma": (INK, ":")}
EVERY = 4
"""Of the points of the ridge path, one in this many is marked."""
HEIGHT = 2.9


@styled
def draw(weights: pd.DataFrame, ridge: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw the weight of all priors on the left, the width of the slope's prior on the right.

    Parameters
    ----------
    weights
        ``prior_weight, parameter, map_minus_mle_in_se``.
    ridge
        ``prior_sd, ridge_lambda, map, ridge, mle, configured``.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    body = framed_body(
        labels.text("prior.title"),
        subtitle(analysis, intervals=False),
        labels.text("prior.note", model=labels.model("pooled")),
        height=HEIGHT,
    )
    left, right = body.subplots(1, 2)
    _draw_weights(left, weights[weights["prior_weight"] > 0], labels)
    _draw_ridge(right, ridge, labels)
    return body.figure


def _draw_weights(axes: Axes, weights: pd.DataFrame, labels: Labels) -> None:
    ends = {}
    for name, table in weights.groupby("parameter", sort=False):
        color, line = LOOK[name]
        axes.plot(table["prior_weight"], table["map_minus_mle_in_se"], color=color, ls=line)
        ends[name] = table["map_minus_mle_in_se"].iloc[-1]
    heaviest = weights["prior_weight"].max()
    heights = spread(list(ends.values()), line_gap(axes, 0.7 * HEIGHT))
    for name, y in zip(ends, heights, strict=True):
        place = {"color": LOOK[name][0], "size": SMALL_SIZE, "va": "center"}
        axes.text(1.4 * heaviest, y, labels.parameter(name), **place)
    axes.set_xscale("log")
    axes.set_xlim(weights["prior_weight"].min(), heaviest * 100)
    axes.set_xticks([1e-3, 1e-1, 1e1, 1e3], [labels.short(t) for t in (1e-3, 1e-1, 1e1, 1e3)])
    axes.axvline(1, color=MUTED, lw=0.9, ls=":")
    axes.set_xlabel(labels.text("prior.weight"))
    axes.set_ylabel(labels.text("prior.distance"))
    axes.set_title(labels.text("prior.all"), size=SMALL_SIZE)


def _draw_ridge(axes: Axes, ridge: pd.DataFrame, labels: Labels) -> None:
    axes.plot(ridge["prior_sd"], ridge["ridge"], color=PLAIN)
    marked = ridge.iloc[::EVERY]
    axes.plot(marked["prior_sd"], marked["map"], "^", color=CONTRAST, mfc="white", ms=5)
    mle, own = ridge["mle"].iloc[0], ridge[ridge["configured"]].iloc[0]
    axes.axhline(mle, color=INK, lw=0.9, ls=":")
    axes.plot(own["prior_sd"], own["map"], "^", color=CONTRAST, ms=8, zorder=4)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda v, _: labels.short(v))
    axes.set_xlabel(labels.text("prior.width"))
    axes.set_ylabel(labels.text("prior.slope"))
    axes.set_title(labels.text("prior.ridge"), size=SMALL_SIZE)
    low, high = np.sort([ridge["map"].iloc[0], mle])
    axes.text(
        0.03,
        mle + 0.03 * (high - low),
        labels.text("prior.mle"),
        size=SMALL_SIZE,
        transform=axes.get_yaxis_transform(),
    )
    penalty = labels.text(
        "prior.configured",
        sd=labels.short(own["prior_sd"]),
        penalty=labels.number(own["ridge_lambda"], 2),
    )
    axes.annotate(
        penalty,
        (own["prior_sd"], own["map"]),
        (0.97, 0.3),
        textcoords="axes fraction",
        ha="right",
        size=SMALL_SIZE,
        arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.6},
    )
