"""Mean scores of exam municipalities against the mean income there: of places, not of people."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.style import SMALL_SIZE, styled
from enem.mixed.variables import MEAN_OF_PLACE
from enem.tabulate.income import REFERENCE

POINT_AREA = (8.0, 160.0)
LINES = {"municipal": "-", "individual": "--"}
"""Slopes that are drawn, through the mean of all, and their strokes."""

COLUMNS = ["municipality", "n", "mean_score", MEAN_OF_PLACE, "basis"]


@styled
def draw(places: pd.DataFrame, slopes: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw a point a municipality, and the slopes of municipalities and of people through them.

    Parameters
    ----------
    places
        Table of `shown_municipalities`.
    slopes
        ``municipal/slopes.csv``.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    body = framed_body(
        labels.text("places.title"),
        subtitle(analysis, intervals=False),
        labels.text("places.note", smallest=analysis.smallest_group),
        labels.text("places.fallacy"),
        height=3.6,
    )
    axes = body.subplots()
    axes.set_xlabel(labels.text("places.axis"))
    axes.set_ylabel(labels.score_axis(analysis.outcome))
    if places.empty:
        axes.set_axis_off()
        words = labels.text("places.few", smallest=analysis.smallest_group)
        axes.text(0.02, 0.7, words, transform=axes.transAxes, color=MUTED)
        return body.figure
    n, x = places["n"], places[MEAN_OF_PLACE]
    least, most = POINT_AREA
    area = least + (most - least) * np.sqrt(n / n.max())
    look = {"color": MARKS["all"].color, "edgecolor": "white", "linewidth": 0.5}
    axes.scatter(x, places["mean_score"], s=area, label="_municipalities", zorder=3, **look)
    _draw_lines(axes, places, slopes, labels)
    axes.set_ylim(*padded(places["mean_score"].to_numpy(), 0.08))
    axes.xaxis.set_major_formatter(lambda at, _: labels.number(REFERENCE * 2.0**at, 1))
    return body.figure


def shown_municipalities(table: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """Leave out municipalities that are too small or whose incomes are not known."""
    large = table["n"] >= analysis.smallest_group
    return table.loc[large, COLUMNS].dropna().reset_index(drop=True)


def _draw_lines(axes: Axes, places: pd.DataFrame, slopes: pd.DataFrame, labels: Labels) -> None:
    """Through the mean of the municipalities, each counting by its participants."""
    n, x = places["n"].to_numpy(float), places[MEAN_OF_PLACE].to_numpy(float)
    centre = np.average(x, weights=n), np.average(places["mean_score"], weights=n)
    ends = np.array([x.min(), x.max()])
    for name, stroke in LINES.items():
        for slope in slopes.loc[slopes["slope"] == name, "mean"]:
            words = labels.text(f"places.{name}", slope=labels.number(slope, 1))
            line = centre[1] + slope * (ends - centre[0])
            axes.plot(ends, line, stroke, color=INK, lw=1.4, label=words)
    if axes.get_lines():
        axes.legend(loc="lower right", fontsize=SMALL_SIZE)
