"""Parameters whose posterior mode and mean lie furthest apart."""

import pandas as pd

from enem.figures.about import formulas, framed
from enem.figures.artefacts import Artefacts
from enem.figures.axes import name_rows
from enem.figures.frame import FramedFigure
from enem.figures.gallery.parameterisation import rows_of
from enem.figures.palette import CONTRAST, GUIDE, INK
from enem.figures.style import SMALL
from enem.figures.words import say

FIGURE = {"order": 270}

LONGEST = 15

CAPTION = "The parameters whose MAP and posterior mean lie furthest apart, over all models."


def table(a: Artefacts) -> pd.DataFrame:
    """Take the distances of parameters that enough participants inform.

    ``rank, model, parameter, n, map, map_minus_mean_in_sd`` and more.
    """
    apart = a.table("estimation/disagreement.csv")
    return apart[~apart["n"].lt(a.analysis.smallest_group)]


def draw(a: Artefacts, apart: pd.DataFrame) -> FramedFigure:
    """Draw the distance of MAP and posterior mean, the furthest first."""
    shown = apart.sort_values("rank").head(LONGEST).reset_index(drop=True)
    sentence = (
        "Over all parameters and models. Parameters that fewer than {smallest} participants inform "
        "are not shown."
    )
    body = framed(
        a.analysis,
        say("Where posterior mode and posterior mean part most"),
        say(sentence, smallest=a.analysis.smallest_group),
        *formulas(a.analysis, *shown["model"].unique()),
        height=0.6 + 0.36 * len(shown),
        intervals=False,
    )
    axes = body.subplots()
    distance = shown["map_minus_mean_in_sd"]
    axes.hlines(shown.index, 0, distance, color=GUIDE, lw=2, zorder=2)
    axes.plot(distance, shown.index, "^", color=CONTRAST, ms=6, zorder=3)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    for y in shown.index[shown["map"] == 0]:
        place = {"textcoords": "offset points", "va": "center", "ha": "right", "size": SMALL}
        axes.annotate(say("MAP at 0"), (distance[y], y), (-7, 0), **place)
    name_rows(axes, rows_of(shown))
    axes.margins(x=0.3)
    axes.set_xlabel(say("MAP minus posterior mean\n(posterior sd)"))
    return body.figure
