"""Effects of the finest groups, schools where the file names them, against their size."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from enem.figures.about import formulas, framed, hidden_note, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import model_name, school_type
from enem.figures.words import number, put, say

FIGURE = {"order": 120, "needs": ("levels",)}

MOST = 800
"""Groups drawn at most; of more, every k-th by size."""

COLUMNS = 2

CAPTION = "Effects of schools, by school type and number of participants, with their intervals."


def unnamed_note(a: Artefacts) -> list[str]:
    """Say what stands for schools where the file names none."""
    if a.schools_named:
        return []
    sentence = "The file names no schools: here a school is those of one type in one municipality."
    return [say(sentence)]


def table(a: Artefacts) -> pd.DataFrame:
    """Leave out groups that are too small, and of hidden school types; the smallest first.

    ``school_type, n, effect_mean, interval_low, interval_high``: without codes of schools.
    """
    groups = a.table("groups.csv")
    columns = ["school_type", "n", "effect_mean", "interval_low", "interval_high"]
    large = groups["n"] >= a.analysis.smallest_group
    shown = groups.loc[large & groups["school_type"].isin(a.analysis.school_types), columns]
    return shown.dropna().sort_values(columns[1:3], ignore_index=True)


def draw(a: Artefacts, groups: pd.DataFrame) -> FramedFigure:
    """Draw a panel a school type: each group's effect and interval, no order and no names."""
    analysis, model = a.analysis, a.model_of_groups()
    types = [name for name in analysis.school_types if (groups["school_type"] == name).any()]
    every = -(-len(groups) // MOST)
    rows = max(-(-len(types) // COLUMNS), 1)
    sentence = (
        "Each mark is a school with its interval: points above or below what model “{model}” "
        "expects of its participants. The municipality is included, and small schools are "
        "drawn towards 0. No ranking: most intervals overlap. Schools with fewer than "
        "{smallest} participants are not shown."
    )
    body = framed(
        analysis,
        say("Effects of schools, by number of participants"),
        say(sentence, model=model_name(model), smallest=analysis.smallest_group),
        *unnamed_note(a),
        *([say("One in {every} is drawn.", every=number(every))] if every > 1 else []),
        *formulas(analysis, model),
        whom=[*scopes(analysis, "these_schools", model), *hidden_note(analysis)],
        height=0.6 + 2.1 * rows,
    )
    columns = min(COLUMNS, max(len(types), 1))
    panels = body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in panels[max(len(types), 1) :]:
        axes.remove()
    for axes, name in zip(panels, types, strict=False):
        own = groups[groups["school_type"] == name]
        _draw_panel(axes, name, own.iloc[:: max(every, 1)])
        count = say("schools: {groups}", groups=number(len(own)))
        title = put("{name}  ({count})", name=school_type(name), count=count)
        axes.set_title(title, color=MARKS[name].dark, size=SMALL)
    _scale(panels[0], groups)
    for at, axes in enumerate(panels[: len(types)]):
        axes.tick_params(labelbottom=at + columns >= len(types))
    if not types:
        words = say("No school has {smallest} participants.", smallest=analysis.smallest_group)
        panels[0].text(0.02, 0.7, words, transform=panels[0].transAxes, color=MUTED)
    body.supxlabel(say("Participants of the school (log scale)"), fontsize=sheet().text)
    body.supylabel(say("Effect (points)"), fontsize=sheet().text)
    return body.figure


def _draw_panel(axes: Axes, name: str, own: pd.DataFrame) -> None:
    mark = MARKS[name]
    ends = own["interval_low"], own["interval_high"]
    axes.vlines(own["n"], *ends, color=mark.color, lw=0.7, alpha=0.45, label=f"_interval-{name}")
    point = {"color": mark.dark, "ms": 3, "mew": 0, "ls": "", "zorder": 3}
    axes.plot(own["n"], own["effect_mean"], mark.marker, label=f"_effect-{name}", **point)
    axes.axhline(0.0, color=INK, lw=0.9, zorder=1.5)


def _scale(axes: Axes, groups: pd.DataFrame) -> None:
    axes.set_xscale("log")
    largest = groups["n"].max() if len(groups) else 10
    smallest = groups["n"].min() if len(groups) else 1
    axes.set_xlim(0.8 * smallest, 1.3 * max(largest, 2 * smallest))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 3), numticks=8))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_ylim(*padded([0.0, *groups["interval_low"], *groups["interval_high"]]))
