"""Cross-entropy of the scores under each model, and what each estimator adds to it."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import SMALL_SIZE, styled

LOOK = {"mle": ("s", INK, -0.24), "map": ("^", CONTRAST, 0.0), "posterior": ("o", PLAIN, 0.24)}
"""Marker, colour and lane of each estimator."""


@styled
def draw(table: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw models on the left, estimators within each model on the right.

    Parameters
    ----------
    table
        ``model, estimator, sample, participants, cross_entropy, equivalent_sd,
        above_posterior``.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    models = list(dict.fromkeys(table["model"]))
    participants = labels.number(table["participants"].iloc[0])
    body = framed_body(
        labels.text("entropy.title"),
        subtitle(analysis, intervals=False),
        labels.text("entropy.note", participants=participants),
        *model_notes(analysis, *models),
        height=1.0 + 0.62 * len(models),
    )
    left, right = body.subplots(1, 2, sharey=True, width_ratios=(1, 1.5))
    _draw_models(left, table, models, labels)
    _draw_estimators(right, table, models, labels)
    left.set_yticks(range(len(models)), [labels.model(m) for m in models])
    left.set_ylim(len(models) - 0.5, -0.5)
    keys = [Line2D([], [], marker=m, color=c, ls="") for m, c, _ in LOOK.values()]
    names = [labels.text(f"entropy.{name}") for name in LOOK]
    keys += [Line2D([], [], marker="D", color=INK, mfc="white", ls="")]
    names += [labels.text("entropy.in")]
    body.legend(keys, names, loc="outside upper left", ncols=len(keys), columnspacing=1.2)
    return body.figure


def _draw_models(axes: Axes, table: pd.DataFrame, models: list[str], labels: Labels) -> None:
    chosen = table[(table["estimator"] == "posterior") & (table["sample"] == "out")]
    chosen = chosen.set_index("model").loc[models]
    axes.plot(chosen["cross_entropy"], range(len(models)), "o", color=PLAIN)
    axes.set_xlim(*padded(chosen["cross_entropy"], 0.55))
    for y, (_, row) in enumerate(chosen.iterrows()):
        words = labels.text("entropy.sd", sd=labels.number(row["equivalent_sd"], 1))
        place = (row["cross_entropy"], y)
        axes.annotate(
            words, place, (0, 6), textcoords="offset points", ha="center", size=SMALL_SIZE
        )
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel(labels.text("entropy.axis"))
    axes.set_title(labels.text("entropy.models"), size=SMALL_SIZE)


def _draw_estimators(axes: Axes, table: pd.DataFrame, models: list[str], labels: Labels) -> None:
    for row in table.itertuples():
        marker, color, lane = LOOK[row.estimator]
        fill = "white" if row.sample == "in" else color
        y = models.index(row.model) + lane
        axes.plot(row.above_posterior, y, marker, color=color, mfc=fill, ms=5, zorder=3)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    axes.set_xlabel(labels.text("entropy.above"))
    axes.set_title(labels.text("entropy.estimators"), size=SMALL_SIZE)
