"""Predicted scores of a participant by school type and income, and gaps between school types."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize.elementwise import find_root
from scipy.special import ndtr

from enem.check.predictive_checks import SCORE_RANGE
from enem.compare.describe import describe
from enem.tabulate.cells import BIN_WIDTH

TOLERANCE = 1e-6
"""Of quantiles, points."""
REACH = 3.5
"""Bins reach this many predictive sds beyond the expected scores, within the scale."""


@dataclass(frozen=True)
class Profiles:
    """What a model predicts in each of (G, B) cells, points.

    Attributes
    ----------
    expected
        Expected score: posterior mean, low and high end of its interval, (3, G, B).
    quantiles
        Of one participant's score, at `levels`, (5, G, B).
    levels
        Probabilities of the quantiles: the interval's low end, 0.25, 0.5, 0.75 and its high end.
    edges
        Edges of the bins, (K + 1,).
    shares
        Probability that one participant's score falls in each bin, (K, G, B).
    gaps
        Expected score of the first type minus that of the second at the same income, as
        `expected`, (3, G, G, B).
    """

    expected: np.ndarray
    quantiles: np.ndarray
    levels: np.ndarray
    edges: np.ndarray
    shares: np.ndarray
    gaps: np.ndarray


def predict_profiles(expected: np.ndarray, sigma: np.ndarray, mass: float) -> Profiles:
    """Summarise the posterior predictive distribution of one participant in every cell.

    The distribution is the mean of the draws' normals, so probabilities come without further
    simulation.

    Parameters
    ----------
    expected
        Expected scores of the cells, (draws, G, B).
    sigma
        Sd of one participant's score around them, (draws, G).
    mass
        Probability of intervals, equal-tailed.
    """
    ends = np.array([(1 - mass) / 2, (1 + mass) / 2])
    levels = np.array([ends[0], 0.25, 0.5, 0.75, ends[1]])
    edges = bin_edges(expected, sigma)
    below = np.stack([predictive_probability(edge, expected, sigma) for edge in edges])
    return Profiles(
        expected=describe_draws(expected, mass),
        quantiles=np.stack([predictive_quantile(p, expected, sigma) for p in levels]),
        levels=levels,
        edges=edges,
        shares=np.diff(below, axis=0),
        gaps=describe_draws(expected[:, :, None, :] - expected[:, None, :, :], mass),
    )


def bin_edges(expected: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Edges of bins that hold practically all of the predicted scores, points, (K + 1,)."""
    centre, spread = expected.mean(axis=0), expected.std(axis=0) + sigma.mean(axis=0)[:, None]
    low = max((centre - REACH * spread).min(), SCORE_RANGE[0])
    high = min((centre + REACH * spread).max(), SCORE_RANGE[1])
    first, last = np.floor(low / BIN_WIDTH), np.ceil(high / BIN_WIDTH)
    return BIN_WIDTH * np.arange(first, last + 1)


def predictive_probability(score: float, expected: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Probability that one participant's score is below `score`, (G, B)."""
    return ndtr((score - expected) / sigma[..., None]).mean(axis=0)


def predictive_quantile(level: float, expected: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Score below which one participant's lies with probability `level`, (G, B)."""
    spread = 10 * sigma[..., None]
    ends = (expected - spread).min(axis=0), (expected + spread).max(axis=0)

    def excess(score: np.ndarray, group: np.ndarray, bracket: np.ndarray) -> np.ndarray:
        standard = (score - expected[:, group, bracket]) / sigma[:, group]
        return ndtr(standard).mean(axis=0) - level

    cells = np.indices(expected.shape[1:])
    return find_root(excess, ends, args=tuple(cells), tolerances={"xatol": TOLERANCE}).x


def describe_draws(draws: np.ndarray, mass: float) -> np.ndarray:
    """Mean of draws and ends of their equal-tailed interval, (3, ...)."""
    found = describe(draws, mass)
    return np.stack([found[name] for name in ("mean", "interval_low", "interval_high")])
