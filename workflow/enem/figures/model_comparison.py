"""Models by how well they predict a participant, and a school, left out."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import INK, PLAIN
from enem.figures.style import SMALL_SIZE, styled

PARETO_LIMIT = 0.7
"""Larger shapes make an importance-sampling estimate unreliable."""

LEFT_OUT = {"participant": "", "group": "_group"}
"""What is left out, and how the columns about it end."""


@styled
def draw(comparison: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw each model's differences from the best, with standard errors by groups.

    Parameters
    ----------
    comparison
        ``model, rank, pareto_k_max, pareto_k_high`` and, of participants left out and of groups
        (``_group``), ``elpd, se, elpd_diff, diff_se``, nats, differences from the best model by
        participants; a single model is drawn by its own `elpd` and `se`.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    table = comparison.sort_values("rank").reset_index(drop=True)
    body = framed_body(
        labels.text("comparison.title"),
        subtitle(analysis, intervals=False),
        labels.text("comparison.note"),
        _pareto_note(table, labels),
        *model_notes(analysis, *table["model"]),
        height=1.1 + 0.42 * len(table),
    )
    panels = body.subplots(1, len(LEFT_OUT), sharey=True)
    for axes, (left_out, suffix) in zip(panels, LEFT_OUT.items(), strict=True):
        _draw_panel(axes, table, suffix, labels)
        axes.set_title(labels.text(f"comparison.{left_out}"), size=SMALL_SIZE)
    panels[0].set_yticks(table.index, [labels.model(name) for name in table["model"]])
    panels[0].set_ylim(len(table) - 0.4, -0.6)
    return body.figure


def _draw_panel(axes: Axes, table: pd.DataFrame, suffix: str, labels: Labels) -> None:
    alone = len(table) == 1
    value, error = (table[f"{name}{suffix}"] for name in _columns(alone))
    error = error.fillna(0.0)
    axes.errorbar(value, table.index, xerr=error, fmt="o", color=PLAIN, ms=6, elinewidth=1.6)
    ends = [*(value - error), *(value + error)]
    axes.set_xlim(*padded(ends if alone else [*ends, 0.0], 0.12))
    if not alone:
        axes.axvline(0, color=INK, lw=0.9, zorder=1)
    for row in table.index:
        _write(axes, row, table.loc[row, f"elpd{suffix}"], value[row], error[row], labels)
    axes.locator_params(axis="x", nbins=5)
    decimals = 0 if np.ptp(axes.get_xlim()) > 10 else 1
    axes.xaxis.set_major_formatter(lambda v, _: labels.number(v, decimals))
    axes.set_xlabel(labels.text("comparison.single" if alone else "comparison.difference"))
    axes.grid(visible=False, axis="y")


def _columns(alone: bool) -> tuple[str, str]:
    return ("elpd", "se") if alone else ("elpd_diff", "diff_se")


def _write(axes: Axes, row: int, elpd: float, value: float, error: float, labels: Labels) -> None:
    """Write the number above its mark; of the model that others are compared with, its own."""
    numbers = {"difference": labels.number(value, 1), "se": labels.number(error, 1)}
    key, numbers = (
        ("comparison.best", {"elpd": labels.number(elpd)})
        if value in (0.0, elpd)
        else ("comparison.row", numbers)
    )
    left, right = axes.get_xlim()
    side = "left" if value < (left + right) / 2 else "right"
    place = {"textcoords": "offset points", "size": SMALL_SIZE, "va": "bottom", "ha": side}
    place["bbox"] = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 0.5}
    axes.annotate(labels.text(key, **numbers), (value, row), (0, 4), color=INK, **place)


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
