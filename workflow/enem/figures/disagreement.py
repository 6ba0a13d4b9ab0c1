"""Parameters whose posterior mode and mean lie furthest apart."""

import pandas as pd

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.palette import CONTRAST, GUIDE, INK
from enem.figures.style import SMALL_SIZE, styled

LONGEST = 15


@styled
def draw(table: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw the distance of MAP and posterior mean, the furthest first.

    Parameters
    ----------
    table
        ``rank, model, parameter, n, map, map_minus_mean_in_sd``.
    analysis
        Parameters of groups that are too small are left out.
    """
    labels = analysis.labels
    shown = table[~table["n"].lt(analysis.smallest_group)].sort_values("rank")
    shown = shown.head(LONGEST).reset_index(drop=True)
    body = framed_body(
        labels.text("apart.title"),
        subtitle(analysis, intervals=False),
        labels.text("apart.note", smallest=analysis.smallest_group),
        *model_notes(analysis, *shown["model"].unique()),
        height=0.6 + 0.24 * len(shown),
    )
    axes = body.subplots()
    distance = shown["map_minus_mean_in_sd"]
    axes.hlines(shown.index, 0, distance, color=GUIDE, lw=2, zorder=2)
    axes.plot(distance, shown.index, "^", color=CONTRAST, ms=6, zorder=3)
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    for y in shown.index[shown["map"] == 0]:
        place = {"textcoords": "offset points", "va": "center", "ha": "right", "size": SMALL_SIZE}
        axes.annotate(labels.text("apart.zero"), (distance[y], y), (-7, 0), **place)
    rows = zip(shown["parameter"], shown["model"], strict=True)
    axes.set_yticks(shown.index, [f"{labels.parameter(p)} · {labels.model(m)}" for p, m in rows])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.margins(x=0.3)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(labels.text("apart.axis"))
    return body.figure
