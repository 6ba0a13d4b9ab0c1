"""Posterior sd, error and coverage against the number of participants."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from enem.figures.palette import CONTRAST, GUIDE, PALE, PLAIN
from enem.figures.style import SMALL, WIDE, styled

MARKERS = "osD^vPX*<>hdp8H"


@styled
def draw_shrinking(table: pd.DataFrame) -> Figure:
    """Draw posterior sd (line) and root mean squared error (markers), a panel a model."""
    models = list(table["model"].unique())
    figure = Figure(figsize=(WIDE.width, 0.4 + 3.1 * len(models)), layout="constrained")
    panels = figure.subplots(len(models), 1, sharex=True, squeeze=False).ravel()
    for axes, model in zip(panels, models, strict=True):
        mine = table[table["model"] == model]
        shades = np.linspace(0.0, 0.72, mine["parameter"].nunique())
        for index, (name, part) in enumerate(mine.groupby("parameter", sort=False)):
            color = str(shades[index])
            n, marker = part["participants"], MARKERS[index]
            axes.plot(n, part["posterior_sd"], color=color, linewidth=0.9)
            axes.scatter(n, part["rmse"], color=color, marker=marker, s=14, label=name)
        axes.set(xscale="log", yscale="log", ylabel="points", title=model)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=SMALL)
    panels[-1].set_xlabel("participants (lines: posterior sd; marks: error of the posterior mean)")
    return figure


@styled
def draw_coverage(
    table: pd.DataFrame, replications: int, bands: Mapping[float, tuple[int, int]]
) -> Figure:
    """Draw the share of intervals that cover, a panel a level, with the band allowed."""
    figure = Figure(figsize=(WIDE.width, 3.0), layout="constrained")
    panels = figure.subplots(1, len(bands), sharey=True, squeeze=False).ravel()
    sizes = sorted(table["participants"].unique())
    for axes, (level, (low, high)) in zip(panels, bands.items(), strict=True):
        share = table[f"covered_{level * 100:.0f}"] / replications
        axes.axhspan(low / replications, high / replications, color=PALE, linewidth=0)
        axes.axhline(level, color=GUIDE, linewidth=0.8)
        place = table["participants"].map(sizes.index)
        order = (
            table.groupby("participants").cumcount() / table.groupby("participants").size().max()
        )
        inside = share.between(low / replications, high / replications)
        colors = np.where(inside, PLAIN, CONTRAST)
        axes.scatter(place + 0.6 * (order - 0.5), share, c=colors, s=7)
        axes.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes], rotation=60)
        axes.set_title(f"{level:.0%} intervals")
        axes.set_xlabel("participants")
    panels[0].set_ylabel("share that covers the truth")
    return figure
