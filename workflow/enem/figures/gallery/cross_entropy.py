"""Cross-entropy of the scores under each model, and what each estimator adds to it."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.about import formulas, framed
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, key_columns
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL
from enem.figures.vocabulary import model_name
from enem.figures.words import number, say

FIGURE = {"order": 220}

LOOK = {
    "mle": ("s", INK, -0.24, "MLE"),
    "map": ("^", CONTRAST, 0.0, "MAP"),
    "posterior": ("o", PLAIN, 0.24, "posterior predictive"),
}
"""Marker, colour, lane and name of each estimator."""

CAPTION = (
    "Left: cross-entropy of each model, each participant left out. Right: estimators within each "
    "model. In sample all look better (hollow marks) than they predict (filled)."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the cross-entropies.

    ``model, estimator, sample, participants, cross_entropy, equivalent_sd, above_posterior``.
    """
    return a.table("estimation/cross_entropy.csv")


def draw(a: Artefacts, entropies: pd.DataFrame) -> FramedFigure:
    """Draw models on the left, estimators within each model on the right."""
    models = list(dict.fromkeys(entropies["model"]))
    sentence = (
        "Less is better. Left: the sd (points) of a Gaussian of that entropy. Right: in sample, "
        "every estimator looks better than it predicts; filled: each participant left out. Over "
        "{participants} participants."
    )
    body = framed(
        a.analysis,
        say("Cross-entropy: how well models and estimators describe the scores"),
        say(sentence, participants=number(entropies["participants"].iloc[0])),
        *formulas(a.analysis, *models),
        height=1.0 + 0.62 * len(models),
        intervals=False,
    )
    left, right = body.subplots(1, 2, sharey=True, width_ratios=(1, 1.5))
    _draw_models(left, entropies, models)
    _draw_estimators(right, entropies, models)
    left.set_yticks(range(len(models)), [model_name(m) for m in models])
    left.set_ylim(len(models) - 0.5, -0.5)
    keys = [Line2D([], [], marker=m, color=c, ls="") for m, c, *_ in LOOK.values()]
    keys += [Line2D([], [], marker="D", color=INK, mfc="white", ls="")]
    names = [*(say(name) for *_, name in LOOK.values()), say("hollow: in sample")]
    body.legend(keys, names, loc="outside upper left", ncols=key_columns(names), columnspacing=1.2)
    return body.figure


def _draw_models(axes: Axes, entropies: pd.DataFrame, models: list[str]) -> None:
    chosen = entropies[(entropies["estimator"] == "posterior") & (entropies["sample"] == "out")]
    chosen = chosen.set_index("model").loc[models]
    axes.plot(chosen["cross_entropy"], range(len(models)), "o", color=PLAIN)
    axes.set_xlim(*padded(chosen["cross_entropy"], 0.55))
    for y, (_, row) in enumerate(chosen.iterrows()):
        words = say("sd {sd}", sd=number(row["equivalent_sd"], 1))
        place = {"textcoords": "offset points", "ha": "center", "size": SMALL}
        axes.annotate(words, (row["cross_entropy"], y), (0, 6), **place)
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel(say("Cross-entropy (nats per person)"))
    axes.set_title(say("Models, out of sample"), size=SMALL)


def _draw_estimators(axes: Axes, entropies: pd.DataFrame, models: list[str]) -> None:
    for row in entropies.itertuples():
        marker, color, lane, _ = LOOK[row.estimator]
        fill = "white" if row.sample == "in" else color
        y = models.index(row.model) + lane
        axes.plot(row.above_posterior, y, marker, color=color, mfc=fill, ms=5, zorder=3)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    axes.set_xlabel(say("Above the posterior out of sample (nats, sum)"))
    axes.set_title(say("Estimators within each model"), size=SMALL)
