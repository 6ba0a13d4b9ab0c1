"""Energy of the sampler: whether it moves freely between levels of the density."""

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes

from enem.figures.about import formulas, framed
from enem.figures.artefacts import Artefacts
from enem.figures.frame import FramedFigure, small_font, wrap
from enem.figures.palette import CONTRAST, PLAIN
from enem.figures.style import SMALL, sheet
from enem.figures.vocabulary import model_name
from enem.figures.words import joined, number, put, say

FIGURE = {"order": 160}

COLUMNS = 5
POINTS = 150

CAPTION = (
    "Energy of the sampler in each model: the marginal distribution and that of the transitions."
)


def table(a: Artefacts) -> pd.DataFrame:
    """Energy of every transition, less its chain's mean, and its change from the one before."""
    tables = []
    for model in a.specs:
        energy = energies(a, model)
        chain, draw = np.indices(energy.shape)
        values = {
            "chain": chain.ravel(),
            "draw": draw.ravel(),
            "energy": (energy - energy.mean(axis=1, keepdims=True)).ravel(),
            "change": np.diff(energy, axis=1, prepend=np.nan).ravel(),
        }
        tables.append(pd.DataFrame(values).assign(model=model))
    return pd.concat(tables, ignore_index=True)[["model", "chain", "draw", "energy", "change"]]


def energies(a: Artefacts, model: str) -> np.ndarray:
    """Energy of every draw, nats, (chain, draw)."""
    return a.statistics(model)["energy"].transpose("chain", "draw").to_numpy()


def draw(a: Artefacts, _: pd.DataFrame) -> FramedFigure:
    """Draw marginal energy and its change between draws, one panel a model."""
    models = list(a.specs)
    columns = min(COLUMNS, len(models))
    rows = -(-len(models) // columns)
    body = framed(
        a.analysis,
        say("Energy of the sampler: marginal and transitions"),
        say(
            "Where the change between draws is much narrower than the marginal energy, the sampler "
            "explores slowly. E-BFMI: the lowest of the chains."
        ),
        *formulas(a.analysis, *models),
        height=0.4 + 2.4 * rows,
        intervals=False,
    )
    panels = body.subplots(rows, columns, squeeze=False)
    for axes in panels.ravel()[len(models) :]:
        axes.remove()
    for axes, model in zip(panels.ravel(), models, strict=False):
        energy = energies(a, model)
        _draw_panel(axes, energy)
        axes.set_ylim(bottom=0)
        axes.grid(visible=False)
        axes.locator_params(nbins=4)
        name = wrap(model_name(model), small_font("bold"), sheet().width / columns - 0.5)
        bfmi = put("E-BFMI {bfmi}", bfmi=number(lowest_bfmi(energy), 2))
        axes.set_title(joined("\n", [name, bfmi]), size=SMALL)
    for first in panels[:, 0]:
        first.set_ylabel(say("Density (per nat)"))
    body.supxlabel(say("Energy minus its mean (nats)"), fontsize=sheet().text)
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


def _draw_panel(axes: Axes, energy: np.ndarray) -> None:
    look = {"ax": axes, "cut": 0, "gridsize": POINTS}
    marginal = {"color": PLAIN, "alpha": 0.35, "linewidth": 0, "label": say("marginal energy")}
    seaborn.kdeplot((energy - energy.mean()).ravel(), fill=True, **marginal, **look)
    change = {"color": CONTRAST, "linewidth": 1.5, "linestyle": "--"}
    words = say("change between draws")
    seaborn.kdeplot(np.diff(energy, axis=1).ravel(), label=words, **change, **look)
    axes.set(xlabel="", ylabel="")
