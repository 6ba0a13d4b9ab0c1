"""How two scores go together, as observed and after income and school type."""

import numpy as np
import pandas as pd

from enem.figures.about import framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.pairs import BESIDE, draw_pairs, name_versions
from enem.figures.palette import PLAIN
from enem.figures.words import joined, say

FIGURE = {"order": 400, "needs": ("asked",)}

AREAS = {
    "CN": "Natural sciences",
    "CH": "Human sciences",
    "LC": "Languages",
    "MT": "Mathematics",
    "REDACAO": "Essay",
}

CAPTION = (
    "Correlation of every two scores, before and after income, school type and levels, with their"
    " intervals."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take every pair of scores.

    ``outcome, other_outcome, observed, mean, interval_low, interval_high`` and more.
    """
    return a.table("correlations.csv")


def draw(a: Artefacts, correlations: pd.DataFrame) -> FramedFigure:
    """Draw every pair of scores, the closest first."""
    shown = correlations.sort_values("mean", ascending=False).reset_index(drop=True)
    body = framed(
        a.analysis,
        say("Which scores go together, before and after income and school type"),
        say(
            "Each score has lines by school type and effects of levels of its own; what they leave "
            "of a participant’s five scores is multivariate Gaussian."
        ),
        height=0.7 + 0.36 * len(shown),
    )
    axes = body.subplots()
    observed = shown.assign(mean=shown["observed"], interval_low=np.nan, interval_high=np.nan)
    draw_pairs(axes, {"without": observed, "with": shown}, 2, BESIDE)
    pairs = zip(shown["outcome"], shown["other_outcome"], strict=True)
    names = [joined(" × ", [say(AREAS[area]) for area in pair]) for pair in pairs]
    axes.set_yticks(range(len(shown)), names)
    axes.set_ylim(len(shown) - 0.3, -0.6)
    axes.axvline(0, color=PLAIN, lw=0.9)
    axes.grid(visible=False, axis="y")
    # room for the numbers left of the intervals
    axes.set_xlim(min(0.0, shown["interval_low"].min() - 0.12), 1.0)
    axes.set_xlabel(say("Correlation"))
    versions = "of the scores themselves", "of what income, school type and levels leave"
    name_versions(axes, [say(words) for words in versions])
    return body.figure
