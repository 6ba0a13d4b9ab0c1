"""Each school type's line on its own, partially pooled, and completely pooled."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.compare.pooling import models_of_pooling
from enem.figures.about import association, formulas, framed, hidden_note, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, key_columns
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.style import SMALL
from enem.figures.vocabulary import school_type
from enem.figures.words import count, joined, say

FIGURE = {"order": 110, "needs": ("income",)}

AXES = {
    "intercept": "Expected score at two minimum wages (points)",
    "slope": "Slope (points per doubling of income)",
}
LOOK = {
    "none": {"marker": "o", "fill": False, "offset": -0.24},
    "partial": {"marker": "D", "fill": True, "offset": 0.0},
    "complete": {"marker": "s", "fill": True, "offset": 0.24},
}
KEY = {
    "none": "no pooling (this type alone)",
    "partial": "partial pooling (model with school types)",
    "complete": "complete pooling (one line for all)",
}

CAPTION = (
    "Expected score at two minimum wages and points per doubling of income in each school type: "
    "alone, partially pooled and with one common line."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the estimates of school types that are shown."""
    pooling = a.table("pooling.csv")
    return pooling[~pooling["school_type"].isin(a.analysis.hidden)]


def draw(a: Artefacts, pooling: pd.DataFrame) -> FramedFigure:
    """Draw intercepts and slopes under the three kinds of pooling, side by side.

    The table has ``school_type, parameter, pooling, n, mean, interval_low, interval_high``;
    blank where a school type alone does not determine the parameter.
    """
    analysis, types = a.analysis, a.analysis.school_types
    pooling = pooling[pooling["school_type"].isin(types)]
    counts = pooling.groupby("school_type")["n"].max()
    models = models_of_pooling(analysis.specs).values()
    shown = [kind for kind in LOOK if (pooling["pooling"] == kind).any()]
    body = framed(
        analysis,
        say("Intercepts and slopes by school type, with no, partial and complete pooling"),
        say(
            "No pooling: textbook regression of each school type, participants taken as "
            "independent."
        ),
        *formulas(analysis, *models),
        whom=[
            *scopes(analysis, "typical_school", *models),
            *hidden_note(analysis),
            association(),
        ],
        height=1.1 + 0.72 * len(types),
    )
    panels = body.subplots(1, 2, sharey=True)
    for axes, (parameter, words) in zip(panels, AXES.items(), strict=True):
        own = pooling[pooling["parameter"] == parameter]
        axes.set_xlim(*padded(own[["mean", "interval_low", "interval_high"]].to_numpy().ravel()))
        for row, name in enumerate(types):
            _draw_type(axes, row, name, own[own["school_type"] == name])
        axes.set_xlabel(say(words))
        axes.grid(visible=False, axis="y")
    names = [joined("\n", [school_type(t), count(counts.get(t, 0))]) for t in types]
    panels[0].set_yticks(range(len(types)), names)
    panels[0].set_ylim(len(types) - 0.45, -0.55)
    names = [say(KEY[kind]) for kind in shown]
    body.legend(
        [_key(kind) for kind in shown],
        names,
        loc="outside upper left",
        ncols=key_columns(names, 1.2, 1.2),
        handlelength=1.2,
        columnspacing=1.2,
    )
    return body.figure


def _draw_type(axes: Axes, row: int, name: str, own: pd.DataFrame) -> None:
    for kind, look in LOOK.items():
        entry = own[own["pooling"] == kind]
        if len(entry):
            _draw_estimate(axes, row + look["offset"], kind, name, entry.iloc[0])


def _draw_estimate(axes: Axes, y: float, kind: str, name: str, entry: pd.Series) -> None:
    mean, low, high = entry[["mean", "interval_low", "interval_high"]]
    color = MUTED if kind == "complete" else MARKS[name].color
    if np.isnan(mean):
        look = {"color": MUTED, "size": SMALL, "transform": axes.get_yaxis_transform()}
        axes.text(0.5, y, say("not defined: no pooling"), ha="center", va="center", **look)
        return
    axes.plot([low, high], [y, y], color=color, lw=1.6, solid_capstyle="butt")
    face = color if LOOK[kind]["fill"] else "white"
    axes.plot(mean, y, LOOK[kind]["marker"], color=color, mfc=face, ms=6, mew=1.4, zorder=4)


def _key(kind: str) -> Line2D:
    look = LOOK[kind]
    color = MUTED if kind == "complete" else INK
    face = color if look["fill"] else "white"
    return Line2D([], [], color=color, marker=look["marker"], mfc=face, ms=6, mew=1.4, lw=1.6)
