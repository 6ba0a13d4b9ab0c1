"""Lines and cell deviations given the scales: exact draws from Gaussian conditionals."""

from collections.abc import Mapping

import numpy as np

from enem.models.cells import CellGrid
from enem.models.likelihood import (
    LineDistribution,
    cell_information,
    common_line,
    integrate_line,
)


def draw_common_line(
    scales: Mapping[str, np.ndarray],
    line_sd: tuple[float, float],
    grid: CellGrid,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw (intercept, slope) given the scales.

    Parameters
    ----------
    scales, line_sd
        As in `enem.models.likelihood.log_collapsed_likelihood`, draws first: (draws, ..., ...).
    grid
        Cells, (G, B).
    rng
        Source of the draws.

    Returns
    -------
    tuple of ndarray
        Intercept and slope, points, each (draws, 1, 1).
    """
    line = common_line(scales, line_sd, grid.n, grid.mean, grid.x)
    shift1, shift2 = _draw(line, rng)
    return scales["intercept"] + shift1, scales["slope"] + shift2


def group_lines(parameters: Mapping[str, np.ndarray], grid: CellGrid) -> LineDistribution:
    """Distribution of each group's line around the common line, entries (..., G, 1).

    A group without participants gets the population's distribution.
    """
    own = cell_information(parameters, grid.n, grid.mean, grid.x)
    return integrate_line(own, parameters["tau_intercept"], parameters["tau_slope"], np)


def draw_group_lines(
    parameters: Mapping[str, np.ndarray], grid: CellGrid, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw each group's (intercept, slope) given the hyperparameters, each (draws, G, 1)."""
    shift1, shift2 = _draw(group_lines(parameters, grid), rng)
    return parameters["intercept"] + shift1, parameters["slope"] + shift2


def cell_deviations(
    parameters: Mapping[str, np.ndarray], line: np.ndarray, grid: CellGrid
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the cells' deviations given their lines.

    Parameters
    ----------
    parameters
        Hyperparameters with ``tau_cell``.
    line
        Expected score on the group's line, points, shape (..., G, B).
    grid
        Cells; where nobody is, the deviation keeps its prior Normal(0, tau_cell).

    Returns
    -------
    tuple of ndarray
        Mean and variance, each (..., G, B).
    """
    tau2, sigma2 = parameters["tau_cell"] ** 2, parameters["sigma"] ** 2
    cell_variance = sigma2 + grid.n * tau2
    return grid.n * tau2 / cell_variance * (grid.mean - line), tau2 * sigma2 / cell_variance


def draw_cell_deviations(
    parameters: Mapping[str, np.ndarray],
    line: np.ndarray,
    grid: CellGrid,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the cells' deviations from their lines, points, (draws, G, B)."""
    mean, variance = cell_deviations(parameters, line, grid)
    return mean + np.sqrt(variance) * rng.standard_normal(mean.shape)


def _draw(line: LineDistribution, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw from a bivariate Gaussian by its Cholesky factor."""
    z1, z2 = rng.standard_normal((2, *line.cov11.shape))
    sd1 = np.sqrt(line.cov11)
    # sd1 is 0 where a scale underflows to 0; the second coordinate is then independent of it
    ratio = np.divide(line.cov12, sd1, out=np.zeros_like(sd1), where=sd1 > 0)
    sd2 = np.sqrt(np.maximum(line.cov22 - ratio**2, 0.0))
    return line.shift1 + sd1 * z1, line.shift2 + ratio * z1 + sd2 * z2
