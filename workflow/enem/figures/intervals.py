"""Intervals and densities of draws."""

import numpy as np
from scipy.stats import gaussian_kde

from enem.figures.analysis import Analysis

TAIL = 0.002
"""Probability left out of a drawn density on each side."""
POINTS = 150
"""Points at which a density is drawn."""


def interval(draws: np.ndarray, analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the equal-tailed interval over the first axis of `draws`, shape (draws, ...)."""
    tail = (1 - analysis.mass) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def density(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kernel density of draws, by SciPy.

    Parameters
    ----------
    draws
        Shape (draws,).

    Returns
    -------
    tuple of ndarray
        Grid between the `TAIL` quantiles, `POINTS` long, and height, per unit.
    """
    grid = np.linspace(*np.quantile(draws, [TAIL, 1 - TAIL]), POINTS)
    return grid, gaussian_kde(draws)(grid)
