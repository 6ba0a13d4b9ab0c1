"""Estimates in two versions on the same row: what changes when something else is held equal."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from enem.figures.palette import CONTRAST, MUTED
from enem.figures.style import SMALL, sheet
from enem.figures.words import number

LOOKS = {"without": (-0.14, "o", MUTED), "with": (0.14, "s", CONTRAST)}
"""Offset within a row, marker and colour of the first and the second version."""
ABOVE_AND_BELOW = {
    "without": {"xytext": (0, 5), "ha": "center", "va": "bottom"},
    "with": {"xytext": (0, -6), "ha": "center", "va": "top"},
}
BESIDE = {
    "without": {"xytext": (7, 0), "ha": "left", "va": "center"},
    "with": {"xytext": (-7, 0), "ha": "right", "va": "center"},
}
"""Where each version's number is written: from its mark, or beside its interval."""


def draw_pairs(
    axes: Axes,
    versions: Mapping[str, pd.DataFrame],
    decimals: int,
    placement: Mapping[str, Mapping[str, Any]] = ABOVE_AND_BELOW,
) -> None:
    """Draw and write each version's means and intervals, one row of a table a row of the axes.

    Parameters
    ----------
    axes
        Whose rows count from 0 at the top.
    versions
        ``mean, interval_low, interval_high``, by the names in `LOOKS`; without ends, a point.
    decimals
        How precisely.
    placement
        `ABOVE_AND_BELOW`, or `BESIDE` where rows are close and the second version is the lower.
    """
    for version, table in versions.items():
        offset, marker, color = LOOKS[version]
        y = [row + offset for row in range(len(table))]
        if table["interval_low"].notna().any():
            axes.hlines(y, table["interval_low"], table["interval_high"], color=color, lw=1.6)
        face = color if version == "with" else "white"
        axes.plot(table["mean"], y, marker, color=color, mfc=face, ms=6)
        low = table["interval_low"].fillna(table["mean"])
        anchors = low if placement is BESIDE else table["mean"]
        for mean, x, height in zip(table["mean"], anchors, y, strict=True):
            axes.annotate(
                number(mean, decimals),
                (x, height),
                textcoords="offset points",
                size=SMALL,
                color=color,
                **placement[version],
            )


def name_versions(axes: Axes, names: Sequence[str]) -> None:
    """Say above the axes which mark is which version."""
    handles = [
        axes.plot([], [], marker, color=color, mfc=color if version == "with" else "white")[0]
        for version, (_, marker, color) in LOOKS.items()
    ]
    body, columns = axes.get_figure(root=False), sheet().columns
    body.legend(handles, names, loc="outside upper left", ncols=columns)
