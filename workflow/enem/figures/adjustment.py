"""The gap and the slopes without and with covariates."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.names import by_school_type
from enem.figures.pairs import LOOKS, draw_pairs, name_versions
from enem.figures.palette import PLAIN
from enem.figures.style import styled

EFFECTS = GAP, SLOPE = ("gap_at_equal_income", "income_doubling")
"""What is compared, a panel each."""


@styled
def draw(table: pd.DataFrame, counts: pd.Series, analysis: Analysis) -> FramedFigure:
    """Draw means and intervals of the widest model with school types, or else of the last one.

    Parameters
    ----------
    table
        ``model, covariates, effect, group, mean, interval_low, interval_high``.
    counts
        Participants by school type.
    analysis
        Groups that are too small are left out, and the gap where a side is.
    """
    labels, models = analysis.labels, list(table["model"].unique())
    shown = table[table["model"] == (by_school_type(models) or models)[-1]]
    small = counts.index[counts < analysis.smallest_group]
    shown = shown[~shown["group"].isin(small)]
    if not analysis.comparable(counts.to_dict()):
        shown = shown[shown["effect"] != GAP]
    rows = {effect: list(shown[shown["effect"] == effect]["group"].unique()) for effect in EFFECTS}
    rows = {effect: groups for effect, groups in rows.items() if groups}
    body = framed_body(
        labels.text("adjustment.title"),
        subtitle(analysis),
        labels.text("adjustment.note"),
        height=0.9 + 0.7 * sum(map(len, rows.values())),
    )
    heights = [len(groups) for groups in rows.values()]
    axes = body.subplots(len(rows), 1, squeeze=False, height_ratios=heights)[:, 0]
    for place, (effect, groups) in zip(axes, rows.items(), strict=True):
        _panel(place, shown[shown["effect"] == effect], groups, effect, analysis)
    name_versions(axes[0], [labels.text(f"adjustment.{version}") for version in LOOKS])
    return body.figure


def _panel(
    axes: Axes, table: pd.DataFrame, groups: list[str], effect: str, analysis: Analysis
) -> None:
    labels = analysis.labels
    versions = {
        version: table[table["covariates"] == version].set_index("group").reindex(groups)
        for version in LOOKS
    }
    draw_pairs(axes, versions, labels, 1)
    names = [labels.text("adjustment.gap")] if effect == GAP else map(labels.school_type, groups)
    axes.set_yticks(range(len(groups)), list(names))
    axes.set_ylim(len(groups) - 0.3, -0.6)
    axes.axvline(0, color=PLAIN, lw=0.9)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.08)
    unit = "adjustment.gap_axis" if effect == GAP else "adjustment.slope_axis"
    axes.set_xlabel(labels.text(unit))
