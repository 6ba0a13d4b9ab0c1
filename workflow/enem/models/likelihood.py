"""The likelihood of the cells with group lines and cell deviations integrated out.

Written once for NumPy and PyTensor (`xp`), so that MLE, MAP, Laplace and NUTS share it.
Everything group-wise has shape (..., G, 1), everything cell-wise (..., G, B).
"""

from collections.abc import Mapping
from math import log, pi
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from enem.models.cells import CellGrid

Array = Any
"""A NumPy array or a PyTensor variable."""


class Information(NamedTuple):
    """What the cells say of a line (intercept, slope): precision matrix and score vector.

    The log likelihood of the line's distance d from a reference is u'd - d'Pd / 2 + constant.
    """

    p11: Array
    p12: Array
    p22: Array
    u1: Array
    u2: Array

    def total(self) -> "Information":
        """Sum over groups, shape (..., 1, 1)."""
        return Information(*(entry.sum(axis=-2, keepdims=True) for entry in self))


class LineDistribution(NamedTuple):
    """Gaussian of a line's (intercept, slope) around a centre, and its normalising term."""

    shift1: Array
    shift2: Array
    cov11: Array
    cov12: Array
    cov22: Array
    log_integral: Array


def integrate_line(information: Information, sd1: Array, sd2: Array, xp: ModuleType) -> Any:
    r"""Integrate a line with prior Normal(0, D^2), D = diag(sd1, sd2), out of the likelihood.

    .. math:: \int \exp(u'd - d'Pd/2) N(d; 0, D^2) dd
              = |M|^{-1/2} \exp(\tfrac12 (Du)' M^{-1} (Du)), \quad M = I + DPD,

    finite as D goes to 0.  The line given everything else is Normal(D M^-1 D u, D M^-1 D).

    Returns
    -------
    LineDistribution
        Shift and covariance of the line, and the log of the integral.
    """
    p11, p12, p22, u1, u2 = information
    m11, m12, m22 = 1 + sd1**2 * p11, sd1 * sd2 * p12, 1 + sd2**2 * p22
    determinant = m11 * m22 - m12**2
    cov11 = sd1**2 * m22 / determinant
    cov12 = -sd1 * sd2 * m12 / determinant
    cov22 = sd2**2 * m11 / determinant
    shift1, shift2 = cov11 * u1 + cov12 * u2, cov12 * u1 + cov22 * u2
    log_integral = 0.5 * (u1 * shift1 + u2 * shift2 - xp.log(determinant))
    return LineDistribution(shift1, shift2, cov11, cov12, cov22, log_integral)


def cell_information(
    parameters: Mapping[str, Array], n: Array, mean: Array, x: Array
) -> Information:
    """Return the information of each group's cells on its own line, around the common line."""
    weight = n / (parameters["sigma"] ** 2 + n * parameters.get("tau_cell", 0.0) ** 2)
    residual = mean - parameters["intercept"] - parameters["slope"] * x
    terms = (weight, weight * x, weight * x**2, weight * residual, weight * residual * x)
    return Information(*(term.sum(axis=-1, keepdims=True) for term in terms))


def population_information(parameters: Mapping[str, Array], own: Information) -> Information:
    """Return the groups' information on the common line, their own lines integrated out.

    P = W (I + T W)^-1 and u = (I + W T)^-1 u_g with T = diag(tau_intercept^2, tau_slope^2),
    written out so that nothing cancels when T W is large.
    """
    t1 = parameters.get("tau_intercept", 0.0) ** 2
    t2 = parameters.get("tau_slope", 0.0) ** 2
    w11, w12, w22, u1, u2 = own
    delta = w11 * w22 - w12**2
    determinant = 1 + t1 * w11 + t2 * w22 + t1 * t2 * delta
    return Information(
        (w11 + t2 * delta) / determinant,
        w12 / determinant,
        (w22 + t1 * delta) / determinant,
        ((1 + t2 * w22) * u1 - t2 * w12 * u2) / determinant,
        ((1 + t1 * w11) * u2 - t1 * w12 * u1) / determinant,
    )


