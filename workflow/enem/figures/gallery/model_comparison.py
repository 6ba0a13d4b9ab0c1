"""Models by how well they predict a participant, and a school, left out."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from enem.figures.about import formulas, framed
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure
from enem.figures.palette import INK, PLAIN
from enem.figures.style import SMALL
from enem.figures.vocabulary import model_name
from enem.figures.words import joined, number, say

FIGURE = {"order": 180}

PARETO_LIMIT = 0.7
"""Larger shapes make an importance-sampling estimate unreliable."""

LEFT_OUT = {"": "A participant left out", "_group": "A school left out"}
"""What is left out, by how the columns about it end."""

CAPTION = (
    "Models by expected log predictive density, with standard errors; further to the right is "
    "better."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the comparison of all models."""
    return a.table("comparison.csv")


def draw(a: Artefacts, comparison: pd.DataFrame) -> FramedFigure:
    """Draw each model's differences from the best, with standard errors by groups.

    The table has ``model, rank, pareto_k_max, pareto_k_high`` and, of participants left out and
    of groups (``_group``), ``elpd, se, elpd_diff, diff_se``, nats, differences from the best
    model by participants; a single model is drawn by its own `elpd` and `se`.
    """
    ranked = comparison.sort_values("rank").reset_index(drop=True)
    body = framed(
        a.analysis,
        say("Models by expected log predictive density"),
        say(
            "Estimated by importance sampling (PSIS). Standard errors take schools, not "
            "participants, as drawn independently."
        ),
        _pareto_note(ranked),
        *formulas(a.analysis, *ranked["model"]),
        height=1.1 + 0.42 * len(ranked),
        intervals=False,
    )
    panels = body.subplots(1, len(LEFT_OUT), sharey=True)
    for axes, (suffix, title) in zip(panels, LEFT_OUT.items(), strict=True):
        _draw_panel(axes, ranked, suffix)
        axes.set_title(say(title), size=SMALL)
    panels[0].set_yticks(ranked.index, [model_name(name) for name in ranked["model"]])
    panels[0].set_ylim(len(ranked) - 0.4, -0.6)
    return body.figure


def _draw_panel(axes: Axes, ranked: pd.DataFrame, suffix: str) -> None:
    alone = len(ranked) == 1
    columns = ("elpd", "se") if alone else ("elpd_diff", "diff_se")
    value, error = (ranked[f"{name}{suffix}"] for name in columns)
    error = error.fillna(0.0)
    axes.errorbar(value, ranked.index, xerr=error, fmt="o", color=PLAIN, ms=6, elinewidth=1.6)
    ends = [*(value - error), *(value + error)]
    axes.set_xlim(*padded(ends if alone else [*ends, 0.0], 0.12))
    if not alone:
        axes.axvline(0, color=INK, lw=0.9, zorder=1)
    for row in ranked.index:
        _write(axes, row, ranked.loc[row, f"elpd{suffix}"], value[row], error[row])
    axes.locator_params(axis="x", nbins=5)
    decimals = 0 if np.ptp(axes.get_xlim()) > 10 else 1
    axes.xaxis.set_major_formatter(lambda v, _: number(v, decimals))
    difference = "Difference from the first model\n(nats; bar: ± one standard error)"
    own = "Expected log predictive density\n(nats; bar: ± one standard error)"
    axes.set_xlabel(say(own if alone else difference))
    axes.grid(visible=False, axis="y")


def _write(axes: Axes, row: int, elpd: float, value: float, error: float) -> None:
    """Write the number above its mark; of the model that others are compared with, its own."""
    if value in (0.0, elpd):
        words = say("elpd {elpd}", elpd=number(elpd))
    else:
        words = say("{difference} ± {se}", difference=number(value, 1), se=number(error, 1))
    left, right = axes.get_xlim()
    # away from the line at 0, which would strike words through
    side, shift = ("left", 5) if value < (left + right) / 2 else ("right", -5)
    place = {"textcoords": "offset points", "size": SMALL, "va": "bottom", "ha": side}
    axes.annotate(words, (value, row), (shift, 4), color=INK, **place)


def _pareto_note(ranked: pd.DataFrame) -> str:
    items = [
        say(
            "{model} {k} ({high} above)",
            model=model_name(row["model"]),
            k=number(row["pareto_k_max"], 2),
            high=number(row["pareto_k_high"]),
        )
        for _, row in ranked.iterrows()
    ]
    sentence = "Largest Pareto k (unreliable above {limit}): {values}."
    return say(sentence, limit=number(PARETO_LIMIT, 1), values=joined("; ", items))
