"""Rows left and excluded at each step from the published file to the analysed sample."""

import pandas as pd

from enem.figures.about import framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure, small_font, wrap
from enem.figures.palette import MUTED, PLAIN
from enem.figures.style import sheet
from enem.figures.vocabulary import step_name
from enem.figures.words import number, say

FIGURE = {"order": 10}

LABEL_WIDTH = 2.6
ROW_HEIGHT = 0.4

CAPTION = (
    "From registration to the sample: how many rows are left and how many leave at each step of "
    "the selection."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Take the steps of this outcome's sample."""
    return a.sample_flow()


def draw(a: Artefacts, flow: pd.DataFrame) -> FramedFigure:
    """Draw horizontal bars of the rows left, each with what its step excluded.

    The table has ``step, rows, excluded``, in order; the first step is the whole file.
    """
    body = framed(
        a.analysis,
        say("Participants left and excluded at each step of the selection"),
        say("Solid: left after the step. Hatched: excluded by it."),
        height=0.7 + ROW_HEIGHT * len(flow),
        intervals=False,
    )
    axes = body.subplots()
    position = range(len(flow))
    axes.barh(position, flow["rows"], height=0.62, color=PLAIN)
    excluded = axes.barh(position, flow["excluded"], left=flow["rows"], height=0.62)
    for bar in excluded:
        bar.set(facecolor="white", edgecolor=MUTED, hatch="////", linewidth=0.6)
    steps = [step_name(str(step), a.analysis.state) for step in flow["step"]]
    names = [wrap(step, small_font(), LABEL_WIDTH) for step in steps]
    axes.set_yticks(position, names)
    axes.invert_yaxis()
    counts = list(zip(flow["rows"], flow["excluded"], strict=True))
    texts = [_counts(y, rows, out) for y, (rows, out) in enumerate(counts)]
    for y, (rows, out) in enumerate(counts):
        place = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(texts[y], (rows + out, y), size=sheet().text, **place)
    whole = float(flow["rows"].iloc[0])
    axes.set_xlim(0, whole * (1 + 0.0225 * max(map(len, texts)) * sheet().text / 8))
    axes.set_xticks([t for t in axes.get_xticks() if t <= whole])
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(say("Participants (rows of the published file)"))
    return body.figure


def _counts(index: int, rows: int, excluded: int) -> str:
    if index == 0:
        return say("{rows} in the file", rows=number(rows))
    if not excluded:
        return say("{rows} left, none excluded", rows=number(rows))
    sentence = "{rows} left, {excluded} excluded"
    return say(sentence, rows=number(rows), excluded=number(excluded))
