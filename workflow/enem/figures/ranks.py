"""Ranks of each chain's draws: chains that agree cover all ranks alike."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.analysis import Analysis
from enem.figures.frame import FramedFigure, framed_body, hidden_note, model_notes, subtitle
from enem.figures.palette import CONTRAST, GUIDE, INK
from enem.figures.panels import drawn_parameters, panel_rows, place_panels, wrapped_title
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, styled
from enem.mixed.parameters import parameter_draws

BINS = 10
ENDS = (0.0, 0.5, 1.0)
CHAINS = (
    (INK, "-"),
    (CONTRAST, (0, (5, 1.5))),
    ("#3C9BCB", (0, (1.2, 1.2))),
    ("#A3763B", (0, (6, 1.5, 1.2, 1.5))),
)
"""Colour and line of each chain, from the start again after the fourth."""


@styled
def draw(posterior: xr.Dataset, model: str, analysis: Analysis) -> FramedFigure:
    """Draw rank histograms of the hyperparameters, one line a chain.

    Parameters
    ----------
    posterior
        Draws of the model.
    model
        For the title.
    analysis
        For the subtitle.
    """
    labels = analysis.labels
    draws = parameter_draws(drawn_parameters(posterior, lines=False))
    rows = panel_rows([str(p) for p in draws["parameter"].to_numpy()], analysis.school_types)
    firsts = {next(name for name in row if name) for row in rows}
    body = framed_body(
        labels.text("ranks.title", model=labels.model(model)),
        subtitle(analysis, intervals=False),
        labels.text("ranks.note"),
        *model_notes(analysis, model),
        *hidden_note(analysis),
        height=0.7 + 1.4 * len(rows),
    )
    for name, axes in place_panels(body, rows, shared=True):
        _draw_panel(axes, draws.sel(parameter=name).to_numpy(), labels.short)
        title = wrapped_title(labels.parameter(name, "\n"), max(map(len, rows)))
        axes.set_title(title, size=SMALL_SIZE)
        axes.tick_params(labelbottom=True, labelleft=name in firsts)
    chains = draws.sizes["chain"]
    body.legend(
        [Line2D([], [], **_look(i)) for i in range(chains)],
        [labels.text("ranks.chain", chain=i + 1) for i in range(chains)],
        loc="outside upper left",
        ncols=chains,
    )
    body.supxlabel(labels.text("ranks.x"), fontsize=TEXT_SIZE)
    body.supylabel(labels.text("ranks.y"), fontsize=TEXT_SIZE)
    return body.figure


def rank_counts(draws: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Count each chain's draws by their rank among all, over the expected count.

    Parameters
    ----------
    draws
        Shape (chain, draw).
    bins
        Number of equal bins of the ranks.

    Returns
    -------
    ndarray
        Shape (chain, bins), mean 1 in each row.

    Notes
    -----
    Vehtari et al., "Rank-normalization, folding, and localization: an improved R-hat", Bayesian
    Analysis 16 (2021).
    """
    order = draws.ravel().argsort(kind="stable").argsort().reshape(draws.shape)
    bin_of = order * bins // draws.size
    counts = np.stack([np.bincount(chain, minlength=bins) for chain in bin_of])
    return counts * bins / draws.shape[1]


def _draw_panel(axes: Axes, draws: np.ndarray, written: Callable[[float], str]) -> None:
    expected = draws.shape[1] / BINS
    reach = 1.96 * sqrt((1 - 1 / BINS) / expected)
    axes.axhspan(1 - reach, 1 + reach, color=GUIDE, alpha=0.35, lw=0)
    edges = np.linspace(0, 1, BINS + 1)
    for i, heights in enumerate(rank_counts(draws)):
        axes.stairs(heights, edges, baseline=None, lw=1.2, **_look(i))
    axes.set_xlim(0, 1)
    axes.set_xticks(ENDS, [written(share) for share in ENDS])
    axes.grid(visible=False)


def _look(chain: int) -> dict[str, object]:
    color, line = CHAINS[chain % len(CHAINS)]
    return {"color": color, "ls": line}
