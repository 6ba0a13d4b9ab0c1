"""Each school type's line on its own, partially pooled, and completely pooled."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.compare.pooling import models_of_pooling
from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, hidden_note, model_notes, subtitle
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.style import SMALL_SIZE, styled

PARAMETERS = ("intercept", "slope")
LOOK = {
    "none": {"marker": "o", "fill": False, "offset": -0.24},
    "partial": {"marker": "D", "fill": True, "offset": 0.0},
    "complete": {"marker": "s", "fill": True, "offset": 0.24},
}


@styled
def draw(pooling: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw intercepts and slopes under the three kinds of pooling, side by side.

    Parameters
    ----------
    pooling
        ``school_type, parameter, pooling, n, mean, interval_low, interval_high``; blank where a
        school type alone does not determine the parameter.
    analysis
        For the order of the rows and the kind of interval.
    """
    labels = analysis.labels
    types = analysis.school_types
    pooling = pooling[pooling["school_type"].isin(types)]
    counts = pooling.groupby("school_type")["n"].max()
    models = models_of_pooling(analysis.specs)
    shown = [kind for kind in LOOK if (pooling["pooling"] == kind).any()]
    body = framed_body(
        labels.text("pooling.title"),
        subtitle(analysis),
        labels.text("pooling.note"),
        *model_notes(analysis, *models.values(), scope="typical_school"),
        *hidden_note(analysis),
        labels.text("association"),
        height=1.1 + 0.72 * len(types),
    )
    panels = body.subplots(1, 2, sharey=True)
    for axes, parameter in zip(panels, PARAMETERS, strict=True):
        table = pooling[pooling["parameter"] == parameter]
        axes.set_xlim(*padded(table[["mean", "interval_low", "interval_high"]].to_numpy().ravel()))
        for row, name in enumerate(types):
            _draw_type(axes, row, name, table[table["school_type"] == name], analysis)
        axes.set_xlabel(labels.text(f"pooling.{parameter}"))
        axes.grid(visible=False, axis="y")
    names = [f"{labels.school_type(t)}\n{labels.count(counts.get(t, 0))}" for t in types]
    panels[0].set_yticks(range(len(types)), names)
    panels[0].set_ylim(len(types) - 0.45, -0.55)
    body.legend(
        [_key(kind) for kind in shown],
        [labels.text(f"pooling.{kind}") for kind in shown],
        loc="outside upper left",
        ncols=len(shown),
        handlelength=1.2,
        columnspacing=1.2,
    )
    return body.figure


def _draw_type(axes: Axes, row: int, name: str, table: pd.DataFrame, analysis: Analysis) -> None:
    for kind in LOOK:
        entry = table[table["pooling"] == kind]
        if len(entry):
            y = row + LOOK[kind]["offset"]
            _draw_estimate(axes, y, kind, name, entry.iloc[0], analysis)


def _draw_estimate(
    axes: Axes, y: float, kind: str, name: str, entry: pd.Series, analysis: Analysis
) -> None:
    mean, low, high = entry[["mean", "interval_low", "interval_high"]]
    color = MUTED if kind == "complete" else MARKS[name].color
    if np.isnan(mean):
        words = analysis.labels.text("pooling.undefined")
        _write(axes, words, 0.5, y, ha="center", va="center")
        return
    axes.plot([low, high], [y, y], color=color, lw=1.6, solid_capstyle="butt")
    face = color if LOOK[kind]["fill"] else "white"
    axes.plot(mean, y, LOOK[kind]["marker"], color=color, mfc=face, ms=6, mew=1.4, zorder=4)


def _write(axes: Axes, words: str, x: float, y: float, **place: str) -> None:
    look = {"color": MUTED, "size": SMALL_SIZE, "transform": axes.get_yaxis_transform()}
    axes.text(x, y, words, **look, **place)


def _key(kind: str) -> Line2D:
    look = LOOK[kind]
    color = MUTED if kind == "complete" else INK
    face = color if look["fill"] else "white"
    return Line2D([], [], color=color, marker=look["marker"], mfc=face, ms=6, mew=1.4, lw=1.6)
