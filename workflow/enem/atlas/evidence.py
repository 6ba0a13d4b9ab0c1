"""What the data of one analysis say of a measure, its own prior taken out again.

A posterior of an analysis is proportional to its prior times what its data say of the measure
(everything else integrated out), so dividing one by the other leaves the data alone, which is what
a model on top of all analyses must be given: else the prior would count once for each of them.

The priors of the measures follow from those of the parameters.  A slope of one line for all is
Normal; that of a school type is Normal(slope's mean, slope's sd^2 + tau_slope^2); the gap at equal
income is a contrast c over cells that sums to 0 at each income, so that the common line drops out:

    Normal(0, a tau_intercept^2 + b tau_slope^2 + d tau_cell^2),
    a = sum_g (sum_b c_gb)^2,   b = sum_g (sum_b c_gb x_b)^2,   d = sum_gb c_gb^2,

while the raw gap keeps what the common slope does to it, (sum_gb c_gb x_b)^2 times its variance;
each mixed over the priors of the scales.

This holds of the schools in the file, whose posterior is taken as Normal with its mean and sd.
What the headline adds to it, schools drawn anew, is no product of a prior: dividing it would take
out several times too much, so its shift and its further variance are put on top of the quotient.
Levels make the prior a little wider than above, so that a little too much is taken out; the largest
move, and the largest distance of a reported interval from the Normal's, are in the atlas' checks.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from enem.atlas.analyses import Analysis
from enem.atlas.measures import OWN, RAW_GAP, SHOWN, SLOPE, Measure, specification_of
from enem.atlas.tables import KEYS
from enem.mixed.priors import Prior, parse_priors
from enem.tabulate.grid import CellGrid, read_grid

Sides = tuple[Sequence[str], Sequence[str]]
"""School types of one side and of the other."""

DRAWS, SEED = 1000, 1
"""Draws of the scales that a prior is mixed over."""
NODES = np.linspace(-6.0, 6.0, 61)
"""Where a posterior is divided by its prior, in posterior sd."""
WIDEST = 0.8
"""Posterior sd over prior sd up to which data count: beyond it they say less than half of what the
prior says, and the nodes no longer hold the quotient."""


def with_evidence(
    table: pd.DataFrame, measure: Measure, results: Path, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Add ``data_mean`` and ``data_sd`` to the rows of `enem.atlas.measures.measured`.

    Blank where a measure is not shown; an infinite sd where its posterior says next to nothing
    that its prior does not.
    """
    priors = parse_priors(settings["priors"])
    shown = table[table["status"] == SHOWN]
    specs = [specification_of(measure, settings, edition) for edition in shown["edition"]]
    if measure.name != SLOPE:
        centre = 0.0
        analyses = [Analysis(*keys) for keys in shown[KEYS].itertuples(index=False)]
        grids = [read_grid(*(results / path for path in each.grid)) for each in analyses]
        raw = measure.effect == RAW_GAP
        variances = [
            gap_variances(grid, priors, spec.scales, measure.sides, raw)
            for grid, spec in zip(grids, specs, strict=True)
        ]
    else:
        centre = priors["slope"].arguments["mean"]
        variances = [slope_variances(priors, spec.by_school_type) for spec in specs]
    own_mean, own_sd = (shown[name].to_numpy(float) for name in OWN.values())
    mean, sd = without_prior(own_mean, own_sd, centre, variances)
    # a bootstrap's variance may come out below that of the schools as they are
    anew = np.maximum(shown["sd"].to_numpy(float) ** 2 - own_sd**2, 0.0)
    moved = mean + shown["mean"].to_numpy(float) - own_mean
    found = {"data_mean": moved, "data_sd": np.sqrt(sd**2 + anew)}
    return table.drop(columns=OWN.values()).join(pd.DataFrame(found, index=shown.index))


