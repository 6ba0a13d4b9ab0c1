"""Intervals and densities of draws."""

import numpy as np
from arviz_stats.base import array_stats

from enem.figures.analysis import Analysis


def interval(draws: np.ndarray, analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the equal-tailed interval over the first axis of `draws`, shape (draws, ...)."""
    tail = (1 - analysis.mass) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def density(draws: np.ndarray, tail: float = 0.002) -> tuple[np.ndarray, np.ndarray]:
    """Kernel density of draws, shape (draws,), between their `tail` quantiles: grid and height."""
    grid, height, _ = array_stats.kde(draws, grid_len=1024)
    low, high = np.quantile(draws, [tail, 1 - tail])
    inside = (grid >= low) & (grid <= high)
    step = max(1, inside.sum() // 150)
    return grid[inside][::step], height[inside][::step]
