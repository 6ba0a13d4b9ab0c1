"""Slope and gap of all states in one partially pooled model."""

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.labels import STATES
from enem.figures.palette import CONTRAST, PLAIN
from enem.figures.style import SMALL_SIZE, styled
from enem.wide.names import behind_state_effect

PANELS = ("income_doubling", "gap_at_equal_income")
"""Effects, a panel each."""


@styled
def draw(table: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw both effects of every state, states in the order of the first.

    Parameters
    ----------
    table
        ``effect, group, mean, interval_low, interval_high, n, n_private``.
    analysis
        States that are too small keep their row, without a mark.
    """
    labels = analysis.labels
    order = (
        table[table["effect"] == PANELS[0]].sort_values("mean", ascending=False)["group"].tolist()
    )
    title, note = (
        labels.text(f"states.{key}", smallest=analysis.smallest_group) for key in ("title", "note")
    )
    body = framed_body(
        title, subtitle(analysis), note, labels.text("association"), height=0.8 + 0.19 * len(order)
    )
    both = body.subplots(1, len(PANELS), sharey=True)
    for axes, effect in zip(both, PANELS, strict=True):
        mine = table[table["effect"] == effect].set_index("group").reindex(order)
        behind = behind_state_effect(effect, mine["n"], mine["n_private"])
        _panel(axes, mine[behind >= analysis.smallest_group], order, effect, analysis)
    both[0].set_yticks(range(len(order)), [STATES[code] for code in order])
    both[0].set_ylim(len(order) - 0.4, -0.6)
    return body.figure


def _panel(
    axes: Axes, shown: pd.DataFrame, order: list[str], effect: str, analysis: Analysis
) -> None:
    labels = analysis.labels
    y = [order.index(code) for code in shown.index]
    axes.hlines(y, shown["interval_low"], shown["interval_high"], color=CONTRAST, lw=1.6)
    axes.plot(shown["mean"], y, "o", color=CONTRAST, ms=4)
    for x, height in zip(shown["interval_high"], y, strict=True):
        axes.annotate(
            labels.number(shown["mean"].iloc[y.index(height)], 1),
            (x, height),
            (4, 0),
            textcoords="offset points",
            va="center",
            size=SMALL_SIZE,
            color=PLAIN,
        )
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.18)
    axes.set_xlabel(labels.text(f"states.{effect}"))
