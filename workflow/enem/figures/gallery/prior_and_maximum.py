"""The posterior mode between prior and likelihood: weight of the priors, and ridge regression."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.about import framed
from enem.figures.artefacts import Artefacts
from enem.figures.axes import line_gap, say_not_shown, spread
from enem.figures.frame import FramedFigure
from enem.figures.palette import CONTRAST, INK, MUTED, PLAIN
from enem.figures.style import SMALL
from enem.figures.vocabulary import model_name, parameter_name
from enem.figures.words import number, say, short

FIGURE = {"order": 230, "needs": ("income",)}

LOOK = {"intercept": (PLAIN, "-"), "slope": (CONTRAST, (0, (5, 1.5))), "sigma": (INK, ":")}
EVERY = 4
"""Of the points of the ridge path, one in this many is marked."""
HEIGHT = 2.9

CAPTION = (
    "Left: with little weight of the priors the MAP is the MLE. Right: the mode under Gaussian "
    "priors of growing width lies on the path of ridge regression."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the modes under priors of every weight."""
    return a.table("estimation/prior_weight.csv")


def draw(a: Artefacts, weights: pd.DataFrame) -> FramedFigure:
    """Draw the weight of all priors on the left, the width of the slope's prior on the right.

    The analysis's ``ridge.csv`` has ``prior_sd, ridge_lambda, map, ridge, mle, configured``.
    The table has ``prior_weight, parameter, map_minus_mle_in_se``.
    """
    sentence = (
        "Model “{model}”. Left: dotted, the priors used; at weight 0 the MAP is the MLE. Right: "
        "line, ridge regression with λ = σ² / sd²; triangles, posterior mode."
    )
    body = framed(
        a.analysis,
        say("The posterior mode between prior and likelihood"),
        say(sentence, model=model_name("pooled")),
        height=HEIGHT,
        intervals=False,
    )
    left, right = body.subplots(1, 2)
    if weights.empty:
        for axes in (left, right):
            say_not_shown(axes, 0, "Not shown: the likelihood has no maximum.")
        return body.figure
    _draw_weights(left, weights[weights["prior_weight"] > 0])
    _draw_ridge(right, a.table("estimation/ridge.csv"))
    return body.figure


def _draw_weights(axes: Axes, weights: pd.DataFrame) -> None:
    ends = {}
    for name, own in weights.groupby("parameter", sort=False):
        color, line = LOOK[name]
        axes.plot(own["prior_weight"], own["map_minus_mle_in_se"], color=color, ls=line)
        ends[name] = own["map_minus_mle_in_se"].iloc[-1]
    heaviest = weights["prior_weight"].max()
    gap = line_gap(axes, 0.7 * HEIGHT)
    heights = spread(list(ends.values()), gap)
    bottom, top = axes.get_ylim()
    axes.set_ylim(min(bottom, heights.min() - gap), max(top, heights.max() + gap))
    for name, y in zip(ends, heights, strict=True):
        place = {"color": LOOK[name][0], "size": SMALL, "va": "center"}
        axes.text(1.4 * heaviest, y, parameter_name(name), **place)
    axes.set_xscale("log")
    axes.set_xlim(weights["prior_weight"].min(), heaviest * 100)
    axes.set_xticks([1e-3, 1e-1, 1e1, 1e3], [short(t) for t in (1e-3, 1e-1, 1e1, 1e3)])
    axes.axvline(1, color=MUTED, lw=0.9, ls=":")
    axes.set_xlabel(say("Weight of the priors (log scale)"))
    axes.set_ylabel(say("MAP − MLE (standard errors)"))
    axes.set_title(say("All priors, weaker and stronger"), size=SMALL)


def _draw_ridge(axes: Axes, ridge: pd.DataFrame) -> None:
    axes.plot(ridge["prior_sd"], ridge["ridge"], color=PLAIN)
    marked = ridge.iloc[::EVERY]
    axes.plot(marked["prior_sd"], marked["map"], "^", color=CONTRAST, mfc="white", ms=5)
    mle, own = ridge["mle"].iloc[0], ridge[ridge["configured"]].iloc[0]
    axes.axhline(mle, color=INK, lw=0.9, ls=":")
    axes.plot(own["prior_sd"], own["map"], "^", color=CONTRAST, ms=8, zorder=4)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda v, _: short(v))
    axes.set_xlabel(say("Sd of the prior (points, log scale)"))
    axes.set_ylabel(say("Slope (points per doubling)"))
    axes.set_title(say("The slope’s prior as ridge regression"), size=SMALL)
    low, high = np.sort([ridge["map"].iloc[0], mle])
    place = 0.03, mle + 0.03 * (high - low)
    axes.text(*place, say("MLE"), size=SMALL, transform=axes.get_yaxis_transform())
    sd, penalty = short(own["prior_sd"]), number(own["ridge_lambda"], 2)
    axes.annotate(
        say("prior used:\nsd {sd}, λ = {penalty}", sd=sd, penalty=penalty),
        (own["prior_sd"], own["map"]),
        (0.97, 0.3),
        textcoords="axes fraction",
        ha="right",
        size=SMALL,
        arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.6},
    )
