"""Who sat every exam, of those who finish school: by school type and family income."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import income_axis, padded
from enem.figures.frame import FramedFigure, framed_body, hidden_note, subtitle
from enem.figures.line_labels import label_lines, label_room
from enem.figures.palette import MARKS, MUTED
from enem.figures.posterior_lines import Line
from enem.figures.style import styled

HEIGHT = 4.0


@styled
def draw(shown: pd.DataFrame, income: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw the share of those with a known school type that sat every exam, over income.

    Parameters
    ----------
    shown
        Table of `shown_presence`.  Without any row the figure says that none is shown.
    income
        ``x`` of every bracket, for the axis.
    analysis
        For the order of school types and the smallest cell shown.
    """
    labels = analysis.labels
    body = framed_body(
        labels.text("presence.title"),
        subtitle(analysis, intervals=False),
        labels.text("presence.note"),
        labels.text("hidden_cells", smallest=analysis.smallest_group),
        *hidden_note(analysis),
        height=HEIGHT,
    )
    axes = body.subplots()
    x = income["x"].to_numpy()
    room = label_room(analysis.school_types, x.max() - x.min()) if analysis.school_types else 0.25
    income_axis(axes, x, labels, right=room)
    axes.set_ylabel(labels.text("presence.axis"))
    axes.set_ylim(*padded([*shown["share_present"], 100.0]))
    lines = [_line(own, name) for name, own in _by_type(shown, analysis)]
    for line in lines:
        _draw_line(axes, line)
    points = shown[["x", "share_present"]].to_numpy()
    label_lines(axes, lines, points, room, HEIGHT - 0.6, labels)
    if not lines:
        words = labels.text("presence.few", smallest=analysis.smallest_group)
        axes.text(0.02, 0.5, words, transform=axes.transAxes, color=MUTED)
    return body.figure


def shown_presence(
    presence: pd.DataFrame, income: pd.DataFrame, analysis: Analysis
) -> pd.DataFrame:
    """Compute shares of cells that are large enough, of school types that are shown.

    Parameters
    ----------
    presence
        ``school_type, income_bracket, matched, present`` of one outcome.
    income
        ``income_bracket, x``, in ascending order.
    analysis
        What is hidden.

    Returns
    -------
    pandas.DataFrame
        ``school_type, income_bracket, x, matched, present, share_present`` (percent), by income.
    """
    known = presence["school_type"].isin(analysis.school_types)
    table = presence[known & (presence["matched"] >= analysis.smallest_group)]
    table = table.merge(income[["income_bracket", "x"]], on="income_bracket")
    table = table.assign(share_present=100 * table["present"] / table["matched"])
    columns = ["school_type", "income_bracket", "x", "matched", "present", "share_present"]
    return table.sort_values(["school_type", "x"], ignore_index=True)[columns]


def _by_type(shown: pd.DataFrame, analysis: Analysis) -> list[tuple[str, pd.DataFrame]]:
    tables = [(name, shown[shown["school_type"] == name]) for name in analysis.school_types]
    return [(name, own) for name, own in tables if len(own)]


def _line(own: pd.DataFrame, name: str) -> Line:
    share = own["share_present"].to_numpy(float)
    return Line(name, int(own["matched"].sum()), own["x"].to_numpy(float), share, share, share)


def _draw_line(axes: Axes, line: Line) -> None:
    mark = MARKS[line.name]
    look = {"color": mark.dark, "ls": mark.line, "lw": 1.4, "ms": 4.5}
    axes.plot(line.x, line.mean, marker=mark.marker, label=f"_present-{line.name}", **look)