def gap_contrast(grid: CellGrid, sides: Sides) -> np.ndarray:
    """Weights of the gap at equal income on the expected scores of the cells, shape (G, B).

    The mix of incomes is that of the first side, where both have participants; those of the other
    side at an income count in the mix of school types that they have there, as in
    ``effects.csv``.  With the one bracket of an edition without incomes it is the raw gap.
    """
    one, other = _counts(grid, sides)
    there = (one.sum(axis=0) > 0) & (other.sum(axis=0) > 0)
    mix = np.where(there, one.sum(axis=0), 0.0)
    shares = [n / np.maximum(n.sum(axis=0), 1) for n in (one, other)]
    return (shares[0] - shares[1]) * mix / mix.sum()


def raw_contrast(grid: CellGrid, sides: Sides) -> np.ndarray:
    """Weights of the raw gap on the expected scores of the cells, shape (G, B)."""
    one, other = (n / n.sum() for n in _counts(grid, sides))
    return one - other


def _counts(grid: CellGrid, sides: Sides) -> list[np.ndarray]:
    """Participants of the school types of each side, shape (G, B)."""
    return [np.where(np.isin(grid.school_types, side)[:, None], grid.n, 0.0) for side in sides]


def gap_variances(
    grid: CellGrid,
    priors: Mapping[str, Prior],
    scales: Collection[str],
    sides: Sides,
    raw: bool = False,
) -> np.ndarray:
    """Prior variances of a gap at draws of a model's scales, points squared, shape (DRAWS,)."""
    contrast, tau = (raw_contrast if raw else gap_contrast)(grid, sides), _squared_scales(priors)
    size = {
        "tau_intercept": (contrast.sum(axis=1) ** 2).sum(),
        "tau_slope": ((contrast @ grid.x) ** 2).sum(),
        "tau_cell": (contrast**2).sum(),
    }
    moved = (contrast.sum(axis=0) @ grid.x) ** 2 if raw and np.isfinite(grid.x).all() else 0.0
    common = np.full(DRAWS, moved * priors["slope"].arguments["sd"] ** 2)
    return sum((size[name] * tau[name] for name in size if name in scales), common)


def slope_variances(priors: Mapping[str, Prior], by_school_type: bool) -> np.ndarray:
    """Prior variances of a slope at draws of the scales, points squared, shape (DRAWS,)."""
    own = np.full(DRAWS, priors["slope"].arguments["sd"] ** 2)
    return own + _squared_scales(priors)["tau_slope"] if by_school_type else own


def without_prior(
    mean: Sequence[float],
    sd: Sequence[float],
    prior_mean: float,
    prior_variances: Sequence[np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Divide Normal posteriors by their priors, a mean over Normals.

    Parameters
    ----------
    mean, sd
        Of the posteriors, points, shape (N,).
    prior_mean
        Of all components, points.
    prior_variances
        Of the components, points squared, N of shape (components,).

    Returns
    -------
    tuple of ndarray
        Mean and sd of the quotient, (N,): for a Normal prior the difference of precisions.  An
        infinite sd where the posterior is about as wide as the prior.
    """
    found = [_divided(*each, prior_mean) for each in zip(mean, sd, prior_variances, strict=True)]
    return tuple(np.array(found).reshape(-1, 2).T)


def _divided(mean: float, sd: float, variances: np.ndarray, centre: float) -> tuple[float, float]:
    if not sd < WIDEST * np.sqrt(variances.mean()):
        return mean, np.inf
    theta = mean + sd * NODES
    squares = -0.5 * (theta[:, None] - centre) ** 2 / variances
    prior = (np.exp(squares) / np.sqrt(variances)).mean(axis=1)
    weight = np.exp(-0.5 * NODES**2) / prior
    weight /= weight.sum()
    middle = weight @ theta
    return float(middle), float(np.sqrt(weight @ (theta - middle) ** 2))


def _squared_scales(priors: Mapping[str, Prior]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(SEED)
    names = ("tau_intercept", "tau_slope", "tau_cell")
    return {name: priors[name].draw(rng, DRAWS) ** 2 for name in names}
