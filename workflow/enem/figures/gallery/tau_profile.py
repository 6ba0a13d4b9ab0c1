"""Log density along each scale: the marginal has a maximum, the joint has none."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from enem.figures.about import formulas, framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.names import hierarchical
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.panels import wrapped_title
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import SYMBOLS, model_name, parameter_name, unit
from enem.figures.words import joined, number, say, short

FIGURE = {"order": 150, "needs": ("scales",)}

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
AXIS = 0.9
"""Inches of the densities' axis and its words."""
MARGINAL = {"color": PLAIN, "lw": 1.6}
JOINT = {"color": CONTRAST, "lw": 1.6, "ls": (0, (5, 1.5))}

CAPTION = (
    "Log density along each scale τ: the marginal has a maximum or levels off; the joint grows "
    "without bound as τ goes to zero."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the profiles of every model that has scales.

    ``parameter, value, log_marginal, log_joint, model``, values in the parameter's unit; blank
    of a model without a maximum.
    """
    columns = ["parameter", "value", "log_marginal", "log_joint", "model"]
    return a.stacked("tau_profile.csv", hierarchical(a.specs))[columns]


def draw(a: Artefacts, profiles: pd.DataFrame) -> FramedFigure:
    """Draw one panel a model and scale.

    Of the table, what is blank is not drawn.
    """
    defined = profiles.dropna(subset=["log_marginal", "log_joint"])
    entries = [
        (*key, own.sort_values("value"))
        for key, own in defined.groupby(["model", "parameter"], sort=False)
    ]
    columns = min(COLUMNS, max(len(entries), 1))
    rows = max(-(-len(entries) // columns), 1)
    body = framed(
        a.analysis,
        say("Log density along each scale: marginal and joint"),
        say(
            "The marginal density, with group effects integrated out, has a maximum (dot, set"
            " to 0; at the left edge where it is highest at 0). The joint density of scale "
            "and group effects rises without bound as the scale goes to 0, so it has none. It"
            " is shifted to meet the marginal at the right."
        ),
        *formulas(a.analysis, *hierarchical(a.specs)),
        height=0.6 + ROW_HEIGHTS[rows > 3] * rows,
        intervals=False,
    )
    panels = body.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.ravel()[max(len(entries), 1) :]:
        axes.remove()
    for axes, (model, name, own) in zip(panels.ravel(), entries, strict=False):
        _draw_panel(axes, name, *_aligned(own))
        axes.set_title(wrapped_title(model_name(model), columns, AXIS), size=SMALL)
    if entries:
        _scale_densities(panels[0, 0])
    else:
        words = say("Not defined: no density has a maximum.")
        panels[0, 0].text(0.02, 0.5, words, color=INK)
        panels[0, 0].set_xticks([])
    density = say("Log density\n(nats, logarithmic beyond ±{linear})", linear=short(LINEAR))
    body.supylabel(density, fontsize=sheet().text, multialignment="center")
    keys = [Line2D([], [], **look) for look in (MARGINAL, JOINT)]
    names = [say("marginal density"), say("joint density")]
    body.legend(keys, names, loc="outside upper left", ncols=2, handlelength=3)
    return body.figure


def _aligned(own: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, marginal with its maximum at 0, and joint shifted to meet it."""
    value, marginal, joint = (own[c].to_numpy() for c in ("value", "log_marginal", "log_joint"))
    marginal = marginal - marginal.max()
    # the joint has no maximum to align: it meets the marginal at the right end of its bulk
    anchor = int(np.flatnonzero(marginal >= -BULK)[-1])
    return value, marginal, joint - joint[anchor] + marginal[anchor]


def _scale_densities(axes: Axes) -> None:
    """Give all panels one scale that holds every curve."""
    curves = [c.get_ydata() for a in axes.figure.axes for c in a.lines if len(c.get_ydata()) > 1]
    low, high = min(map(np.min, curves)), max(map(np.max, curves))
    axes.set_yscale("symlog", linthresh=LINEAR)
    axes.set_ylim(min(HEADROOM * low, -LINEAR), max(ROOM * high, LINEAR))
    axes.yaxis.set_major_formatter(lambda v, _: number(v))


def _draw_panel(
    axes: Axes, name: str, value: np.ndarray, marginal: np.ndarray, joint: np.ndarray
) -> None:
    best = int(np.argmax(marginal))
    axes.plot(value, marginal, label="_marginal", **MARGINAL)
    axes.plot(value, joint, label="_joint", **JOINT)
    axes.plot(value[best], 0, "o", color=PLAIN, ms=5, zorder=4)
    axes.set_xscale("log")
    growth = -(joint[1] - joint[0]) / np.log(value[1] / value[0])
    words = say("joint: τ to the −{growth}", growth=number(growth, int(abs(growth) < 10)))
    place = {"size": SMALL, "color": CONTRAST, "ha": "right", "va": "top"}
    axes.text(0.99, 0.98, words, transform=axes.transAxes, **place)
    parameter = wrapped_title(parameter_name(name), COLUMNS, AXIS)
    measured_in = say("({unit}, log scale)", unit=unit(name))
    lines = [parameter, *([SYMBOLS[name]] if name in SYMBOLS else []), measured_in]
    axes.set_xlabel(joined("\n", lines), size=SMALL)
    axes.xaxis.set_major_formatter(lambda v, _: short(v))
    axes.xaxis.set_minor_locator(NullLocator())
