"""Differences between private schools and each public school type over family income."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import income_axis, padded
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.palette import INK, MARKS, MUTED, Mark
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, styled
from enem.names import PRIVATE, PUBLIC

ALL_PUBLIC = "publica"
"""Public school types together, in the mix of each income."""

COLUMNS = 2


@styled
def draw(gap: pd.DataFrame, income: pd.DataFrame, model: str, analysis: Analysis) -> FramedFigure:
    """Draw private minus public, a panel each contrast, with the observed differences.

    Parameters
    ----------
    gap
        Table of `gap_table`.  Without any row the figure says that no difference is shown.
    income
        ``x`` of every bracket, for the axis.
    model
        For the notes.
    analysis
        For the subtitle and the smallest group shown.
    """
    labels = analysis.labels
    names = list(gap["contrast"].unique())
    rows = max(-(-len(names) // COLUMNS), 1)
    neither = [g for g in analysis.school_types if g not in (PRIVATE, *PUBLIC)]
    body = framed_body(
        labels.text("gap.title"),
        subtitle(analysis),
        labels.text("gap.note", model=labels.model(model), smallest=analysis.smallest_group),
        *model_notes(analysis, model, scope="schools_like_these"),
        *(labels.text("gap.neither", group=labels.school_type(g)) for g in neither),
        labels.text("association"),
        height=0.4 + 2.5 * rows,
    )
    if not names:
        _say_none(body.subplots(), income, analysis)
        return body.figure
    columns = min(COLUMNS, len(names))
    panels = body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in panels[len(names) :]:
        axes.remove()
    for axes, name in zip(panels, names, strict=False):
        own = gap[gap["contrast"] == name].set_index("income_bracket")
        _draw_panel(axes, name, own.reindex(income["income_bracket"]), income, analysis)
    ends = gap[["interval_low", "interval_high", "observed"]].to_numpy().ravel()
    panels[0].set_ylim(*padded([0.0, *ends], 0.08))
    x = labels.text("income_axis")
    _name_axes(panels[: len(names)], columns)
    body.supxlabel(x, fontsize=TEXT_SIZE)
    body.supylabel(labels.text("gap.axis"), fontsize=TEXT_SIZE)
    return body.figure


def gap_table(
    gap: pd.DataFrame, cells: pd.DataFrame, model: str, analysis: Analysis
) -> pd.DataFrame:
    """Take the contrasts that may be shown, with observed differences of cell means.

    Parameters
    ----------
    gap
        ``model, contrast, scope, income_bracket, value_min_wages, x, mean, sd, interval_low,
        interval_high``, points.
    cells
        ``school_type, income_bracket, n, mean``.
    model
        Whose gaps.
    analysis
        No contrast with a side, and no observed difference with a cell, of fewer participants
        than its smallest group.

    Returns
    -------
    pandas.DataFrame
        Rows of `gap`, and ``observed``, blank where a cell is too small.
    """
    own = gap[gap["model"] == model]
    sides = {name: _sides(name, cells, analysis) for name in own["contrast"].unique()}
    own = own[own["contrast"].isin([name for name, found in sides.items() if found is not None])]
    keys = zip(own["contrast"], own["income_bracket"], strict=True)
    observed = [sides[name].get(bracket, np.nan) for name, bracket in keys]
    columns = [*gap.columns[: gap.columns.get_loc("mean")], "observed"]
    columns += [name for name in gap.columns if name not in columns]
    return own.assign(observed=observed)[columns].reset_index(drop=True)


def _sides(contrast: str, cells: pd.DataFrame, analysis: Analysis) -> Mapping[str, float] | None:
    """Observed differences by bracket; None where a side has too few participants."""
    one, _, other = contrast.partition(" - ")
    held = cells[cells["n"] > 0]
    sides = [held[held["school_type"].isin(types)] for types in ((one,), _types(other, held))]
    if any(analysis.few(side["n"].sum()) for side in sides):
        return None
    means = []
    for side in sides:
        sums = side.assign(total=side["n"] * side["mean"])
        sums = sums.groupby("income_bracket")[["n", "total"]].sum()
        sums = sums[sums["n"] >= analysis.smallest_group]
        means.append(sums["total"] / sums["n"])
    return (means[0] - means[1]).dropna().to_dict()


def _types(name: str, cells: pd.DataFrame) -> tuple[str, ...]:
    """School types of a side; the public ones together stand for each of them."""
    if name == ALL_PUBLIC and not (cells["school_type"] == ALL_PUBLIC).any():
        return PUBLIC
    return (name,)


def _draw_panel(
    axes: Axes, name: str, own: pd.DataFrame, income: pd.DataFrame, analysis: Analysis
) -> None:
    labels = analysis.labels
    other = name.partition(" - ")[2]
    mark = _mark(other, analysis)
    x = income["x"].to_numpy()
    # incomes at which a side has nobody interrupt the line
    ends = own["interval_low"], own["interval_high"]
    axes.fill_between(x, *ends, color=mark.color, alpha=0.22, lw=0, label="_gap-band")
    look = {"color": mark.dark, "lw": 1.8, "ls": "-", "marker": ".", "ms": 4}
    axes.plot(x, own["mean"], label="_gap-line", **look)
    point = {"color": INK, "mfc": "white", "ms": 4.5, "ls": "", "zorder": 4}
    axes.plot(x, own["observed"], mark.marker, label="_gap-observed", **point)
    axes.axhline(0.0, color=INK, lw=0.9, zorder=1.5)
    income_axis(axes, x, labels)
    axes.set_title(labels.text("gap.panel", other=_side(other, analysis)), size=SMALL_SIZE)


def _mark(other: str, analysis: Analysis) -> Mark:
    return MARKS[other if other in analysis.school_types else "all"]


def _side(other: str, analysis: Analysis) -> str:
    """Name a public school type, or all of them where the sample tells them apart."""
    labels = analysis.labels
    if other == ALL_PUBLIC and ALL_PUBLIC not in analysis.school_types:
        return labels.text("gap.public")
    name = labels.school_type(other)
    return f"{name[0].lower()}{name[1:]}"


def _name_axes(panels: np.ndarray, columns: int) -> None:
    """Leave the words of the axes to the figure; show ticks where no panel is below."""
    for at, axes in enumerate(panels):
        axes.set_xlabel("")
        axes.tick_params(labelbottom=at + columns >= len(panels))


def _say_none(axes: Axes, income: pd.DataFrame, analysis: Analysis) -> None:
    labels = analysis.labels
    income_axis(axes, income["x"].to_numpy(), labels)
    axes.set_yticks([])
    axes.set_ylabel(labels.text("gap.axis"))
    words = labels.text("gap.few", smallest=analysis.smallest_group)
    axes.text(0.02, 0.5, words, transform=axes.transAxes, color=MUTED)