def log_marginal_likelihood(
    parameters: Mapping[str, Array],
    n: Array,
    mean: Array,
    ss: Array,
    x: Array,
    xp: ModuleType = np,
) -> Array:
    """Log density of all scores given the hyperparameters, in closed form.

    Given its variance sigma_g^2 / n + tau_cell^2 a cell mean is Gaussian around the group's
    line; the group lines are Gaussian around (intercept, slope) with scales tau_intercept and
    tau_slope and are integrated out.  A cell without participants contributes exactly 0.

    Parameters
    ----------
    parameters
        ``intercept``, ``slope`` and ``sigma``; optionally ``tau_intercept``, ``tau_slope`` and
        ``tau_cell`` (absent: 0).  Each broadcasts against (..., G, B) from the right, so a
        vector of draws comes as (draws, 1, 1) and one sigma a group as (G, 1).
    n, mean, ss
        Cell statistics, shape (G, B).
    x
        Income, shape (B,).
    xp
        ``numpy`` or ``pytensor.tensor``.

    Returns
    -------
    Array
        Log likelihood of the rows (not only of their sufficient statistics), shape (...).

    Notes
    -----
    Woodbury identity and determinant lemma: Rasmussen & Williams, Gaussian Processes for
    Machine Learning (2006), equations A.9 and A.10.
    """
    total = _independent_cells(parameters, n, mean, ss, x, xp)
    if "tau_intercept" in parameters:
        own = cell_information(parameters, n, mean, x)
        lines = integrate_line(own, parameters["tau_intercept"], parameters["tau_slope"], xp)
        total = total + lines.log_integral
    return total.sum(axis=(-2, -1))


def log_collapsed_likelihood(
    scales: Mapping[str, Array],
    line_sd: tuple[float, float],
    n: Array,
    mean: Array,
    ss: Array,
    x: Array,
    xp: ModuleType = np,
) -> Array:
    """`log_marginal_likelihood` with the common line integrated out as well.

    Parameters
    ----------
    scales
        As `parameters` above; ``intercept`` and ``slope`` hold the means of their Gaussian
        priors.
    line_sd
        Standard deviations of these priors, points.
    n, mean, ss, x, xp
        As above.
    """
    given_line = log_marginal_likelihood(scales, n, mean, ss, x, xp)
    line = common_line(scales, line_sd, n, mean, x, xp)
    return given_line + line.log_integral.sum(axis=(-2, -1))


def common_line(
    scales: Mapping[str, Array],
    line_sd: tuple[float, float],
    n: Array,
    mean: Array,
    x: Array,
    xp: ModuleType = np,
) -> LineDistribution:
    """Distribution of the common line around its prior mean, given the scales; (..., 1, 1)."""
    own = cell_information(scales, n, mean, x)
    return integrate_line(population_information(scales, own).total(), *line_sd, xp)


def _independent_cells(
    parameters: Mapping[str, Array], n: Array, mean: Array, ss: Array, x: Array, xp: ModuleType
) -> Array:
    """Log density of each group's cells around the common line, (..., G, 1)."""
    variance = parameters["sigma"] ** 2
    cell_variance = variance + n * parameters.get("tau_cell", 0.0) ** 2
    residual = mean - parameters["intercept"] - parameters["slope"] * x
    # n = 0 leaves log(variance) - log(variance) = 0, so empty cells need no mask
    constants = n * log(2 * pi) + xp.log(cell_variance) + (n - 1) * xp.log(variance)
    squares = ss / variance + n / cell_variance * residual**2
    return -0.5 * (constants + squares).sum(axis=-1, keepdims=True)


def log_likelihood_of(parameters: Mapping[str, np.ndarray], grid: CellGrid) -> np.ndarray:
    """`log_marginal_likelihood` of a grid, in NumPy."""
    return log_marginal_likelihood(parameters, grid.n, grid.mean, grid.ss, grid.x)
