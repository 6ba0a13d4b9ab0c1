"""How scores are spread within each school type."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, hidden_note, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import MARKS, MUTED, OUTLINE
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, styled

BIN = 10.0
WIDER_BINS = ((100, 5), (500, 2))
"""Groups under so many participants get bins so many times as wide."""


@styled
def draw(bins: pd.DataFrame, cells: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw one panel a school type on shared axes, the mean marked.

    Parameters
    ----------
    bins
        ``school_type, score_low, score_high, n``, bins of 10 points.
    cells
        For the means: ``school_type, n, mean``.
    analysis
        For the order of the panels and the smallest group shown.
    """
    labels = analysis.labels
    counts = bins.groupby("school_type")["n"].sum()
    n = {name: int(counts.get(name, 0)) for name in analysis.school_types}
    shown = [name for name in n if not analysis.few(n[name])]
    body = framed_body(
        labels.text("distribution.title"),
        subtitle(analysis, intervals=False),
        labels.text("distribution.note"),
        *hidden_note(analysis),
        *_empty_note(n, analysis),
        height=0.7 + 1.2 * (len(shown) + 1),
    )
    panels = body.subplots(len(shown) + 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    everyone = bins.assign(school_type="all")
    for axes, name in zip(panels, [*shown, "all"], strict=True):
        own = everyone if name == "all" else bins[bins["school_type"] == name]
        held = cells if name == "all" else cells[cells["school_type"] == name]
        _draw_panel(axes, name, own, everyone, held[held["n"] > 0], analysis)
    panels[0].set_ylim(0, 1.18 * panels[0].get_ylim()[1])
    panels[0].yaxis.set_major_locator(MaxNLocator(3, integer=True))
    panels[-1].set_xlabel(labels.score_axis(analysis.outcome))
    body.supylabel(labels.text("distribution.axis"), fontsize=TEXT_SIZE)
    return body.figure


def _empty_note(n: dict[str, int], analysis: Analysis) -> list[str]:
    labels = analysis.labels
    groups = ", ".join(labels.school_type(name) for name, size in n.items() if size == 0)
    return [labels.text("empty", groups=groups)] if groups else []


def shares(bins: pd.DataFrame, width: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Percent of participants per 10 points, in bins of `width` times 10 points.

    Returns
    -------
    tuple of ndarray
        Shares, shape (K,), and the edges of their bins, points, shape (K + 1,).
    """
    step = BIN * width
    start = np.floor(bins["score_low"] / step) * step
    counts = bins.groupby(start)["n"].sum()
    edges = np.arange(counts.index.min(), counts.index.max() + 1.5 * step, step)
    filled = counts.reindex(edges[:-1], fill_value=0).to_numpy(float)
    return 100 * filled / filled.sum() / width, edges


def _draw_panel(
    axes: Axes,
    name: str,
    own: pd.DataFrame,
    everyone: pd.DataFrame,
    cells: pd.DataFrame,
    analysis: Analysis,
) -> None:
    labels = analysis.labels
    n = int(own["n"].sum())
    axes.set_title(f"{labels.school_type(name)}  ({labels.count(n)})", color=MARKS[name].dark)
    axes.grid(visible=False)
    if analysis.few(n):
        few = labels.text("distribution.nobody", smallest=analysis.smallest_group)
        axes.text(0.01, 0.6, few, transform=axes.transAxes, color=MUTED, size=SMALL_SIZE)
        axes.set_xticks([])
        axes.tick_params(left=False, labelleft=False)
        return
    heights, edges = shares(own, _bin_width(n))
    axes.stairs(heights, edges, fill=True, color=MARKS[name].color, alpha=0.45, label=f"_{name}")
    if name != "all":
        outline = shares(everyone, _bin_width(int(everyone["n"].sum())))
        axes.stairs(*outline, color=OUTLINE, linewidth=1.1, zorder=3)
    _mark_mean(axes, name, float(np.average(cells["mean"], weights=cells["n"])), labels)


def _mark_mean(axes: Axes, name: str, mean: float, labels: Labels) -> None:
    mark = MARKS[name]
    axes.axvline(mean, color=mark.dark, linestyle=mark.line, linewidth=1.4, zorder=4)
    axes.plot(mean, 0, mark.marker, color=mark.dark, ms=5, clip_on=False, zorder=5)
    axes.annotate(
        labels.text("distribution.mean", mean=labels.number(mean, 1)),
        (mean, 1),
        (5, 1),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=mark.dark,
        va="top",
    )


def _bin_width(n: int) -> int:
    return next((factor for below, factor in WIDER_BINS if n < below), 1)
