"""Distribution functions of ranks less the diagonal, with simultaneous bands."""

from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from enem.figures.palette import CONTRAST, GUIDE, PALE, PLAIN
from enem.figures.style import WIDE, styled
from studies.validation.uniformity import band, ecdf, evaluation_points

COLUMNS = 4
LEVEL = 0.95
LONGEST = 22
"""Characters of a name that fit above a panel; longer ones are written smaller."""


@styled
def draw_ecdf_differences(values: pd.DataFrame, verdicts: pd.DataFrame) -> Figure:
    """Draw one panel a quantity.

    Parameters
    ----------
    values
        Transformed ranks, one column a quantity.
    verdicts
        ``p_value`` and ``passed``, indexed by quantity.
    """
    rows = ceil(values.shape[1] / COLUMNS)
    figure = Figure(figsize=(WIDE.width, 0.5 + 1.35 * rows), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, (name, column) in zip(panels, values.items(), strict=False):
        _panel(axes, column.to_numpy(), str(name), verdicts.loc[name])
    for axes in panels[values.shape[1] :]:
        axes.set_axis_off()
    figure.supxlabel("rank of the truth, as a share", fontsize="medium")
    figure.supylabel("distribution function less the diagonal", fontsize="medium")
    return figure


def _panel(axes: Axes, values: np.ndarray, name: str, verdict: pd.Series) -> None:
    points = evaluation_points(len(values))
    low, high = band(len(values), LEVEL)
    axes.fill_between(points, low - points, high - points, color=PALE, linewidth=0)
    axes.axhline(0, color=GUIDE, linewidth=0.7)
    passed = bool(verdict["passed"])
    axes.step(points, ecdf(values) - points, color=PLAIN if passed else CONTRAST, linewidth=1)
    mark = "" if passed else "  FAILS"
    size = "medium" if len(name) <= LONGEST else "x-small"
    axes.set_title(f"{name}\np = {verdict['p_value']:.2g}{mark}", fontweight="normal", size=size)
    axes.set_xticks([0, 0.5, 1])
