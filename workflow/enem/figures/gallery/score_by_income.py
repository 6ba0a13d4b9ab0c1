"""The main figure: mean score by family income and school type, and what the model expects."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D

from enem.figures.about import association, described, framed, hidden_cells, hidden_note, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import income_axis, padded
from enem.figures.findings import AT_SCHOOLS, effect, headline, largest
from enem.figures.frame import FramedFigure
from enem.figures.line_labels import label_lines, label_room
from enem.figures.palette import GUIDE, MARKS
from enem.figures.posterior_lines import Line, expected_cells, participants_lines
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import school_type, score_axis
from enem.figures.words import joined, number, say

FIGURE = {"order": 40, "needs": ("income",), "story": True}

HEIGHT = 4.6
POINT_AREA = (14.0, 190.0)
"""Points squared, for nobody and for the largest cell; by the square root of n in between."""

FINDINGS = {
    "more": "{where}, students from families with twice the income score {points} points higher on"
    " average",
    "less": "{where}, students from families with twice the income score {points} points lower on "
    "average",
}
COLUMNS = ["kind", "school_type", "income_bracket", "x", "n", "mean"]

CAPTION = (
    "Score by family income and school type. Points: means observed in each bracket. Ticks and "
    "bars: expected score of the same participants and its credible interval. Lines and bands: "
    "the straight line through them, each participant counting once. Each doubling of income is "
    "equally wide on the axis."
)


def finding(a: Artefacts, _: pd.DataFrame) -> str | None:
    """Say how scores differ with income where most participants are."""
    model, where = a.main_model(), largest(a)
    where = where if a.specs[model].by_school_type else "all"
    found = where and effect(headline(a, effect="slope", group=where))
    if not found or not found.sign:
        return None
    return say(FINDINGS[found.sign], where=say(AT_SCHOOLS[where]), points=found.size(1))


def table(a: Artefacts) -> pd.DataFrame:
    """Observed and expected means of cells, and the lines, told apart by ``kind``."""
    model = a.main_model()
    cells = a.cells.merge(a.income[["income_bracket", "x"]], on="income_bracket")
    shown = expected_cells(cells, a.expected(model), a.analysis)
    ends = {"expected_low": "interval_low", "expected_high": "interval_high"}
    expected = shown.drop(columns="mean").rename(columns={"expected": "mean", **ends})
    summarised = participants_lines(
        cells, a.expected(model), a.analysis, by_school_type=a.specs[model].by_school_type
    )
    lines = [
        pd.DataFrame({"x": line.x, "mean": line.mean, "interval_low": line.low}).assign(
            interval_high=line.high, kind="line", school_type=line.name
        )
        for line in summarised
    ]
    of_cells = [shown.assign(kind="observed"), expected.assign(kind="expected")]
    found = pd.concat([*of_cells, *lines], ignore_index=True)
    found = found.reindex(columns=[*COLUMNS, "interval_low", "interval_high"])
    return found.assign(n=found["n"].astype("Int64"))


def draw(a: Artefacts, shown: pd.DataFrame) -> FramedFigure:
    """Draw observed cell means, expected scores of cells, and the lines through them."""
    analysis, model = a.analysis, a.main_model()
    counts = a.participants()
    empty = [g for g in analysis.school_types if not counts.get(g, 0)]
    names = joined(", ", map(school_type, empty))
    sentence = (
        "Points: observed means, larger where there are more participants. Ticks and bars: "
        "expected score of the same participants by the model, and its interval. Lines and bands: "
        "the straight line through them."
    )
    body = framed(
        analysis,
        finding(a, shown) or say("Mean score by family income and school type"),
        say(sentence),
        *described(analysis, model),
        hidden_cells(analysis),
        *hidden_note(analysis),
        *([say("No participants: {groups}.", groups=names)] if empty else []),
        whom=[*scopes(analysis, "schools_like_these", model), association()],
        height=HEIGHT,
    )
    axes = body.subplots()
    wide = sheet().columns > 1
    # where there is width, for the participants under each name too
    named = (*analysis.school_types, *(["all"] if wide else []))
    room = label_room(named or ("all",), np.ptp(a.income["x"]))
    income_axis(axes, a.income["x"].to_numpy(), right=room)
    axes.set_ylabel(score_axis(analysis.outcome))
    points, expected = (shown[shown["kind"] == kind] for kind in ("observed", "expected"))
    _draw_points(axes, points, expected)
    if len(points):
        _size_key(axes if wide else body, float(points["n"].max()), wide=wide)
    lines = [
        Line(str(name), counts[str(name)], *own[[*Line._fields[2:]]].to_numpy(float).T)
        for name, own in _lines(shown)
    ]
    for line in lines:
        _draw_line(axes, line)
    values = shown[["mean", "interval_low", "interval_high"]].to_numpy(float).ravel()
    if len(values):
        axes.set_ylim(*padded(values, 0.04))
    label_lines(
        axes,
        lines,
        points[["x", "mean"]].to_numpy(),
        room,
        body.figure.body_height - (0.6 if wide else 2.0),
    )
    return body.figure


def _lines(shown: pd.DataFrame) -> "pd.api.typing.DataFrameGroupBy":
    named = {"interval_low": "low", "interval_high": "high"}
    lines = shown[shown["kind"] == "line"].rename(columns=named)
    return lines.groupby("school_type", sort=False)


def _draw_points(axes: Axes, points: pd.DataFrame, expected: pd.DataFrame) -> None:
    largest_cell = float(points["n"].max()) if len(points) else 1.0
    for name, own in points.groupby("school_type", sort=False):
        mark, cells = MARKS[name], expected[expected["school_type"] == name]
        ends = cells["interval_low"], cells["interval_high"]
        axes.vlines(cells["x"], *ends, color=mark.dark, lw=0.9, zorder=6.5)
        tick = {"marker": "_", "ms": 7, "mew": 1.4, "ls": "", "zorder": 6.6}
        axes.plot(cells["x"], cells["mean"], color=mark.dark, label=f"_expected-{name}", **tick)
        look = {"marker": mark.marker, "color": mark.color, "edgecolor": "white", "linewidth": 0.5}
        size = _area(own["n"].to_numpy(float), largest_cell)
        axes.scatter(own["x"], own["mean"], s=size, zorder=6, label=f"_points-{name}", **look)


def _area(n: float | np.ndarray, largest_cell: float) -> float | np.ndarray:
    least, most = POINT_AREA
    return least + (most - least) * np.sqrt(n / largest_cell)


def _size_key(of: Axes | SubFigure, largest_cell: float, *, wide: bool) -> None:
    counts = [c for c in (10, 100, 1_000, 10_000, 100_000) if c <= largest_cell][-3:]
    counts = counts or [int(largest_cell)]
    sizes = [np.sqrt(_area(c, largest_cell)) for c in counts]
    dots = [Line2D([], [], ls="", marker="o", color=GUIDE, ms=s, mew=0) for s in sizes]
    place = {"loc": "lower right" if wide else "outside upper left", "ncols": len(counts)}
    look = {"title_fontsize": SMALL, "alignment": "left", "labelspacing": 0.9, "borderpad": 0.6}
    names = [number(c) for c in counts]
    key = of.legend(dots, names, title=say("participants"), **place, **look)
    key.set_zorder(1)


def _draw_line(axes: Axes, line: Line) -> None:
    mark = MARKS[line.name]
    band = {"color": mark.color, "alpha": 0.22, "lw": 0, "zorder": 1}
    axes.fill_between(line.x, line.low, line.high, **band)
    axes.plot(line.x, line.mean, color=mark.dark, ls=mark.line, lw=1.8, zorder=5)
