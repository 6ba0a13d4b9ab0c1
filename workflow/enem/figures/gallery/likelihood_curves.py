"""The likelihood of the pooled model along slope and sigma, and its logarithm."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.about import framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL
from enem.figures.vocabulary import model_name, parameter_name, unit
from enem.figures.words import number, say

FIGURE = {"order": 210, "needs": ("income",)}

PARAMETERS = ("slope", "sigma")
CURVE = {"color": PLAIN, "lw": 1.8}
GAUSSIAN = {"color": CONTRAST, "lw": 1.4, "ls": (0, (5, 1.5))}

CAPTION = (
    "The likelihood of the model with one line along its slope and σ, and its logarithm "
    "beside the parabola of the same curvature. The closer to the parabola, the better the "
    "normal approximation."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take ``parameter, value, log_likelihood, likelihood, gaussian``."""
    return a.table("estimation/likelihood.csv")


def draw(a: Artefacts, curves: pd.DataFrame) -> FramedFigure:
    """Draw likelihood above log likelihood, a column a parameter."""
    sentence = (
        "Model “{model}”. The other parameters take their best values at each point. Over 4 "
        "standard errors on each side. Dotted: least squares, the same point."
    )
    body = framed(
        a.analysis,
        say("Likelihood of one line around its maximum"),
        say(sentence, model=model_name("pooled")),
        height=4.2,
        intervals=False,
    )
    panels = body.subplots(2, len(PARAMETERS), sharex="col", sharey="row", squeeze=False)
    maxima = a.table("estimation/least_squares.csv").set_index("parameter")["mle"]
    for j, name in enumerate(PARAMETERS):
        own = curves[curves["parameter"] == name]
        (curve,) = panels[0, j].plot(own["value"], own["likelihood"], **CURVE)
        panels[1, j].plot(own["value"], own["log_likelihood"], **CURVE)
        (gaussian,) = panels[1, j].plot(own["value"], own["gaussian"], **GAUSSIAN)
        # below the words that name the maximum
        panels[0, j].axvline(maxima[name], 0, 0.83, color=INK, lw=0.9, ls=":")
        panels[1, j].axvline(maxima[name], color=INK, lw=0.9, ls=":")
        panels[0, j].set_title(parameter_name(name), size=SMALL)
        panels[1, j].set_xlabel(unit(name))
        _name_maximum(panels[0, j], maxima[name])
    panels[0, 0].set_ylabel(say("Likelihood\n(relative to its maximum)"))
    panels[1, 0].set_ylabel(say("Log likelihood\n(nats below its maximum)"))
    names = [say("profile likelihood"), say("parabola of the same curvature")]
    body.legend([curve, gaussian], names, loc="outside upper left", ncols=2, handlelength=3)
    return body.figure


def _name_maximum(axes: Axes, maximum: float) -> None:
    axes.set_ylim(0, 1.3)
    axes.set_yticks([0, 0.5, 1])
    words = say("maximum: {value}", value=number(maximum, 2))
    axes.annotate(words, (maximum, 1.14), ha="center", size=SMALL, color=INK)
