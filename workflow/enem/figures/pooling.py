"""Each school type's line on its own, partially pooled, and completely pooled."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from enem.figures import labels
from enem.figures.analysis import Analysis
from enem.figures.axes import draw_interval, padded
from enem.figures.frame import framed_body, subtitle
from enem.figures.style import INK, MARKS, MUTED, SMALL_SIZE, styled

PARAMETERS = ("intercept", "slope")
LOOK = {
    "none": {"marker": "o", "fill": False, "offset": -0.24},
    "partial": {"marker": "D", "fill": True, "offset": 0.0},
    "complete": {"marker": "s", "fill": True, "offset": 0.24},
}
ROOM = 0.6
"""Share of the axis that poorly determined estimates may add on either side."""


@styled
def draw(pooling: pd.DataFrame, analysis: Analysis) -> Figure:
    """Draw intercepts and slopes under the three kinds of pooling, side by side.

    Parameters
    ----------
    pooling
        ``school_type, parameter, pooling, n, mean, interval_low, interval_high``; blank where a
        school type alone does not determine the parameter.
    analysis
        For the order of the rows and the kind of interval.
    """
    types = analysis.school_types
    body = framed_body(
        labels.text("pooling.title"),
        subtitle(analysis),
        labels.text("pooling.arrow"),
        labels.text("association"),
        height=1.1 + 0.72 * len(types),
    )
    panels = body.subplots(1, 2, sharey=True)
    counts = pooling.groupby("school_type")["n"].max()
    for axes, parameter in zip(panels, PARAMETERS, strict=True):
        table = pooling[pooling["parameter"] == parameter]
        axes.set_xlim(*_limits(table, analysis.smallest_group))
        for row, name in enumerate(types):
            _draw_type(axes, row, name, table[table["school_type"] == name])
        axes.set_xlabel(labels.text(f"pooling.{parameter}"))
        axes.grid(visible=False, axis="y")
    names = [f"{labels.school_type(t)}\n{labels.count(counts.get(t, 0))}" for t in types]
    panels[0].set_yticks(range(len(types)), names)
    panels[0].set_ylim(len(types) - 0.45, -0.55)
    shown = [kind for kind in LOOK if (pooling["pooling"] == kind).any()]
    body.legend(
        [_key(kind) for kind in shown],
        [labels.POOLING[kind] for kind in shown],
        loc="outside upper left",
        ncols=len(shown),
        handlelength=1.2,
        columnspacing=1.2,
    )
    return body.figure


def _limits(table: pd.DataFrame, smallest: int) -> tuple[float, float]:
    """Limits that hold whatever is well determined; the rest only where it does not dwarf that."""
    core = table[(table["pooling"] == "partial") | (table["n"] >= smallest)]
    core = table if core["mean"].isna().all() else core
    ends = ["mean", "interval_low", "interval_high"]
    low, high = padded(core[ends].to_numpy().ravel())
    room = ROOM * (high - low)
    return padded(np.clip([low, high, *table[ends].to_numpy().ravel()], low - room, high + room))


def _draw_type(axes: Axes, row: int, name: str, table: pd.DataFrame) -> None:
    for kind in LOOK:
        entry = table[table["pooling"] == kind]
        if len(entry):
            _draw_estimate(axes, row + LOOK[kind]["offset"], kind, name, entry.iloc[0])


def _draw_estimate(axes: Axes, y: float, kind: str, name: str, entry: pd.Series) -> None:
    mean, low, high = entry[["mean", "interval_low", "interval_high"]]
    left, right = axes.get_xlim()
    color = MUTED if kind == "complete" else MARKS[name].color
    if np.isfinite([low, high]).all():
        draw_interval(axes, low, high, y, color, lw=1.6, solid_capstyle="butt")
    if np.isnan(mean):
        words = labels.text("pooling.undefined", kind=labels.POOLING_SHORT[kind])
        _write(axes, words, 0.5, y, ha="center", va="center")
    elif left <= mean <= right:
        face = color if LOOK[kind]["fill"] else "white"
        axes.plot(mean, y, LOOK[kind]["marker"], color=color, mfc=face, ms=6, mew=1.4, zorder=4)
    else:
        words = labels.text("pooling.beyond", mean=labels.number(mean, 1))
        at, side = (0.02, "left") if mean < left else (0.98, "right")
        _write(axes, words, at, y - 0.05, ha=side, va="bottom")


def _write(axes: Axes, words: str, x: float, y: float, **place: str) -> None:
    look = {"color": MUTED, "size": SMALL_SIZE, "transform": axes.get_yaxis_transform()}
    axes.text(x, y, words, **look, **place)


def _key(kind: str) -> Line2D:
    look = LOOK[kind]
    color = MUTED if kind == "complete" else INK
    face = color if look["fill"] else "white"
    return Line2D([], [], color=color, marker=look["marker"], mfc=face, ms=6, mew=1.4, lw=1.6)
