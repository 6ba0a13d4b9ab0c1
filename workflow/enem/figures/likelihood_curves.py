"""The likelihood of the pooled model along slope and sigma, and its logarithm."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL_SIZE, styled

PARAMETERS = ("slope", "sigma")
CURVE = {"color": PLAIN, "lw": 1.8}
GAUSSIAN = {"color": CONTRAST, "lw": 1.4, "ls": (0, (5, 1.5))}


@styled
def draw(curves: pd.DataFrame, squares: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw likelihood above log likelihood, a column a parameter.

    Parameters
    ----------
    curves
        ``parameter, value, log_likelihood, likelihood, gaussian``.
    squares
        ``parameter, least_squares, mle``.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    body = framed_body(
        labels.text("likelihood.title"),
        subtitle(analysis, intervals=False),
        labels.text("likelihood.note", model=labels.model("pooled")),
        height=4.2,
    )
    panels = body.subplots(2, len(PARAMETERS), sharex="col", sharey="row", squeeze=False)
    estimates = squares.set_index("parameter")
    for j, name in enumerate(PARAMETERS):
        table = curves[curves["parameter"] == name]
        (curve,) = panels[0, j].plot(table["value"], table["likelihood"], **CURVE)
        panels[1, j].plot(table["value"], table["log_likelihood"], **CURVE)
        (gaussian,) = panels[1, j].plot(table["value"], table["gaussian"], **GAUSSIAN)
        for axes in panels[:, j]:
            axes.axvline(estimates.loc[name, "mle"], color=INK, lw=0.9, ls=":")
        panels[0, j].set_title(labels.parameter(name), size=SMALL_SIZE)
        panels[1, j].set_xlabel(labels.unit(name))
        _name_maximum(panels[0, j], estimates.loc[name], analysis)
    panels[0, 0].set_ylabel(labels.text("likelihood.likelihood"))
    panels[1, 0].set_ylabel(labels.text("likelihood.log"))
    names = [labels.text("likelihood.curve"), labels.text("likelihood.gaussian")]
    body.legend([curve, gaussian], names, loc="outside upper left", ncols=2, handlelength=3)
    return body.figure


def _name_maximum(axes: Axes, estimate: pd.Series, analysis: Analysis) -> None:
    labels = analysis.labels
    words = labels.text("likelihood.maximum", value=labels.number(estimate["mle"], 2))
    axes.set_ylim(0, 1.3)
    axes.set_yticks([0, 0.5, 1])
    axes.annotate(words, (estimate["mle"], 1.14), ha="center", size=SMALL_SIZE, color=INK)
