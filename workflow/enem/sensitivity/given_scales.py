"""Lines by school type on weighted cells, given sigmas and scales, for `enem.sensitivity.gibbs`.

Everything group-wise has shape (..., G, 1), everything cell-wise (..., G, B).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Information(NamedTuple):
    """What cells carry about a line (intercept, slope): precision matrix and score vector."""

    p11: np.ndarray
    p12: np.ndarray
    p22: np.ndarray
    u1: np.ndarray
    u2: np.ndarray

    def total(self) -> "Information":
        """Sum over groups, shape (..., 1, 1)."""
        return Information(*(entry.sum(axis=-2, keepdims=True) for entry in self))


class LineDistribution(NamedTuple):
    """Gaussian of a line around a centre, and the log of its integral."""

    shift1: np.ndarray
    shift2: np.ndarray
    cov11: np.ndarray
    cov12: np.ndarray
    cov22: np.ndarray
    log_integral: np.ndarray


class Weighted(NamedTuple):
    """Weights, weighted means (..., G, B) and incomes (B,) of cells."""

    n: np.ndarray
    mean: np.ndarray
    x: np.ndarray


def integrate_line(of: Information, sd1: np.ndarray, sd2: np.ndarray) -> LineDistribution:
    r"""Integrate a line with prior Normal(0, D^2), D = diag(sd1, sd2), out of the likelihood.

    .. math:: \int \exp(u'd - d'Pd/2) N(d; 0, D^2) dd
              = |M|^{-1/2} \exp(\tfrac12 (Du)' M^{-1} (Du)), \quad M = I + DPD,

    finite as D goes to 0.  Given everything else the line is Normal(D M^-1 D u, D M^-1 D).
    """
    m11, m12, m22 = 1 + sd1**2 * of.p11, sd1 * sd2 * of.p12, 1 + sd2**2 * of.p22
    determinant = m11 * m22 - m12**2
    cov11, cov22 = sd1**2 * m22 / determinant, sd2**2 * m11 / determinant
    cov12 = -sd1 * sd2 * m12 / determinant
    shift1, shift2 = cov11 * of.u1 + cov12 * of.u2, cov12 * of.u1 + cov22 * of.u2
    log_integral = 0.5 * (of.u1 * shift1 + of.u2 * shift2 - np.log(determinant))
    return LineDistribution(shift1, shift2, cov11, cov12, cov22, log_integral)


def line_information(parameters: Mapping[str, np.ndarray], data: Weighted) -> Information:
    """Return the information of each group's cells on its line, around the common line."""
    weight = data.n / parameters["sigma"] ** 2
    residual = data.mean - parameters["intercept"] - parameters["slope"] * data.x
    x = data.x
    terms = (weight, weight * x, weight * x**2, weight * residual, weight * residual * x)
    return Information(*(term.sum(axis=-1, keepdims=True) for term in terms))


def common_information(parameters: Mapping[str, np.ndarray], own: Information) -> Information:
    """Return the groups' information on the common line, their own lines integrated out.

    P = W (I + T W)^-1 and u = (I + W T)^-1 u_g with T = diag(tau_intercept^2, tau_slope^2),
    written out so that nothing cancels when T W is large.
    """
    t1, t2 = parameters["tau_intercept"] ** 2, parameters["tau_slope"] ** 2
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


def log_density_of_scales(
    parameters: Mapping[str, np.ndarray], line_sd: tuple[float, float], data: Weighted
) -> np.ndarray:
    """Log density of the cells, all lines integrated out, up to what scales do not change.

    Parameters
    ----------
    parameters
        ``sigma``, ``tau_intercept``, ``tau_slope``, and the prior means ``intercept``, ``slope``.
    line_sd
        Prior standard deviations of the common line, points.
    data
        Cells.
    """
    own = line_information(parameters, data)
    each = integrate_line(own, parameters["tau_intercept"], parameters["tau_slope"])
    common = integrate_line(common_information(parameters, own).total(), *line_sd)
    return sum(part.log_integral.sum(axis=(-2, -1)) for part in (each, common))


def draw_lines(
    parameters: Mapping[str, np.ndarray],
    line_sd: tuple[float, float],
    data: Weighted,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw the common line (..., 1, 1), then each group's (..., G, 1), intercepts and slopes."""
    own = line_information(parameters, data)
    common = integrate_line(common_information(parameters, own).total(), *line_sd)
    shift1, shift2 = _draw(common, rng)
    intercept, slope = parameters["intercept"] + shift1, parameters["slope"] + shift2
    around = {**parameters, "intercept": intercept, "slope": slope}
    information = line_information(around, data)
    each = integrate_line(information, parameters["tau_intercept"], parameters["tau_slope"])
    shift1, shift2 = _draw(each, rng)
    return intercept, slope, intercept + shift1, slope + shift2


def _draw(line: LineDistribution, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw from a bivariate Gaussian by its Cholesky factor."""
    z1, z2 = rng.standard_normal((2, *line.cov11.shape))
    sd1 = np.sqrt(line.cov11)
    # sd1 is 0 where a scale underflows to 0; the second coordinate is then independent of it
    ratio = np.divide(line.cov12, sd1, out=np.zeros_like(sd1), where=sd1 > 0)
    sd2 = np.sqrt(np.maximum(line.cov22 - ratio**2, 0.0))
    return line.shift1 + sd1 * z1, line.shift2 + ratio * z1 + sd2 * z2
