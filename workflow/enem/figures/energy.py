"""Energy of the sampler: whether it moves freely between levels of the density."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, model_notes, subtitle, wrap
from enem.figures.intervals import density
from enem.figures.labels import Labels
from enem.figures.palette import CONTRAST, PLAIN
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, WIDTH, styled

COLUMNS = 5
TITLE_FONT = FontProperties(size=SMALL_SIZE, weight="bold")


@styled
def draw(statistics: Mapping[str, xr.Dataset], analysis: Analysis) -> FramedFigure:
    """Draw marginal energy and its change between draws, one panel a model.

    Parameters
    ----------
    statistics
        By model: sampler statistics with ``energy`` (chain, draw), nats.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    columns = min(COLUMNS, len(statistics))
    rows = -(-len(statistics) // columns)
    body = framed_body(
        labels.text("energy.title"),
        subtitle(analysis, intervals=False),
        labels.text("energy.note"),
        *model_notes(analysis, *statistics),
        height=0.4 + 2.4 * rows,
    )
    panels = body.subplots(rows, columns, squeeze=False)
    for axes in panels.ravel()[len(statistics) :]:
        axes.remove()
    for axes, (model, table) in zip(panels.ravel(), statistics.items(), strict=False):
        energy = table["energy"].transpose("chain", "draw").to_numpy()
        _draw_panel(axes, energy, labels)
        axes.set_ylim(bottom=0)
        axes.grid(visible=False)
        axes.locator_params(nbins=4)
        name = "\n".join(wrap(labels.model(model), TITLE_FONT, WIDTH / columns - 0.5))
        bfmi = labels.number(lowest_bfmi(energy), 2)
        title = labels.text("energy.bfmi", model=name, bfmi=bfmi)
        axes.set_title(title, fontproperties=TITLE_FONT)
    for first in panels[:, 0]:
        first.set_ylabel(labels.text("energy.y"))
    body.supxlabel(labels.text("energy.x"), fontsize=TEXT_SIZE)
    body.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return body.figure


def lowest_bfmi(energy: np.ndarray) -> float:
    """Smallest E-BFMI over chains, energy of shape (chain, draw).

    Notes
    -----
    Betancourt, "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte Carlo"
    (2016), arXiv:1604.00695.
    """
    changes = (np.diff(energy, axis=1) ** 2).mean(axis=1)
    return float((changes / energy.var(axis=1)).min())


def _draw_panel(axes: Axes, energy: np.ndarray, labels: Labels) -> None:
    centred = (energy - energy.mean()).ravel()
    grid, height = density(centred)
    axes.fill_between(
        grid, 0, height, color=PLAIN, alpha=0.35, lw=0, label=labels.text("energy.marginal")
    )
    grid, height = density(np.diff(energy, axis=1).ravel())
    axes.plot(grid, height, color=CONTRAST, lw=1.5, ls="--", label=labels.text("energy.transition"))
