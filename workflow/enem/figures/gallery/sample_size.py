"""Estimators of the slope from repeated samples of growing size."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from enem.figures.about import SCOPES, framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL
from enem.figures.vocabulary import model_name
from enem.figures.words import number, say, short

FIGURE = {"order": 250, "needs": ("income",)}

TICK_RATIO = 1.7
"""How many times the one before a size that is written under the axis is at least."""

SDS = {
    "mle_sd": (INK, ":", "s", "MLE over samples"),
    "posterior_sd": (PLAIN, "-", "o", "posterior sd"),
    "laplace_sd": (CONTRAST, (0, (5, 1.5)), "^", "Laplace sd"),
}
APART = {
    "map_to_mle_in_sd": (CONTRAST, "-", "^", "MAP to MLE (sd)"),
    "prior_share": (PLAIN, (0, (5, 1.5)), "o", "share of precision"),
}

CAPTION = (
    "Estimates of the slope from samples of growing size, their spread beside posterior and "
    "normal approximation, and what the prior still does."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take what samples of each size give.

    ``n, slope, mle_sd, posterior_sd, laplace_sd, map_to_mle_in_sd, prior_share`` and more.
    """
    return a.table("estimation/sample_size.csv")


def draw(a: Artefacts, sizes: pd.DataFrame) -> FramedFigure:
    """Draw estimates, their spread, and how far the prior still moves them.

    The analysis's ``subsamples.csv`` has ``n, mle, map``, one row a sample.
    """
    sentence = (
        "Model “{model}”, samples with replacement. Left: median and {mass}% of the samples; line: "
        "all participants. Right: median distance of MAP and MLE in posterior sds, and the prior’s "
        "share of the posterior’s precision."
    )
    body = framed(
        a.analysis,
        say("What sample size does to the slope and its uncertainty"),
        say(sentence, model=model_name("pooled"), mass=short(100 * a.analysis.mass)),
        whom=[say(SCOPES["textbook"])],
        height=3.3,
        intervals=False,
    )
    first, second, third = body.subplots(1, 3)
    _draw_estimates(first, a.table("estimation/subsamples.csv"), sizes, a.analysis.mass)
    spread, prior = say("Spread (points per doubling)"), say("What the prior still does")
    for axes, look, title in ((second, SDS, spread), (third, APART, prior)):
        _draw_lines(axes, sizes, look)
        axes.set_title(title, size=SMALL)
        _scale_logarithmically(axes)
    for axes in (first, second, third):
        size_axis(axes, sizes["n"])
    return body.figure


def _draw_estimates(axes: Axes, subsamples: pd.DataFrame, sizes: pd.DataFrame, mass: float) -> None:
    tail = (1 - mass) / 2
    looks = (("mle", "MLE", INK, "s", 0.93), ("map", "MAP", CONTRAST, "^", 1.07))
    for kind, name, color, marker, shift in looks:
        found = subsamples.groupby("n")[kind]
        low, middle, high = (found.quantile(q) for q in (tail, 0.5, 1 - tail))
        axes.vlines(sizes["n"] * shift, low, high, color=color, lw=1.5)
        look = {"color": color, "mfc": "white", "ms": 5, "label": say(name)}
        axes.plot(sizes["n"] * shift, middle, marker, **look)
    axes.axhline(sizes["slope"].iloc[0], color=PLAIN, lw=0.9, zorder=1)
    axes.legend(loc="upper right", handletextpad=0.2)
    axes.set_title(say("Estimates of the slope"), size=SMALL)


def _draw_lines(axes: Axes, sizes: pd.DataFrame, look: dict) -> None:
    for column, (color, line, marker, name) in look.items():
        own = {"marker": marker, "color": color, "ls": line, "ms": 4, "label": say(name)}
        axes.plot(sizes["n"], sizes[column], **own)
    axes.legend(loc="upper right", handlelength=2.4)


def _scale_logarithmically(axes: Axes) -> None:
    """Scale heights logarithmically, with room above the lines for their key."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    ratio = high / low
    axes.set_ylim(low, high * ratio**0.4)
    subs = (1,) if ratio > 30 else (1, 2, 5) if ratio > 4 else range(1, 10)
    axes.yaxis.set_major_locator(LogLocator(subs=tuple(subs)))
    axes.yaxis.set_major_formatter(lambda v, _: short(v))
    axes.yaxis.set_minor_locator(NullLocator())


def size_axis(axes: Axes, sizes: pd.Series) -> None:
    """Scale an axis of sample sizes logarithmically, tens written out."""
    axes.set_xscale("log")
    axes.set_xlim(sizes.min() / 1.5, sizes.max() * 1.5)
    ticks = [10**k for k in range(1, 8) if sizes.min() / 1.5 < 10**k < sizes.max() * 1.5]
    # a small sample holds no two powers of ten
    ticks = ticks if len(ticks) > 1 else _apart(sizes.tolist())
    axes.set_xticks(ticks, [number(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(say("Participants (log scale)"))


def _apart(sizes: list[float]) -> list[float]:
    """Leave out sizes whose numbers would lie over those of the one before."""
    kept: list[float] = []
    for size in sorted(set(sizes)):
        if not kept or size > TICK_RATIO * kept[-1]:
            kept.append(size)
    return kept
