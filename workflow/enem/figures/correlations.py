"""How two scores go together, as observed and after income and school type."""

import numpy as np
import pandas as pd

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, subtitle
from enem.figures.pairs import BESIDE, draw_pairs, name_versions
from enem.figures.palette import PLAIN
from enem.figures.style import styled


@styled
def draw(table: pd.DataFrame, analysis: Analysis) -> FramedFigure:
    """Draw every pair of scores, the closest first.

    Parameters
    ----------
    table
        ``outcome, other_outcome, observed, mean, interval_low, interval_high``.
    analysis
        For words and the subtitle.
    """
    labels = analysis.labels
    shown = table.sort_values("mean", ascending=False).reset_index(drop=True)
    title, note = (labels.text(f"correlations.{key}") for key in ("title", "note"))
    body = framed_body(title, subtitle(analysis), note, height=0.7 + 0.36 * len(shown))
    axes = body.subplots()
    observed = shown.assign(mean=shown["observed"], interval_low=np.nan, interval_high=np.nan)
    draw_pairs(axes, {"without": observed, "with": shown}, labels, 2, BESIDE)
    pairs = zip(shown["outcome"], shown["other_outcome"], strict=True)
    names = [" × ".join(labels.text(f"area.{area}") for area in pair) for pair in pairs]
    axes.set_yticks(range(len(shown)), names)
    axes.set_ylim(len(shown) - 0.3, -0.6)
    axes.axvline(0, color=PLAIN, lw=0.9)
    axes.grid(visible=False, axis="y")
    # room for the numbers left of the intervals
    axes.set_xlim(min(0.0, shown["interval_low"].min() - 0.12), 1.0)
    axes.set_xlabel(labels.text("correlations.axis"))
    name_versions(axes, [labels.text(f"correlations.{key}") for key in ("observed", "left")])
    return body.figure
