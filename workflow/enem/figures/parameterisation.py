"""Posterior modes of every scale, as it is and by its logarithm, beside the posterior mean."""

import pandas as pd

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.palette import CONTRAST, INK, PLAIN
from enem.figures.style import styled

LOOK = {"map": ("^", CONTRAST), "map_of_log": ("s", PLAIN)}


@styled
def draw(table: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw both modes of every scale in posterior sds from the posterior mean.

    Parameters
    ----------
    table
        ``model, parameter, n, map, map_of_log, posterior_mean, posterior_sd``.
    analysis
        Groups that are too small are left out.
    """
    labels = analysis.labels
    shown = table[~table["n"].lt(analysis.smallest_group)].reset_index(drop=True)
    body = framed_body(
        labels.text("writing.title"),
        subtitle(analysis, intervals=False),
        labels.text("writing.note", smallest=analysis.smallest_group),
        *model_notes(analysis, *shown["model"].unique()),
        height=0.9 + 0.24 * len(shown),
    )
    axes = body.subplots()
    for kind, (marker, color) in LOOK.items():
        distance = (shown[kind] - shown["posterior_mean"]) / shown["posterior_sd"]
        name = labels.text(f"writing.{kind}")
        axes.plot(distance, shown.index, marker, color=color, mfc="white", ms=5.5, label=name)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    names = zip(shown["model"], shown["parameter"], strict=True)
    rows = [f"{labels.parameter(parameter)} · {labels.model(model)}" for model, parameter in names]
    axes.set_yticks(shown.index, rows)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlabel(labels.text("writing.axis"))
    handles, words = axes.get_legend_handles_labels()
    body.legend(handles, words, loc="outside upper left", ncols=2)
    return body.figure
