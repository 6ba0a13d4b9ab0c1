"""The difference between private and public schools over family income."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import income_axis, padded
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.palette import INK, MUTED, PLAIN
from enem.figures.style import SMALL_SIZE, styled
from enem.names import PRIVATE, PUBLIC


@styled
def draw(
    gap: pd.DataFrame, cells: pd.DataFrame, income: pd.DataFrame, analysis: Analysis
) -> FramedFigure:
    """Draw private minus public, with interval, zero line and the observed difference.

    Parameters
    ----------
    gap
        ``model, income_bracket, x, mean, interval_low, interval_high``, points.  The first model
        is drawn as a line with a band, the second, if any, as points with bars.  Without
        any row the figure says that the difference is not defined; it is not drawn where one
        side is too small.
    cells
        For the observed difference of means: ``school_type, n, mean``.
    income
        ``x`` of every bracket, for the axis.
    analysis
        For the subtitle and the smallest group shown.
    """
    labels = analysis.labels
    models = list(gap["model"].unique())[:2]
    keys = ("gap.note", "gap.note_points")
    notes = [labels.text(k, model=labels.model(m)) for k, m in zip(keys, models, strict=False)]
    neither = [g for g in analysis.school_types if g not in (PRIVATE, *PUBLIC)]
    notes += [labels.text("gap.neither", group=labels.school_type(g)) for g in neither]
    title = labels.text("gap.title")
    body = framed_body(title, subtitle(analysis), *notes, labels.text("association"), height=3.4)
    axes = body.subplots()
    axes.set_ylabel(labels.text("gap.axis"))
    raw = observed_difference(cells, analysis.smallest_group)
    if raw is None or not models:
        income_axis(axes, income["x"].to_numpy(), labels)
        axes.set_yticks([])
        key = "gap.few" if models else "gap.undefined"
        words = labels.text(key, smallest=analysis.smallest_group)
        axes.text(0.02, 0.5, words, transform=axes.transAxes, color=MUTED)
        return body.figure
    _draw_line(axes, gap[gap["model"] == models[0]].sort_values("x"))
    if len(models) > 1:
        _draw_points(axes, gap[gap["model"] == models[1]])
    income_axis(axes, income["x"].to_numpy(), labels)
    axes.set_ylim(*padded([0.0, raw, *gap["interval_low"], *gap["interval_high"]], 0.08))
    _reference(axes, 0.0, labels.text("gap.zero"), INK, "-")
    observed = labels.text("gap.raw", gap=labels.number(raw, 1))
    _reference(axes, raw, observed, MUTED, (0, (1, 1.5)))
    return body.figure


def observed_difference(cells: pd.DataFrame, smallest: int) -> float | None:
    """Mean of private less mean of public; None where a side is too small."""
    held = cells[cells["n"] > 0]
    sides = [held[held["school_type"].isin(types)] for types in ((PRIVATE,), PUBLIC)]
    if any(side["n"].sum() < smallest for side in sides):
        return None
    high, low = (np.average(side["mean"], weights=side["n"]) for side in sides)
    return float(high - low)


def _draw_line(axes: Axes, first: pd.DataFrame) -> None:
    ends = first["interval_low"], first["interval_high"]
    axes.fill_between(first["x"], *ends, color=PLAIN, alpha=0.2, lw=0, label="_gap-band")
    axes.plot(first["x"], first["mean"], color=PLAIN, lw=1.8, label="_gap-line")


def _draw_points(axes: Axes, second: pd.DataFrame) -> None:
    reach = [second["mean"] - second["interval_low"], second["interval_high"] - second["mean"]]
    look = {"fmt": "s", "color": INK, "mfc": "white", "ms": 4.5, "elinewidth": 0.9}
    axes.errorbar(second["x"], second["mean"], yerr=reach, zorder=4, **look)


def _reference(axes: Axes, y: float, words: str, color: str, line: object) -> None:
    axes.axhline(y, color=color, lw=0.9, ls=line, zorder=1.5)
    axes.annotate(
        words,
        (0, y),
        (3, 2),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color=color,
        size=SMALL_SIZE,
        va="bottom",
        bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 0.8},
        zorder=6,
    )
