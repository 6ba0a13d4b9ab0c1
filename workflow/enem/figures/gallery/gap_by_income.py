"""Differences between private schools and each public school type over family income."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.compare.contrasts import ALL_PUBLIC, gap_with
from enem.figures.about import association, formulas, framed, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import income_axis, padded, say_not_shown
from enem.figures.frame import FramedFigure
from enem.figures.palette import INK, MARKS
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import model_name, school_type
from enem.figures.words import lowered, say
from enem.names import PRIVATE, PUBLIC

FIGURE = {"order": 100, "needs": ("income", "school_type")}

COLUMNS = 2

CAPTION = (
    "Difference in expected score between private and public schools, by public school type and "
    "family income, with its credible interval."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the contrasts that may be shown, with observed differences of cell means.

    No contrast with a side, and no observed difference with a cell, of fewer participants than the
    smallest group.

    Returns
    -------
    pandas.DataFrame
        Rows of ``gap.csv``, and ``observed``, blank where a cell is too small.
    """
    gap = a.table("gap.csv")
    own = gap[gap["model"] == a.main_model()]
    sides = shown_contrasts(a)
    own = own[own["contrast"].isin(sides)]
    keys = zip(own["contrast"], own["income_bracket"], strict=True)
    observed = [sides[name].get(bracket, np.nan) for name, bracket in keys]
    columns = [*gap.columns[: gap.columns.get_loc("mean")], "observed"]
    columns += [name for name in gap.columns if name not in columns]
    return own.assign(observed=observed)[columns].reset_index(drop=True)


def draw(a: Artefacts, gap: pd.DataFrame) -> FramedFigure:
    """Draw private minus public, a panel each contrast, with the observed differences.

    Without any row the figure says that no difference is shown.
    """
    analysis, model, income = a.analysis, a.main_model(), a.income
    names = list(gap["contrast"].unique())
    rows = max(-(-len(names) // COLUMNS), 1)
    neither = [g for g in analysis.school_types if g not in (PRIVATE, *PUBLIC)]
    sentence = (
        "Line and band: expected scores of those of an income, model “{model}”. Hollow: difference "
        "of observed means, where each side has {smallest} participants or more. All public: "
        "public participants of that income, in the mix of school types they have there."
    )
    body = framed(
        analysis,
        say("Private minus public: difference in expected score at the same family income"),
        say(sentence, model=model_name(model), smallest=analysis.smallest_group),
        *formulas(analysis, model),
        *(say("{group}: on neither side.", group=school_type(g)) for g in neither),
        whom=[*scopes(analysis, "schools_like_these", model), association()],
        height=0.4 + 2.5 * rows,
    )
    axis = say("Difference (points)")
    if not names:
        _say_none(body.subplots(), a, axis)
        return body.figure
    columns = min(COLUMNS, len(names))
    panels = body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in panels[len(names) :]:
        axes.remove()
    for axes, name in zip(panels, names, strict=False):
        own = gap[gap["contrast"] == name].set_index("income_bracket")
        _draw_panel(axes, name, own.reindex(income["income_bracket"]), a)
    ends = gap[["interval_low", "interval_high", "observed"]].to_numpy().ravel()
    panels[0].set_ylim(*padded([0.0, *ends], 0.08))
    words = panels[0].get_xlabel()
    for at, axes in enumerate(panels[: len(names)]):
        # the words of the axes are the figure's, and ticks stand where no panel is below
        axes.set_xlabel("")
        axes.tick_params(labelbottom=at + columns >= len(names))
    body.supxlabel(words, fontsize=sheet().text)
    body.supylabel(axis, fontsize=sheet().text)
    return body.figure


def shown_contrasts(a: Artefacts) -> dict[str, Mapping[str, float]]:
    """Observed differences by bracket, by contrast; none with a side that is too small."""
    gap = a.table("gap.csv")
    names = gap.loc[gap["model"] == a.main_model(), "contrast"].unique()
    found = {name: observed_gaps(name, a) for name in names}
    return {name: sides for name, sides in found.items() if sides is not None}


def first_contrast(shown: Collection[str]) -> str | None:
    """Name the contrast that the answer begins with: with state schools, else all public ones."""
    return next((c for c in map(gap_with, ("estadual", ALL_PUBLIC)) if c in shown), None)


def observed_gaps(contrast: str, a: Artefacts) -> Mapping[str, float] | None:
    """Observed differences by bracket; None where a side has too few participants."""
    one, _, other = contrast.partition(" - ")
    held = a.cells[a.cells["n"] > 0]
    sides = [held[held["school_type"].isin(types)] for types in ((one,), types_of(other, held))]
    if any(a.analysis.few(side["n"].sum()) for side in sides):
        return None
    means = []
    for side in sides:
        sums = side.assign(total=side["n"] * side["mean"])
        sums = sums.groupby("income_bracket")[["n", "total"]].sum()
        sums = sums[sums["n"] >= a.analysis.smallest_group]
        means.append(sums["total"] / sums["n"])
    return (means[0] - means[1]).dropna().to_dict()


def types_of(name: str, cells: pd.DataFrame) -> tuple[str, ...]:
    """School types of a side; the public ones together stand for each of them."""
    if name == ALL_PUBLIC and not (cells["school_type"] == ALL_PUBLIC).any():
        return PUBLIC
    return (name,)


def _draw_panel(axes: Axes, name: str, own: pd.DataFrame, a: Artefacts) -> None:
    other = name.partition(" - ")[2]
    mark = MARKS[other if other in a.analysis.school_types else "all"]
    x = a.income["x"].to_numpy()
    # incomes at which a side has nobody interrupt the line
    ends = own["interval_low"], own["interval_high"]
    axes.fill_between(x, *ends, color=mark.color, alpha=0.22, lw=0, label="_gap-band")
    look = {"color": mark.dark, "lw": 1.8, "ls": "-", "marker": ".", "ms": 4}
    axes.plot(x, own["mean"], label="_gap-line", **look)
    point = {"color": INK, "mfc": "white", "ms": 4.5, "ls": "", "zorder": 4}
    axes.plot(x, own["observed"], mark.marker, label="_gap-observed", **point)
    axes.axhline(0.0, color=INK, lw=0.9, zorder=1.5)
    income_axis(axes, x)
    axes.set_title(say("Private minus {other}", other=side_name(other, a)), size=SMALL)


def side_name(other: str, a: Artefacts) -> str:
    """Name a public school type, or all of them where the sample tells them apart."""
    if other == ALL_PUBLIC and ALL_PUBLIC not in a.analysis.school_types:
        return say("all public")
    return lowered(school_type(other))


def _say_none(axes: Axes, a: Artefacts, axis: str) -> None:
    income_axis(axes, a.income["x"].to_numpy())
    axes.set_yticks([])
    axes.set_ylabel(axis)
    say_not_shown(axes, a.analysis.smallest_group)
