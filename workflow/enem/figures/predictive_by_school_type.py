"""Observed scores, and how schools differ, against data replicated from each model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.analysis import Analysis
from enem.figures.axes import padded
from enem.figures.frame import FramedFigure, framed_body, hidden_note, model_notes, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import INK, MARKS, MUTED
from enem.figures.style import styled

STATISTICS = ("mean", "sd", "sd_group_means")
"""A panel each, where it is defined; the last is replicated with schools drawn anew."""


@styled
def draw(
    checks: Mapping[str, pd.DataFrame], participants: Mapping[str, int], analysis: Analysis
) -> FramedFigure:
    """Draw a block of rows a school type, a row a model, a panel a statistic.

    Parameters
    ----------
    checks
        By model: ``group, statistic, observed, replicated_mean, replicated_low,
        replicated_high``, points; statistics that are not in `STATISTICS` are not drawn.
    participants
        By group, ``all`` included.
    analysis
        For the order of the groups and those that are hidden.
    """
    labels = analysis.labels
    table = pd.concat([t.assign(model=m) for m, t in checks.items()])
    present = set(table.loc[table["replicated_mean"].notna(), "group"])
    groups = [g for g in (*analysis.school_types, "all") if g in present]
    defined = set(table.loc[table["replicated_mean"].notna(), "statistic"])
    statistics = [s for s in STATISTICS if s in defined] or list(STATISTICS[:1])
    block = len(checks) + 1.3
    body = framed_body(
        labels.text("predictive.title"),
        subtitle(analysis),
        *([labels.text("predictive.note_schools")] if STATISTICS[-1] in statistics else []),
        *model_notes(analysis, *checks, scope="predictive"),
        *hidden_note(analysis),
        height=0.9 + 0.2 * block * len(groups),
    )
    panels = body.subplots(1, len(statistics), sharey=True, squeeze=False)[0]
    for axes, statistic in zip(panels, statistics, strict=True):
        own = table[(table["statistic"] == statistic) & table["group"].isin(groups)]
        values = own[["observed", "replicated_mean", "replicated_low", "replicated_high"]]
        axes.set_xlim(*padded(values.to_numpy().ravel()))
        for i, group in enumerate(groups):
            rows = own[own["group"] == group].set_index("model")
            _draw_block(axes, i * block, group, rows.reindex(list(checks)))
        axes.set_xlabel(labels.text(f"predictive.{statistic}"))
        axes.grid(visible=False, axis="y")
    _label_rows(panels[0], groups, list(checks), participants, block, labels)
    body.legend(*_key(labels), loc="outside upper left", ncols=2)
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
        axes.plot(
            [observed.iloc[0]] * 2,
            [top + 0.5, top + len(rows) + 0.5],
            color=INK,
            lw=1.3,
            zorder=5,
            label=f"_observed-{group}",
        )


def _label_rows(
    axes: Axes,
    groups: list[str],
    models: list[str],
    participants: Mapping[str, int],
    block: float,
    labels: Labels,
) -> None:
    ticks, names = [], []
    for i, group in enumerate(groups):
        ticks += [i * block + j for j in range(len(models) + 1)]
        heading = f"{labels.school_type(group)}  ({labels.count(participants.get(group, 0))})"
        names += [heading, *(labels.model(m) for m in models)]
    axes.set_yticks(ticks, names)
    axes.tick_params(axis="y", pad=6)
    axes.set_ylim(ticks[-1] + 0.8, -0.8)
    for i, label in enumerate(axes.get_yticklabels()):
        group, row = divmod(i, len(models) + 1)
        if row == 0:
            label.set(weight="bold", color=MARKS[groups[group]].dark)


def _key(labels: Labels) -> tuple[list[Line2D], list[str]]:
    observed = Line2D([], [], color=INK, lw=0, marker="|", ms=10, mew=1.4)
    replicated = Line2D([], [], color=MUTED, lw=2.4, marker="o", ms=4)
    return [observed, replicated], [
        labels.text("predictive.observed"),
        labels.text("predictive.replicated"),
    ]
