"""Models by how well they predict a participant left out."""

import numpy as np
import pandas as pd

from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import INK, PLAIN
from enem.figures.style import styled

PARETO_LIMIT = 0.7
"""Larger shapes make an importance-sampling estimate unreliable."""


@styled
def draw(comparison: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw each model's difference from the best, with its standard error.

    Parameters
    ----------
    comparison
        ``model, rank, elpd, se, elpd_diff, diff_se, pareto_k_max, pareto_k_high``, nats; a
        single model is drawn by its own `elpd` and `se`.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    table = comparison.sort_values("rank").reset_index(drop=True)
    body = framed_body(
        labels.text("comparison.title"),
        subtitle(analysis, intervals=False),
        _pareto_note(table, labels),
        *model_notes(analysis, *table["model"]),
        height=0.75 + 0.42 * len(table),
    )
    axes = body.subplots()
    alone = len(table) == 1
    value, error = _shown(table)
    axes.errorbar(value, table.index, xerr=error, fmt="o", color=PLAIN, ms=6, elinewidth=1.6)
    rows = zip(table["model"], table["elpd"], value, error, strict=True)
    axes.set_yticks(table.index, [_row_label(labels, *row) for row in rows])
    axes.set_ylim(len(table) - 0.4, -0.6)
    ends = [*(value - error), *(value + error)]
    axes.set_xlim(*padded(ends if alone else [*ends, 0.0], 0.08))
    if not alone:
        axes.axvline(0, color=INK, lw=0.9, zorder=1)
    axes.xaxis.set_major_formatter(
        lambda v, _: labels.number(v, 0 if np.ptp(axes.get_xlim()) > 10 else 1)
    )
    key = "comparison.single" if alone else "comparison.difference"
    axes.set_xlabel(labels.text(key))
    axes.grid(visible=False, axis="y")
    return body.figure


def _shown(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Position and error of each row; a model is never better than the best one."""
    if len(table) == 1:
        return table["elpd"], table["se"]
    return -table["elpd_diff"].abs(), table["diff_se"].fillna(0.0)


def _row_label(labels: Labels, model: str, elpd: float, value: float, error: float) -> str:
    name = labels.model(model)
    if value == 0:
        return labels.text("comparison.best", model=name, elpd=labels.number(elpd))
    numbers = {"difference": labels.number(value, 1), "se": labels.number(error, 1)}
    return labels.text("comparison.row", model=name, **numbers)


def _pareto_note(table: pd.DataFrame, labels: Labels) -> str:
    items = [
        labels.text(
            "comparison.pareto_item",
            model=labels.model(row["model"]),
            k=labels.number(row["pareto_k_max"], 2),
            high=labels.number(row["pareto_k_high"]),
        )
        for _, row in table.iterrows()
    ]
    return labels.text(
        "comparison.pareto", limit=labels.number(PARETO_LIMIT, 1), values="; ".join(items)
    )
