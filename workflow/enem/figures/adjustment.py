"""The gap and the slopes without and with covariates."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from enem.figures.analysis import Analysis
from enem.figures.axes import write_ticks
from enem.figures.frame import framed_body, subtitle
from enem.figures.names import by_school_type
from enem.figures.style import CONTRAST, MUTED, PLAIN, SMALL_SIZE, save, styled

LOOKS = {"without": (-0.14, "o", MUTED), "with": (0.14, "s", CONTRAST)}
"""Offset within a row, marker and colour of the estimates without and with covariates."""

EFFECTS = GAP, SLOPE = ("gap_at_equal_income", "income_doubling")
"""What is compared, a panel each."""


def draw_adjustment(
    table: pd.DataFrame, cells: pd.DataFrame, analysis: Analysis, folder: Path
) -> list[Path]:
    """Draw the figure in the analysis' language and write it as SVG and PNG.

    Parameters
    ----------
    table
        ``adjustment.csv``.
    cells
        The outcome's cells, for participants.
    analysis
        What the figure says about it; school types and participants are taken from the cells.
    folder
        Where to write.
    """
    counts = cells.groupby("school_type", sort=False)["n"].sum()
    counted = replace(analysis, school_types=tuple(counts.index), participants=int(counts.sum()))
    figure = draw(table, counts, counted)
    write_ticks(figure, analysis.labels)
    return save(figure, folder, f"adjustment.{analysis.language}")


@styled
def draw(table: pd.DataFrame, counts: pd.Series, analysis: Analysis) -> Figure:
    """Draw means and intervals of the widest model with school types, or else of the last one.

    Parameters
    ----------
    table
        ``model, covariates, effect, group, mean, interval_low, interval_high``.
    counts
        Participants by school type.
    analysis
        Groups that are too small are left out.
    """
    labels, models = analysis.labels, list(table["model"].unique())
    shown = table[table["model"] == (by_school_type(models) or models)[-1]]
    small = counts.index[counts < analysis.smallest_group]
    shown = shown[~shown["group"].isin(small)]
    rows = {effect: list(shown[shown["effect"] == effect]["group"].unique()) for effect in EFFECTS}
    rows = {effect: groups for effect, groups in rows.items() if groups}
    body = framed_body(
        labels.text("adjustment.title"),
        subtitle(analysis),
        labels.text("adjustment.note"),
        height=0.9 + 0.55 * sum(map(len, rows.values())),
    )
    heights = [len(groups) for groups in rows.values()]
    axes = body.subplots(len(rows), 1, squeeze=False, height_ratios=heights)[:, 0]
    for place, (effect, groups) in zip(axes, rows.items(), strict=True):
        _panel(place, shown[shown["effect"] == effect], groups, effect, analysis)
    _name_versions(axes[0], analysis)
    return body.figure


def _panel(
    axes: Axes, table: pd.DataFrame, groups: list[str], effect: str, analysis: Analysis
) -> None:
    labels = analysis.labels
    for version, (offset, marker, color) in LOOKS.items():
        mine = table[table["covariates"] == version].set_index("group").reindex(groups)
        y = [row + offset for row in range(len(groups))]
        axes.hlines(y, mine["interval_low"], mine["interval_high"], color=color, lw=1.6)
        face = color if version == "with" else "white"
        axes.plot(mine["mean"], y, marker, color=color, mfc=face, ms=6)
        for x, height in zip(mine["mean"], y, strict=True):
            axes.annotate(
                labels.number(x, 1),
                (x, height),
                (0, -6 if offset > 0 else 5),
                textcoords="offset points",
                ha="center",
                va="top" if offset > 0 else "bottom",
                size=SMALL_SIZE,
                color=color,
            )
    names = [labels.text("adjustment.gap")] if effect == GAP else map(labels.school_type, groups)
    axes.set_yticks(range(len(groups)), list(names))
    axes.set_ylim(len(groups) - 0.3, -0.6)
    axes.axvline(0, color=PLAIN, lw=0.9)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.08)
    unit = "adjustment.gap_axis" if effect == GAP else "adjustment.slope_axis"
    axes.set_xlabel(labels.text(unit))


def _name_versions(axes: Axes, analysis: Analysis) -> None:
    handles = [
        axes.plot([], [], marker, color=color, mfc=color if version == "with" else "white")[0]
        for version, (_, marker, color) in LOOKS.items()
    ]
    names = [analysis.labels.text(f"adjustment.{version}") for version in LOOKS]
    axes.legend(handles, names, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderpad=0)
