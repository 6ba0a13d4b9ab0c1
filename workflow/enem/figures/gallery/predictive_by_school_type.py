"""Observed scores, and how schools differ, against data replicated from each model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.about import formulas, framed, hidden_note, scopes
from enem.figures.artefacts import Artefacts
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.vocabulary import model_name, school_type
from enem.figures.words import count, put, say

FIGURE = {"order": 170}

STATISTICS = {
    "mean": "Mean score\n(points)",
    "sd": "Sd of scores\n(points)",
    "sd_group_means": "Sd of schools’ means\n(points)",
}
"""A panel each, where it is defined; the last is replicated with schools drawn anew."""
OF_SCHOOLS = "sd_group_means"

CAPTION = (
    "Observed means and standard deviations of scores, and standard deviations of school means, "
    "against what each model generates, by school type."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the checks of every model, of school types that are shown.

    ``group, statistic, observed, replicated_mean, replicated_low, replicated_high, p_value,
    model``, points; statistics that are not in `STATISTICS` are not drawn.
    """
    checks = a.stacked("predictive.csv", list(a.specs))
    return checks[~checks["group"].isin(a.analysis.hidden)]


def draw(a: Artefacts, checks: pd.DataFrame) -> FramedFigure:
    """Draw a block of rows a school type, a row a model, a panel a statistic."""
    analysis, models = a.analysis, list(a.specs)
    defined = checks[checks["replicated_mean"].notna()]
    groups = [g for g in (*analysis.school_types, "all") if (defined["group"] == g).any()]
    statistics = [s for s in STATISTICS if (defined["statistic"] == s).any()] or ["mean"]
    block = len(models) + 1.3
    drawn_anew = "Schools’ means: replicated with schools drawn anew from the model’s levels."
    body = framed(
        analysis,
        say("Observed scores against replicated data"),
        *([say(drawn_anew)] if OF_SCHOOLS in statistics else []),
        *formulas(analysis, *models),
        whom=[*scopes(analysis, "predictive", *models), *hidden_note(analysis)],
        height=0.9 + 0.2 * block * len(groups),
    )
    panels = body.subplots(1, len(statistics), sharey=True, squeeze=False)[0]
    for axes, statistic in zip(panels, statistics, strict=True):
        own = checks[(checks["statistic"] == statistic) & checks["group"].isin(groups)]
        values = own[["observed", "replicated_mean", "replicated_low", "replicated_high"]]
        axes.set_xlim(*padded(values.to_numpy().ravel()))
        for i, group in enumerate(groups):
            rows = own[own["group"] == group].set_index("model")
            _draw_block(axes, i * block, group, rows.reindex(models))
        axes.set_xlabel(say(STATISTICS[statistic]))
        axes.grid(visible=False, axis="y")
    _label_rows(panels[0], groups, models, a.participants(), block)
    body.legend(*_key(), loc="outside upper left", ncols=2)
    return body.figure


def _draw_block(axes: Axes, top: float, group: str, rows: pd.DataFrame) -> None:
    mark = MARKS[group]
    for i, entry in enumerate(rows.itertuples(), start=1):
        y = top + i
        if np.isnan(entry.replicated_mean):
            continue
        ends = [entry.replicated_low, entry.replicated_high]
        axes.plot(ends, [y, y], color=mark.color, lw=2.4, solid_capstyle="butt", alpha=0.75)
        axes.plot(entry.replicated_mean, y, mark.marker, color=mark.dark, ms=4, zorder=4)
    observed = rows["observed"].dropna()
    if len(observed):
        ends = [top + 0.5, top + len(rows) + 0.5]
        line = {"color": INK, "lw": 1.3, "zorder": 5, "label": f"_observed-{group}"}
        axes.plot([observed.iloc[0]] * 2, ends, **line)


def _label_rows(
    axes: Axes,
    groups: list[str],
    models: list[str],
    participants: Mapping[str, int],
    block: float,
) -> None:
    ticks, names = [], []
    for i, group in enumerate(groups):
        ticks += [i * block + j for j in range(len(models) + 1)]
        counted = count(participants.get(group, 0))
        heading = put("{name}  ({count})", name=school_type(group), count=counted)
        names += [heading, *map(model_name, models)]
    axes.set_yticks(ticks, names)
    axes.tick_params(axis="y", pad=6)
    axes.set_ylim(ticks[-1] + 0.8, -0.8)
    for i, label in enumerate(axes.get_yticklabels()):
        group, row = divmod(i, len(models) + 1)
        if row == 0:
            label.set(weight="bold", color=MARKS[groups[group]].dark)


def _key() -> tuple[list[Line2D], list[str]]:
    observed = Line2D([], [], color=INK, lw=0, marker="|", ms=10, mew=1.4)
    replicated = Line2D([], [], color=MUTED, lw=2.4, marker="o", ms=4)
    return [observed, replicated], [say("observed"), say("replicated, mean and interval")]
