"""Effects of the finest groups, schools where the file names them, against their size."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, hidden_note, model_notes, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, styled

MOST = 800
"""Groups drawn at most; of more, every k-th by size."""

COLUMNS = 2


@styled
def draw(groups: pd.DataFrame, model: str, named: bool, analysis: Analysis) -> FramedFigure:
    """Draw a panel a school type: each group's effect and interval, no order and no names.

    Parameters
    ----------
    groups
        Table of `shown_groups`.
    model
        Whose effects.
    named
        Whether the file names schools; else groups are those of one type in one municipality.
    analysis
        For the order of the panels.
    """
    labels = analysis.labels
    types = [name for name in analysis.school_types if (groups["school_type"] == name).any()]
    every = -(-len(groups) // MOST)
    rows = max(-(-len(types) // COLUMNS), 1)
    body = framed_body(
        labels.text("schools.title"),
        subtitle(analysis),
        labels.text("schools.note", model=labels.model(model), smallest=analysis.smallest_group),
        *([] if named else [labels.text("schools.unnamed")]),
        *([labels.text("schools.every", every=labels.number(every))] if every > 1 else []),
        *model_notes(analysis, model, scope="these_schools"),
        *hidden_note(analysis),
        height=0.6 + 2.1 * rows,
    )
    columns = min(COLUMNS, max(len(types), 1))
    panels = body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in panels[max(len(types), 1) :]:
        axes.remove()
    for axes, name in zip(panels, types, strict=False):
        own = groups[groups["school_type"] == name]
        _draw_panel(axes, name, own.iloc[:: max(every, 1)])
        count = labels.text("schools.count", groups=labels.number(len(own)))
        title = f"{labels.school_type(name)}  ({count})"
        axes.set_title(title, color=MARKS[name].dark, size=SMALL_SIZE)
    _scale(panels[0], groups, labels)
    _name_axes(panels[: len(types)], columns)
    if not types:
        _say_none(panels[0], analysis)
    body.supxlabel(labels.text("schools.x"), fontsize=TEXT_SIZE)
    body.supylabel(labels.text("schools.y"), fontsize=TEXT_SIZE)
    return body.figure


def shown_groups(groups: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """Leave out groups that are too small, and of hidden school types; the smallest first.

    Parameters
    ----------
    groups
        ``school_type, n, effect_mean, interval_low, interval_high`` and more.
    analysis
        What is hidden.

    Returns
    -------
    pandas.DataFrame
        ``school_type, n, effect_mean, interval_low, interval_high``: without codes of schools.
    """
    columns = ["school_type", "n", "effect_mean", "interval_low", "interval_high"]
    large = groups["n"] >= analysis.smallest_group
    shown = groups.loc[large & groups["school_type"].isin(analysis.school_types), columns]
    return shown.dropna().sort_values(columns[1:3], ignore_index=True)


def _draw_panel(axes: Axes, name: str, own: pd.DataFrame) -> None:
    mark = MARKS[name]
    ends = own["interval_low"], own["interval_high"]
    axes.vlines(own["n"], *ends, color=mark.color, lw=0.7, alpha=0.45, label=f"_interval-{name}")
    point = {"color": mark.dark, "ms": 3, "mew": 0, "ls": "", "zorder": 3}
    axes.plot(own["n"], own["effect_mean"], mark.marker, label=f"_effect-{name}", **point)
    axes.axhline(0.0, color=INK, lw=0.9, zorder=1.5)


def _scale(axes: Axes, groups: pd.DataFrame, labels: Labels) -> None:
    axes.set_xscale("log")
    largest = groups["n"].max() if len(groups) else 10
    smallest = groups["n"].min() if len(groups) else 1
    axes.set_xlim(0.8 * smallest, 1.3 * max(largest, 2 * smallest))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 3), numticks=8))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: labels.number(value))
    axes.set_ylim(*padded([0.0, *groups["interval_low"], *groups["interval_high"]]))


def _name_axes(panels: list[Axes], columns: int) -> None:
    for at, axes in enumerate(panels):
        axes.tick_params(labelbottom=at + columns >= len(panels))


def _say_none(axes: Axes, analysis: Analysis) -> None:
    words = analysis.labels.text("schools.few", smallest=analysis.smallest_group)
    axes.text(0.02, 0.7, words, transform=axes.transAxes, color=MUTED)
