"""Who sat every exam, of those who finish school: by school type and family income."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import income_axis, padded
from enem.figures.frame import FramedFigure, framed_body, hidden_note, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import MARKS, MUTED
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
    income_axis(axes, income["x"].to_numpy(), labels)
    axes.set_ylabel(labels.text("presence.axis"))
    axes.set_ylim(*padded([*shown["share_present"], 100.0]))
    for name, own in shown.groupby("school_type", sort=False):
        _draw_type(axes, str(name), own, labels)
    if shown.empty:
        words = labels.text("presence.few", smallest=analysis.smallest_group)
        axes.text(0.02, 0.5, words, transform=axes.transAxes, color=MUTED)
    else:
        # most of those who stay away are poor, so this corner is the emptiest
        axes.legend(loc="lower right")
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
    order = pd.Categorical(table["school_type"], analysis.school_types)
    return table.assign(order=order).sort_values(["order", "x"], ignore_index=True)[columns]


def _draw_type(axes: Axes, name: str, own: pd.DataFrame, labels: Labels) -> None:
    mark = MARKS[name]
    look = {"color": mark.dark, "ls": mark.line, "lw": 1.4, "ms": 4.5, "marker": mark.marker}
    words = f"{labels.school_type(name)} ({labels.count(own['matched'].sum())})"
    axes.plot(own["x"], own["share_present"], label=words, gid=f"present-{name}", **look)
