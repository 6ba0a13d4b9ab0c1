"""The main figure: mean score by family income and school type, and what the model expects."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.analysis import Analysis
from enem.figures.axes import income_axis, padded
from enem.figures.frame import FramedFigure, framed_body, hidden_note, model_notes, subtitle
from enem.figures.labels import Labels
from enem.figures.line_labels import label_lines, label_room
from enem.figures.palette import GUIDE, MARKS
from enem.figures.posterior_lines import Line, expected_cells, posterior_lines
from enem.figures.style import SMALL_SIZE, styled

HEIGHT = 4.6
POINT_AREA = (14.0, 190.0)
"""Points squared, for nobody and for the largest cell; by the square root of n in between."""


@styled
def draw(
    cells: pd.DataFrame,
    income: pd.DataFrame,
    posterior: xr.Dataset,
    expected: xr.Dataset,
    model: str,
    analysis: Analysis,
) -> FramedFigure:
    """Draw observed cell means, expected scores of cells, and lines of a typical school.

    Parameters
    ----------
    cells
        ``school_type, income_bracket, n, mean``.
    income
        ``income_bracket, x``.
    posterior
        Draws of `model`; lines per school type where it has them, else one line for all.
    expected
        Draws of its expected scores of cells.
    model
        For the note.
    analysis
        Mass of the bands, order of school types, smallest cell shown.
    """
    labels = analysis.labels
    table = cells.merge(income[["income_bracket", "x"]], on="income_bracket")
    counts = table.groupby("school_type")["n"].sum()
    empty = [g for g in analysis.school_types if not counts.get(g, 0)]
    names = ", ".join(map(labels.school_type, empty))
    body = framed_body(
        labels.text("income.title"),
        subtitle(analysis),
        labels.text("income.note", model=labels.model(model)),
        *model_notes(analysis, model, scope="income"),
        labels.text("hidden_cells", smallest=analysis.smallest_group),
        *hidden_note(analysis),
        *([labels.text("empty", groups=names)] if empty else []),
        labels.text("association"),
        height=HEIGHT,
    )
    axes = body.subplots()
    room = label_room((*analysis.school_types, "all"), np.ptp(income["x"]))
    income_axis(axes, income["x"].to_numpy(), labels, right=room)
    axes.set_ylabel(labels.score_axis(analysis.outcome))
    shown = expected_cells(table, expected, analysis)
    lines = posterior_lines(table, posterior, analysis)
    _draw_points(axes, shown, analysis)
    for line in lines:
        _draw_line(axes, line)
    _fit_scores(axes, shown, lines)
    label_lines(axes, lines, shown[["x", "mean"]].to_numpy(), room, HEIGHT - 0.6, labels)
    return body.figure


def _draw_points(axes: Axes, shown: pd.DataFrame, analysis: Analysis) -> None:
    largest = float(shown["n"].max()) if len(shown) else 1.0
    for name in analysis.school_types:
        own = shown[shown["school_type"] == name]
        if own.empty:
            continue
        mark = MARKS[name]
        ends = own["expected_low"], own["expected_high"]
        axes.vlines(own["x"], *ends, color=mark.dark, lw=0.9, zorder=6.5)
        tick = {"marker": "_", "ms": 7, "mew": 1.4, "ls": "", "zorder": 6.6}
        axes.plot(own["x"], own["expected"], color=mark.dark, label=f"_expected-{name}", **tick)
        look = {"marker": mark.marker, "color": mark.color, "edgecolor": "white", "linewidth": 0.5}
        size = _area(own["n"], largest)
        axes.scatter(own["x"], own["mean"], s=size, zorder=6, label=f"_points-{name}", **look)
    if len(shown):
        _size_key(axes, largest, analysis.labels)


def _area(n: float | pd.Series, largest: float) -> float | pd.Series:
    least, most = POINT_AREA
    return least + (most - least) * np.sqrt(n / largest)


def _size_key(axes: Axes, largest: float, labels: Labels) -> None:
    counts = [c for c in (10, 100, 1_000, 10_000, 100_000) if c <= largest][-3:] or [int(largest)]
    sizes = [np.sqrt(_area(c, largest)) for c in counts]
    dots = [Line2D([], [], ls="", marker="o", color=GUIDE, ms=s, mew=0) for s in sizes]
    names = [labels.number(c) for c in counts]
    key = axes.legend(
        dots,
        names,
        title=labels.text("income.size"),
        title_fontsize=SMALL_SIZE,
        loc="lower right",
        alignment="left",
        labelspacing=0.9,
        borderpad=0.6,
    )
    key.set_zorder(1)


def _draw_line(axes: Axes, line: Line) -> None:
    mark = MARKS[line.name]
    band = {"color": mark.color, "alpha": 0.22, "lw": 0, "zorder": 1}
    axes.fill_between(line.x, line.low, line.high, **band)
    axes.plot(line.x, line.mean, color=mark.dark, ls=mark.line, lw=1.8, zorder=5)


def _fit_scores(axes: Axes, shown: pd.DataFrame, lines: list[Line]) -> None:
    """Limits that hold the points, the cells' intervals, and the lines with their bands."""
    ends = [values for line in lines for values in (line.low, line.high)]
    cells = [shown[name] for name in ("mean", "expected_low", "expected_high")]
    values = np.concatenate([*ends, *cells])
    if len(values):
        axes.set_ylim(*padded(values, 0.04))
