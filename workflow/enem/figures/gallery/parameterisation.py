"""Posterior modes of every scale, as it is and by its logarithm, beside the posterior mean."""

import pandas as pd

from enem.figures.about import formulas, framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.vocabulary import model_name, parameter_name
from enem.figures.words import joined, say

FIGURE = {"order": 240, "needs": ("income",)}

LOOK = {
    "map": ("^", CONTRAST, "mode of the parameter"),
    "map_of_log": ("s", PLAIN, "mode of its logarithm, converted back"),
}

CAPTION = (
    "The mode of each scale and that of its logarithm, in posterior standard deviations from the "
    "posterior mean."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take both modes of scales that enough participants inform.

    ``model, parameter, n, map, map_of_log, posterior_mean, posterior_sd`` and more.
    """
    modes = a.table("estimation/parameterisation.csv")
    return modes[~modes["n"].lt(a.analysis.smallest_group)]


def draw(a: Artefacts, modes: pd.DataFrame) -> FramedFigure:
    """Draw both modes of every scale in posterior sds from the posterior mean."""
    shown = modes.reset_index(drop=True)
    sentence = (
        "The mode moves with the way the parameter is written; the posterior mean (line at 0) does "
        "not. Groups with fewer than {smallest} participants are not shown."
    )
    body = framed(
        a.analysis,
        say("Posterior modes of σ and τ, and of their logarithms"),
        say(sentence, smallest=a.analysis.smallest_group),
        *formulas(a.analysis, *shown["model"].unique()),
        height=0.9 + 0.36 * len(shown),
        intervals=False,
    )
    axes = body.subplots()
    for kind, (marker, color, name) in LOOK.items():
        distance = (shown[kind] - shown["posterior_mean"]) / shown["posterior_sd"]
        look = {"color": color, "mfc": "white", "ms": 5.5, "label": say(name)}
        axes.plot(distance, shown.index, marker, **look)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    axes.set_yticks(shown.index, rows_of(shown))
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlabel(say("Distance from the posterior mean\n(posterior sd)"))
    handles, words = axes.get_legend_handles_labels()
    body.legend(handles, words, loc="outside upper left", ncols=2)
    return body.figure


def rows_of(shown: pd.DataFrame) -> list[str]:
    """Name rows by parameter and model."""
    pairs = zip(shown["parameter"], shown["model"], strict=True)
    return [joined("\n", [parameter_name(name), model_name(model)]) for name, model in pairs]
