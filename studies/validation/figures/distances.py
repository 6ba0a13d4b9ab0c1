"""Differences from independent sources in Monte Carlo errors."""

import pandas as pd
from matplotlib.figure import Figure

from enem.figures.palette import CONTRAST, GUIDE, PLAIN
from enem.figures.style import WIDE, styled

MARKERS = {"mean": "o", "sd": "D"}


@styled
def draw_distances(table: pd.DataFrame, bound: float) -> Figure:
    """Draw one panel a source, one row a parameter; a point beyond the dashed lines fails.

    Parameters
    ----------
    table
        ``source`` and the columns of `studies.validation.moments.distances`.
    bound
        Largest difference allowed.
    """
    sources = list(table["source"].unique())
    rows = [table.loc[table["source"] == s, "parameter"].nunique() for s in sources]
    figure = Figure(figsize=(WIDE.width, 0.8 + 0.45 * len(rows) + 0.17 * sum(rows)))
    figure.set_layout_engine("constrained")
    panels = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=rows).ravel()
    for axes, source in zip(panels, sources, strict=True):
        mine = table[table["source"] == source]
        names = list(mine["parameter"].unique())
        for moment, marker in MARKERS.items():
            part = mine[mine["moment"] == moment]
            values = part["difference_in_errors"].to_numpy()
            place = [names.index(name) for name in part["parameter"]]
            colors = [PLAIN if abs(value) < bound else CONTRAST for value in values]
            axes.scatter(values, place, c=colors, marker=marker, s=16, label=moment)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_title(source)
        axes.axvline(0, color=GUIDE, linewidth=0.8)
        for side in (-bound, bound):
            axes.axvline(side, color=GUIDE, linestyle="--", linewidth=0.8)
    panels[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    panels[-1].set_xlabel("difference in Monte Carlo errors of both")
    return figure
