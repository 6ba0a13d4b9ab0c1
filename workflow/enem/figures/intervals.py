"""Intervals and densities of draws."""

import numpy as np
from arviz_stats.base import array_stats

from enem.figures.analysis import Analysis

TAIL = 0.002
"""Probability left out of a drawn density on each side."""
BINS = 512
POINTS = 150
"""Bins in which draws are counted, and points at which the density is drawn."""


def interval(draws: np.ndarray, analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the equal-tailed interval over the first axis of `draws`, shape (draws, ...)."""
    tail = (1 - analysis.mass) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def density(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kernel density of draws, by ArviZ.

    Parameters
    ----------
    draws
        Shape (draws,).

    Returns
    -------
    tuple of ndarray
        Grid between the `TAIL` quantiles, about `POINTS` long, and height, per unit.
    """
    grid, height, _ = array_stats.kde(draws, grid_len=BINS)
    low, high = np.quantile(draws, [TAIL, 1 - TAIL])
    inside = np.flatnonzero((grid >= low) & (grid <= high))
    inside = inside[:: max(1, len(inside) // POINTS)]
    return grid[inside], height[inside]
