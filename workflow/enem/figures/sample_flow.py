"""Rows left and excluded at each step from the published file to the analysed sample."""

import pandas as pd
from matplotlib.font_manager import FontProperties

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, subtitle, wrap
from enem.figures.labels import LABELS, Labels
from enem.figures.palette import MUTED, PLAIN
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, styled

LABEL_WIDTH = 2.6
ROW_HEIGHT = 0.4


@styled
def draw(flow: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw horizontal bars of the rows left, each with what its step excluded.

    Parameters
    ----------
    flow
        ``step, rows, excluded``, in order; the first step is the whole file.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    body = framed_body(
        labels.text("flow.title"),
        subtitle(analysis, intervals=False),
        labels.text("flow.note"),
        height=0.7 + ROW_HEIGHT * len(flow),
    )
    axes = body.subplots()
    position = range(len(flow))
    axes.barh(position, flow["rows"], height=0.62, color=PLAIN)
    excluded = axes.barh(position, flow["excluded"], left=flow["rows"], height=0.62)
    for bar in excluded:
        bar.set(facecolor="white", edgecolor=MUTED, hatch="////", linewidth=0.6)
    font = FontProperties(size=SMALL_SIZE)
    names = [
        "\n".join(wrap(labels.step(str(step), analysis.state), font, LABEL_WIDTH))
        for step in flow["step"]
    ]
    axes.set_yticks(position, names)
    axes.invert_yaxis()
    counts = list(zip(flow["rows"], flow["excluded"], strict=True))
    for y, (rows, out) in enumerate(counts):
        words, place = _counts(labels, y, rows, out), (rows + out, y)
        axes.annotate(words, place, (4, 0), textcoords="offset points", va="center")
    whole = float(flow["rows"].iloc[0])
    # of all languages, so that bars are as long in each
    longest = max(
        len(_counts(spoken, y, *row)) for spoken in LABELS.values() for y, row in enumerate(counts)
    )
    axes.set_xlim(0, whole * (1 + 0.0225 * longest * TEXT_SIZE / 8))
    axes.set_xticks([t for t in axes.get_xticks() if t <= whole])
    axes.xaxis.set_major_formatter(lambda value, _: labels.number(value))
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(labels.text("flow.axis"))
    return body.figure


def _counts(labels: Labels, index: int, rows: int, excluded: int) -> str:
    key = "flow.first" if index == 0 else "flow.excluded" if excluded else "flow.none"
    return labels.text(key, rows=labels.number(rows), excluded=labels.number(excluded))
