"""Mean scores of exam municipalities against the mean income there: of places, not of people."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.about import framed
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.vocabulary import score_axis
from enem.figures.words import number, say
from enem.mixed.variables import MEAN_OF_PLACE
from enem.tabulate.income import REFERENCE

FIGURE = {"order": 130}

POINT_AREA = (8.0, 160.0)
LINES = {
    "municipal": ("-", "Between municipalities: {slope} points per doubling"),
    "individual": ("--", "Between people: {slope} points per doubling"),
}
"""Slopes that are drawn, through the mean of all, their strokes and words."""

COLUMNS = ["municipality", "n", "mean_score", MEAN_OF_PLACE, "basis"]

CAPTION = "figure.municipalities"


def table(a: Artefacts) -> pd.DataFrame:
    """Leave out municipalities that are too small or whose incomes are not known."""
    municipalities = a.municipal("municipalities")
    large = municipalities["n"] >= a.analysis.smallest_group
    return municipalities.loc[large, COLUMNS].dropna().reset_index(drop=True)


def draw(a: Artefacts, places: pd.DataFrame) -> FramedFigure:
    """Draw a point a municipality, and the slopes of municipalities and of people through them.

    The analysis's ``municipal/slopes.csv`` has the slopes.
    """
    analysis = a.analysis
    sentence = (
        "A point is a municipality where people sit the exam (of {smallest} participants or more), "
        "its area by participants; income is the mean over all who are registered there."
    )
    fallacy = (
        "What holds of municipalities need not hold of the people in them (ecological fallacy)."
    )
    body = framed(
        analysis,
        say("Ecological: municipalities’ mean scores and incomes"),
        say(sentence, smallest=analysis.smallest_group),
        whom=[say(fallacy)],
        height=3.6,
        intervals=False,
    )
    axes = body.subplots()
    axes.set_xlabel(say("Mean family income in the municipality (minimum wages, geometric mean)"))
    axes.set_ylabel(score_axis(analysis.outcome))
    if places.empty:
        axes.set_axis_off()
        few = "No municipality of {smallest} participants or more has known incomes"
        words = say(few, smallest=analysis.smallest_group)
        axes.text(0.02, 0.7, words, transform=axes.transAxes, color=MUTED)
        return body.figure
    n, x = places["n"], places[MEAN_OF_PLACE]
    least, most = POINT_AREA
    area = least + (most - least) * np.sqrt(n / n.max())
    look = {"color": MARKS["all"].color, "edgecolor": "white", "linewidth": 0.5}
    axes.scatter(x, places["mean_score"], s=area, label="_municipalities", zorder=3, **look)
    _draw_lines(axes, places, a.municipal("slopes"))
    if axes.get_lines():
        # outside, where no municipality lies under it
        body.legend(loc="outside upper left", ncols=2)
    axes.set_ylim(*padded(places["mean_score"].to_numpy(), 0.08))
    axes.xaxis.set_major_formatter(lambda at, _: number(REFERENCE * 2.0**at, 2))
    return body.figure


def _draw_lines(axes: Axes, places: pd.DataFrame, slopes: pd.DataFrame) -> None:
    """Through the mean of the municipalities, each counting by its participants."""
    n, x = places["n"].to_numpy(float), places[MEAN_OF_PLACE].to_numpy(float)
    centre = np.average(x, weights=n), np.average(places["mean_score"], weights=n)
    ends = np.array([x.min(), x.max()])
    for name, (stroke, words) in LINES.items():
        for slope in slopes.loc[slopes["slope"] == name, "mean"]:
            line = centre[1] + slope * (ends - centre[0])
            label = say(words, slope=number(slope, 1))
            axes.plot(ends, line, stroke, color=INK, lw=1.4, label=label)
