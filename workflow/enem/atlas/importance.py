"""Draws from a density of a few dimensions: importance sampling around its mode, and its checks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from arviz_stats.base import array_stats
from scipy.optimize import minimize

DF = 5.0
"""Degrees of freedom of the proposal: tails heavier than those of a log scale's posterior."""
STEP = 0.1
"""Step of the second differences, in log units."""
FLATTEST = 0.05
"""Smallest curvature that the proposal follows; flatter directions would run away."""
TINY = 1e-6
"""Keeps a covariance learnt from few weights invertible, log units squared."""
ROUNDS = (1024, 1024, 4096)
"""Proposals of each round; all but the last serve to place and to stretch the next proposal."""
STRETCH = 1.2
"""Factor on the sd of a learnt proposal: too wide costs less than too narrow."""

LogDensity = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Sample:
    """Equally weighted draws and what importance sampling says of their quality.

    Attributes
    ----------
    points
        Shape (draws, dimensions).
    pareto_k
        Shape of the weights' tail; above 0.7 means are not to be trusted.
    ess
        Effective sample size of the weights, 1 / sum of squares.
    """

    points: np.ndarray
    pareto_k: float
    ess: float


def importance_sample(
    log_density: LogDensity, start: np.ndarray, draws: int, rng: np.random.Generator
) -> Sample:
    """Sample a density by Student t proposals, first at its mode, then where the weights say.

    Parameters
    ----------
    log_density
        From points (K, D) to (K,), up to a constant.
    start
        Where the search for the mode starts, (D,).
    draws
        How many draws to keep.
    rng
        Source of proposals and of the resampling.
    """
    centre = _mode(log_density, start)
    root = np.linalg.cholesky(_covariance(log_density, centre))
    for count in ROUNDS:
        points, log_weight = _propose(log_density, centre, root, count, rng)
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        centre = weight @ points
        spread = np.atleast_2d(np.cov(points, rowvar=False, aweights=weight))
        root = STRETCH * np.linalg.cholesky(spread + TINY * np.eye(len(centre)))
    chosen = points[_resample(weight, draws, rng)]
    _, k = array_stats.psislw(-log_weight)
    return Sample(chosen, float(k), float(1 / (weight**2).sum()))


def _mode(log_density: LogDensity, start: np.ndarray) -> np.ndarray:
    simplex = np.vstack([start, start + np.eye(len(start))])
    options = {"initial_simplex": simplex, "xatol": 0.01, "fatol": 0.001}
    found = minimize(
        lambda at: -log_density(at[None])[0], start, method="Nelder-Mead", options=options
    )
    return found.x


def _propose(
    log_density: LogDensity,
    centre: np.ndarray,
    root: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw from a Student t, (count, D), and weigh: log target minus log proposal, (count,)."""
    normal = rng.standard_normal((count, len(centre)))
    step = normal / np.sqrt(rng.chisquare(DF, count) / DF)[:, None]
    points = centre + step @ root.T
    log_proposal = -0.5 * (DF + len(centre)) * np.log1p((step**2).sum(axis=1) / DF)
    return points, log_density(points) - log_proposal


def _covariance(log_density: LogDensity, mode: np.ndarray) -> np.ndarray:
    """Inverse of minus the second differences at the mode, kept positive definite."""
    steps = STEP * np.eye(len(mode))
    ends = [mode + a * s + b * t for s in steps for t in steps for a in (1, -1) for b in (1, -1)]
    values = log_density(np.array(ends)).reshape(len(mode), len(mode), 2, 2)
    signs = np.array([[1, -1], [-1, 1]])
    curvature = -(values * signs).sum(axis=(2, 3)) / (2 * STEP) ** 2
    size, axes = np.linalg.eigh((curvature + curvature.T) / 2)
    return axes @ np.diag(1 / np.maximum(size, FLATTEST)) @ axes.T


def _resample(weight: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Systematic resampling, in random order: each point as often as its weight says."""
    places = (np.arange(draws) + rng.uniform()) / draws
    chosen = np.searchsorted(np.cumsum(weight), places * (1 - 1e-12))
    return rng.permutation(chosen)
