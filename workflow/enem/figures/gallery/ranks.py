"""Ranks of each chain's draws: chains that agree cover all ranks alike.

`arviz_plots.plot_rank` is not used: the six parameters of one model take it 0.8 s of processor
time, where the 39 panels of five models take 0.6 s here.  Like `plot_energy` (which costs little)
and `plot_compare` it makes a figure of its own, where here panels stand in a frame with title and
notes, and its words would have to be replaced by those of two languages.
"""

from math import sqrt

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from enem.figures.about import formulas, framed, hidden_note
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure
from enem.figures.palette import CONTRAST, FOURTH, GUIDE, INK, THIRD
from enem.figures.panels import drawn_parameters, panel_rows, place_panels, wrapped_title
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import model_name, parameter_name
from enem.figures.words import say, short
from enem.mixed.parameters import parameter_draws

FIGURE = {"order": 310, "per_model": True}

BINS = 10
ENDS = (0.0, 0.5, 1.0)
CHAINS = (
    (INK, "-"),
    (CONTRAST, (0, (5, 1.5))),
    (THIRD, (0, (1.2, 1.2))),
    (FOURTH, (0, (6, 1.5, 1.2, 1.5))),
)
"""Colour and line of each chain, from the start again after the fourth."""

CAPTION = (
    "Ranks of each chain’s draws in the model “{model}”: chains that explore the same "
    "distribution have flat histograms."
)


def table(a: Artefacts, model: str) -> pd.DataFrame:
    """Count draws of each chain by rank, over the number expected."""
    draws = parameter_draws(drawn_parameters(a.draws(model), lines=False))
    edges, tables = np.linspace(0, 1, BINS + 1), []
    for parameter in draws["parameter"].to_numpy():
        heights = rank_counts(draws.sel(parameter=parameter).to_numpy())
        chain, place = np.indices(heights.shape)
        columns = {"chain": chain.ravel(), "rank_low": edges[place.ravel()]}
        columns |= {"rank_high": edges[place.ravel() + 1], "count_to_expected": heights.ravel()}
        tables.append(pd.DataFrame({"parameter": str(parameter), **columns}))
    counted = pd.concat(tables, ignore_index=True)
    return counted[a.shown_parameters(counted)]


def draw(a: Artefacts, ranks: pd.DataFrame, model: str) -> FramedFigure:
    """Draw rank histograms of the hyperparameters, one line a chain."""
    analysis = a.analysis
    rows = panel_rows(list(ranks["parameter"].unique()), analysis.school_types)
    firsts = {next(name for name in row if name) for row in rows}
    body = framed(
        analysis,
        say("Ranks of each chain’s draws, model “{model}”", model=model_name(model)),
        say(
            "Chains that explore the same distribution stay near 1. Band: where 95% of bins would "
            "lie if draws were independent."
        ),
        *formulas(analysis, model),
        whom=hidden_note(analysis),
        height=0.7 + 1.4 * len(rows),
        intervals=False,
    )
    sizes = a.draws(model).sizes
    for name, axes in place_panels(body, rows, shared=True):
        heights = ranks.loc[ranks["parameter"] == name, "count_to_expected"].to_numpy()
        _draw_panel(axes, heights.reshape(-1, BINS), sizes["draw"])
        title = wrapped_title(parameter_name(name, "\n"), max(map(len, rows)))
        axes.set_title(title, size=SMALL)
        axes.tick_params(labelbottom=True, labelleft=name in firsts)
    chains = sizes["chain"]
    body.legend(
        [Line2D([], [], **_look(i)) for i in range(chains)],
        [say("chain {chain}", chain=i + 1) for i in range(chains)],
        loc="outside upper left",
        ncols=chains,
    )
    body.supxlabel(say("Rank among the draws of all chains (share)"), fontsize=sheet().text)
    body.supylabel(say("Draws in bin ÷ expected"), fontsize=sheet().text)
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


def _draw_panel(axes: Axes, counts: np.ndarray, draws: int) -> None:
    reach = 1.96 * sqrt((1 - 1 / BINS) / (draws / BINS))
    axes.axhspan(1 - reach, 1 + reach, color=GUIDE, alpha=0.35, lw=0)
    edges = np.linspace(0, 1, BINS + 1)
    for i, heights in enumerate(counts):
        axes.stairs(heights, edges, baseline=None, lw=1.2, **_look(i))
    axes.set_xlim(0, 1)
    axes.set_xticks(ENDS, [short(share) for share in ENDS])
    axes.grid(visible=False)


def _look(chain: int) -> dict[str, object]:
    color, line = CHAINS[chain % len(CHAINS)]
    return {"color": color, "ls": line}
