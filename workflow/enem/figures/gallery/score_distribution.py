"""How scores are spread within each school type."""

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from enem.figures.about import framed, hidden_note
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.palette import MARKS, MUTED, OUTLINE
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import school_type, score_axis
from enem.figures.words import count, joined, number, put, say
from enem.names import ESSAY

FIGURE = {"order": 30}

BIN, ESSAY_BIN = 10, 20
"""Points; essays are graded in steps of 20."""
WIDER_BINS = ((100, 5), (500, 2))
"""Groups under so many participants get bins so many times as wide."""
KEYS = ["school_type", "score_low"]

CAPTION = "Distribution of scores in each school type."


def table(a: Artefacts) -> pd.DataFrame:
    """Count participants in the bins of the outcome, of school types that are shown.

    ``school_type, score_low, score_high, n``, points.
    """
    bins = _counted(a)
    return bins[~bins["school_type"].isin(a.analysis.hidden)].reset_index(drop=True)


def _counted(a: Artefacts) -> pd.DataFrame:
    """Count participants in the bins of the outcome, of every school type."""
    bins, width = a.table("score_distribution.csv"), bin_of(a)
    low = np.floor(bins["score_low"] / width) * width
    counts = bins.assign(score_low=low).groupby(KEYS)["n"].sum()
    every = bins["school_type"].unique(), np.arange(low.min(), low.max() + width, width)
    full = pd.MultiIndex.from_product(every, names=KEYS)
    counted = counts.reindex(full, fill_value=0).reset_index()
    counted.insert(2, "score_high", counted["score_low"] + width)
    return counted


def bin_of(a: Artefacts) -> int:
    """Width of a bin of the outcome, points."""
    return ESSAY_BIN if a.analysis.outcome == ESSAY else BIN


def draw(a: Artefacts, bins: pd.DataFrame) -> FramedFigure:
    """Draw one panel a school type on shared axes, the mean marked.

    The analysis's cells have the means.
    """
    analysis, width = a.analysis, bin_of(a)
    counts = bins.groupby("school_type")["n"].sum()
    n = {name: int(counts.get(name, 0)) for name in analysis.school_types}
    shown = [name for name in n if not analysis.few(n[name])]
    few, fewer = (number(width * factor) for _, factor in reversed(WIDER_BINS))
    sentence = (
        "Grey outline: all participants. Bins of {bin} points; of {few} in groups under 500 "
        "participants, of {fewer} under 100."
    )
    body = framed(
        analysis,
        say("Distribution of scores by school type"),
        say(sentence, bin=number(width), few=few, fewer=fewer),
        *_empty_note(n),
        whom=hidden_note(analysis),
        height=0.7 + 1.2 * (len(shown) + 1),
        intervals=False,
    )
    panels = body.subplots(len(shown) + 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    everyone = _counted(a)
    for axes, name in zip(panels, [*shown, "all"], strict=True):
        own = everyone if name == "all" else bins[bins["school_type"] == name]
        held = a.cells if name == "all" else a.cells[a.cells["school_type"] == name]
        _draw_panel(axes, name, own, everyone, held[held["n"] > 0], a)
    panels[0].set_ylim(0, 1.18 * panels[0].get_ylim()[1])
    panels[0].yaxis.set_major_locator(MaxNLocator(3, integer=True))
    panels[-1].set_xlabel(score_axis(analysis.outcome))
    share = say("Share per {bin} points (%)", bin=number(width))
    body.supylabel(share, fontsize=sheet().text)
    return body.figure


def _empty_note(n: dict[str, int]) -> list[str]:
    groups = joined(", ", [school_type(name) for name, size in n.items() if size == 0])
    return [say("No participants: {groups}.", groups=groups)] if groups else []


def shares(bins: pd.DataFrame, width: int, factor: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Percent of participants per `width` points of each bin, and wider bins to draw them in.

    Returns
    -------
    tuple of ndarray
        Shares, shape (rows of `bins`,), that add up to 100 / factor, and edges of bins `factor`
        times as wide, points, shape (K + 1,).
    """
    step, low = width * factor, bins["score_low"].to_numpy(float)
    edges = np.arange(np.floor(low.min() / step) * step, low.max() + 1.5 * step, step)
    n = bins["n"].to_numpy(float)
    return 100 * n / n.sum() / factor, edges


def _draw_panel(
    axes: Axes,
    name: str,
    own: pd.DataFrame,
    everyone: pd.DataFrame,
    cells: pd.DataFrame,
    a: Artefacts,
) -> None:
    n, width = int(own["n"].sum()), bin_of(a)
    title = put("{name}  ({count})", name=school_type(name), count=count(n))
    axes.set_title(title, color=MARKS[name].dark)
    axes.grid(visible=False)
    if a.analysis.few(n):
        words = say("Fewer than {smallest} participants", smallest=a.analysis.smallest_group)
        axes.text(0.01, 0.6, words, transform=axes.transAxes, color=MUTED, size=SMALL)
        axes.set_xticks([])
        axes.tick_params(left=False, labelleft=False)
        return
    _histogram(axes, own, width, color=MARKS[name].color, alpha=0.45, linewidth=0)
    axes.collections[-1].set_label(f"_{name}")
    if name != "all":
        _histogram(axes, everyone, width, color=OUTLINE, fill=False, linewidth=1.1, zorder=3)
    _mark_mean(axes, name, float(np.average(cells["mean"], weights=cells["n"])))


def _histogram(axes: Axes, bins: pd.DataFrame, width: int, **look: object) -> None:
    weights, edges = shares(bins, width, _factor(int(bins["n"].sum())))
    middle = bins["score_low"].to_numpy(float) + width / 2
    step = {"binwidth": edges[1] - edges[0], "binrange": (edges[0], edges[-1])}
    seaborn.histplot(x=middle, weights=weights, element="step", ax=axes, **step, **look)
    axes.set(xlabel="", ylabel="")


def _mark_mean(axes: Axes, name: str, mean: float) -> None:
    mark = MARKS[name]
    axes.axvline(mean, color=mark.dark, linestyle=mark.line, linewidth=1.4, zorder=4)
    axes.plot(mean, 0, mark.marker, color=mark.dark, ms=5, clip_on=False, zorder=5)
    axes.annotate(
        say("mean {mean}", mean=number(mean, 1)),
        (mean, 1),
        (5, 1),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=mark.dark,
        size=sheet().text,
        va="top",
    )


def _factor(n: int) -> int:
    return next((factor for below, factor in WIDER_BINS if n < below), 1)
