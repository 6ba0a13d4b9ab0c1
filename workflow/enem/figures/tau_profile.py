"""Log density along each scale: the marginal has a maximum, the joint has none."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.panels import wrapped_title
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, styled

LINEAR = 10.0
"""Nats around 0 that are drawn to a linear scale; the joint soon leaves any linear axis."""
HEADROOM = 2.0
"""How far the axis goes on beyond the lowest density, as a factor."""
ROOM = 8.0
"""The same above, where each panel says how the joint density rises."""
BULK = 2.0
"""Nats below the maximum at which the bulk of the marginal ends."""
COLUMNS = 3
ROW_HEIGHTS = (2.15, 1.85)
"""Inches: of three rows or fewer, and of more."""
MARGINAL = {"color": PLAIN, "lw": 1.6}
JOINT = {"color": CONTRAST, "lw": 1.6, "ls": (0, (5, 1.5))}


@styled
def draw(profiles: Mapping[str, pd.DataFrame], analysis: Analysis) -> FramedFigure:
    """Draw one panel a model and scale.

    Parameters
    ----------
    profiles
        By model: ``parameter, value, log_marginal, log_joint``, values in the parameter's unit;
        blank, and not drawn, of a model without a maximum.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    entries = [
        (model, str(name), table.sort_values("value"))
        for model, profile in profiles.items()
        for name, table in _defined(profile).groupby("parameter", sort=False)
    ]
    columns = min(COLUMNS, max(len(entries), 1))
    rows = max(-(-len(entries) // columns), 1)
    body = framed_body(
        labels.text("tau.title"),
        subtitle(analysis, intervals=False),
        labels.text("tau.note"),
        *model_notes(analysis, *profiles),
        height=0.6 + ROW_HEIGHTS[rows > 3] * rows,
    )
    panels = body.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.ravel()[max(len(entries), 1) :]:
        axes.remove()
    for axes, (model, name, table) in zip(panels.ravel(), entries, strict=False):
        _draw_panel(axes, name, *_aligned(table), labels)
        axes.set_title(wrapped_title(labels.model(model), columns), size=SMALL_SIZE)
    if entries:
        _scale_densities(panels[0, 0], labels)
    else:
        panels[0, 0].text(0.02, 0.5, labels.text("tau.undefined"), color=INK)
        panels[0, 0].set_xticks([])
    density = labels.text("tau.density", linear=labels.short(LINEAR))
    body.supylabel(density, fontsize=TEXT_SIZE, multialignment="center")
    keys = [Line2D([], [], **look) for look in (MARGINAL, JOINT)]
    names = [labels.text("tau.marginal"), labels.text("tau.joint")]
    body.legend(keys, names, loc="outside upper left", ncols=2, handlelength=3)
    return body.figure


def _defined(profile: pd.DataFrame) -> pd.DataFrame:
    return profile.dropna(subset=["log_marginal", "log_joint"])


def _aligned(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, marginal with its maximum at 0, and joint shifted to meet it."""
    value, marginal, joint = (table[c].to_numpy() for c in ("value", "log_marginal", "log_joint"))
    marginal = marginal - marginal.max()
    # the joint has no maximum to align: it meets the marginal at the right end of its bulk
    anchor = int(np.flatnonzero(marginal >= -BULK)[-1])
    return value, marginal, joint - joint[anchor] + marginal[anchor]


def _scale_densities(axes: Axes, labels: Labels) -> None:
    """Give all panels one scale that holds every curve."""
    curves = [c.get_ydata() for a in axes.figure.axes for c in a.lines if len(c.get_ydata()) > 1]
    low, high = min(map(np.min, curves)), max(map(np.max, curves))
    axes.set_yscale("symlog", linthresh=LINEAR)
    axes.set_ylim(min(HEADROOM * low, -LINEAR), max(ROOM * high, LINEAR))
    axes.yaxis.set_major_formatter(lambda v, _: labels.number(v))


def _draw_panel(
    axes: Axes,
    name: str,
    value: np.ndarray,
    marginal: np.ndarray,
    joint: np.ndarray,
    labels: Labels,
) -> None:
    best = int(np.argmax(marginal))
    axes.plot(value, marginal, label="_marginal", **MARGINAL)
    axes.plot(value, joint, label="_joint", **JOINT)
    axes.plot(value[best], 0, "o", color=PLAIN, ms=5, zorder=4)
    axes.set_xscale("log")
    growth = -(joint[1] - joint[0]) / np.log(value[1] / value[0])
    words = labels.text("tau.growth", growth=labels.number(growth, int(abs(growth) < 10)))
    place = {"size": SMALL_SIZE, "color": CONTRAST, "ha": "right", "va": "top"}
    axes.text(0.99, 0.98, words, transform=axes.transAxes, **place)
    unit = labels.unit(name)
    axes.set_xlabel(
        labels.text("tau.axis", parameter=labels.parameter(name), unit=unit), size=SMALL_SIZE
    )
    axes.xaxis.set_major_formatter(lambda v, _: labels.short(v))
    axes.xaxis.set_minor_locator(NullLocator())
