"""Slope and gap under every assumption that was tried, beside the main analysis."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.axes import draw_interval, padded
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.labels import Labels
from enem.figures.palette import CONTRAST, INK, MUTED, PALE, PLAIN
from enem.figures.style import SMALL_SIZE, styled

SLOPE, GAP, MAIN = "slope", "gap_at_equal_income", "main"


@styled
def draw(table: pd.DataFrame, comparable: bool, analysis: Analysis) -> FramedFigure:
    """Draw a row for each alternative, slopes on the left and gaps on the right.

    Parameters
    ----------
    table
        ``assumption, alternative, parameter, mean, interval_low, interval_high, note``; the main
        analysis first.
    comparable
        Whether both sides of the gap have enough participants to be shown.
    analysis
        What the figure says about it.
    """
    labels = analysis.labels
    keys = ["assumption", "alternative"]
    rows = table[[*keys, "note"]].drop_duplicates(keys).reset_index(drop=True)
    with_gap = comparable and (table["parameter"] == GAP).any()
    parameters = [SLOPE, GAP] if with_gap else [SLOPE]
    body = framed_body(
        labels.text("sens.title"),
        subtitle(analysis),
        labels.text("sens.note"),
        *([labels.text("sens.note_gap")] if with_gap else []),
        height=0.7 + 0.27 * len(rows),
    )
    panels = body.subplots(1, len(parameters), sharey=True, squeeze=False)[0]
    for axes, parameter in zip(panels, parameters, strict=True):
        values = rows.merge(table[table["parameter"] == parameter], how="left", on=keys)
        _panel(axes, values.assign(note=rows["note"]), labels)
        axes.set_xlabel(labels.text(f"sens.axis.{parameter}"))
    names = [alternative_name(a, b, labels) for a, b in zip(*(rows[k] for k in keys), strict=True)]
    panels[0].set_yticks(range(len(rows)), names)
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    return body.figure


def _panel(axes: Axes, values: pd.DataFrame, labels: Labels) -> None:
    main = values.iloc[0]
    limits = padded([*values["interval_low"], *values["interval_high"]], 0.08)
    axes.set_xlim(*limits)
    axes.axvspan(main["interval_low"], main["interval_high"], color=PALE, lw=0, zorder=0)
    axes.axvline(main["mean"], color=INK, lw=0.9, zorder=1)
    for y, row in values.iterrows():
        if pd.isna(row["mean"]):
            words = labels.text(f"sens.note.{row['note']}") if isinstance(row["note"], str) else "–"
            place = {"ha": "center", "va": "center", "size": SMALL_SIZE, "color": MUTED}
            axes.text(main["mean"], y, words, bbox={"fc": "white", "ec": "none", "pad": 1}, **place)
            continue
        color, marker = (INK, "D") if row["assumption"] == MAIN else (PLAIN, "o")
        # an alternative that concerns nobody here is hollow: it is the main analysis again
        same = isinstance(row["note"], str)
        color = CONTRAST if same else color
        draw_interval(axes, row["interval_low"], row["interval_high"], y, color, lw=1.6, zorder=2)
        face = "white" if same else color
        axes.plot(row["mean"], y, marker, color=color, mfc=face, ms=5, zorder=3)
    axes.grid(visible=False, axis="y")


def alternative_name(assumption: str, alternative: str, labels: Labels) -> str:
    """Name an alternative; those of incomes are numbers."""
    if assumption == MAIN:
        return labels.text("sens.main")
    if assumption.startswith("income."):
        return labels.text(f"sens.{assumption}", value=labels.short(float(alternative)))
    return labels.text(f"sens.{assumption}.{alternative}")
