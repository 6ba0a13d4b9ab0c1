"""The gap at equal income when other characteristics are held equal too."""

import pandas as pd

from enem.compare.contrasts import ALL_PUBLIC, gap_with
from enem.compare.quantities import headline
from enem.figures.about import association, formulas, framed, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import name_rows, padded, say_not_shown
from enem.figures.findings import effect, schools_of
from enem.figures.frame import FramedFigure
from enem.figures.gallery.gap_by_income import first_contrast, shown_contrasts
from enem.figures.names import by_school_type, covariate_models
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL
from enem.figures.vocabulary import model_name
from enem.figures.words import number, say

FIGURE = {"order": 70, "needs": ("income", "covariates"), "story": True}

COLUMNS = ["model", "contrast", "scope", "mean", "sd", "interval_low", "interval_high"]

CAPTION = (
    "Difference between private and state schools at the same income in each model, with its "
    "credible interval. Where state schools cannot be shown, it is with all public ones. Models "
    "with more characteristics hold these equal too."
)


def finding(a: Artefacts, gaps: pd.DataFrame) -> str | None:
    """Say what is left of the gap when other characteristics are held equal too."""
    with_more = [name for name in covariate_models(a.specs) if name in set(gaps["model"])]
    before, after = (
        effect(gaps, model=name) for name in (a.main_model(), next(iter(with_more), ""))
    )
    if before is None or after is None or before.sign != "more" or after.sign != "more":
        return None
    sentence = (
        "The gap to {other} at equal income is {before} points, and {after} when other "
        "characteristics are equal too"
    )
    other = schools_of(gaps["contrast"].iloc[0].partition(" - ")[2])
    return say(sentence, other=other, before=before.size(), after=after.size())


def table(a: Artefacts) -> pd.DataFrame:
    """Take the gap at equal income that the answer begins with, of every model by school type.

    ``model, contrast, scope, mean, sd, interval_low, interval_high``, points; no row where a
    side is too small.
    """
    models = by_school_type(a.specs)
    effects = a.stacked("effects.csv", models)
    chosen = effects["contrast"] == first_contrast(shown_contrasts(a))
    own = effects[(effects["effect"] == "gap_at_equal_income") & chosen]
    own = own[own["scope"] == own["model"].map(lambda name: headline(a.specs[name]))]
    return own[COLUMNS].reset_index(drop=True)


def draw(a: Artefacts, gaps: pd.DataFrame) -> FramedFigure:
    """Draw a row a model.

    Without any row the figure says that no difference is shown.
    """
    models = list(gaps["model"])
    contrast = next(iter(gaps["contrast"]), gap_with(ALL_PUBLIC))
    other = say(f"network.{contrast.partition(' - ')[2]}")
    more = covariate_models(a.specs)
    body = framed(
        a.analysis,
        finding(a, gaps)
        or say("Private minus {other} schools at equal income, model by model", other=other),
        say(
            "Each row is a model, named by what it takes into account. Filled: models that hold "
            "other characteristics equal too."
        ),
        *formulas(a.analysis, *models),
        whom=[*scopes(a.analysis, "schools_like_these", *models), association()],
        height=0.7 + 0.4 * max(len(models), 1),
    )
    axes = body.subplots()
    axes.set_xlabel(say("Difference at the same income (points)"))
    if gaps.empty:
        say_not_shown(axes, a.analysis.smallest_group)
        axes.set(xticks=[], yticks=[])
        return body.figure
    for y, row in gaps.iterrows():
        color = CONTRAST if row["model"] in more else PLAIN
        axes.plot(row[["interval_low", "interval_high"]], [y, y], color=color, lw=2.0)
        face = color if row["model"] in more else "white"
        axes.plot(row["mean"], y, "o", color=color, mfc=face, ms=6.5)
        place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(number(row["mean"]), (row["interval_high"], y), size=SMALL, **place)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    name_rows(axes, [model_name(model) for model in models])
    axes.set_xlim(*padded([0.0, *gaps["interval_low"], 1.1 * gaps["interval_high"].max()]))
    return body.figure
