"""The log density that NUTS samples, with its gradient, in machine code that is kept on disk.

The likelihood is `enem.models.likelihood.log_collapsed_likelihood` at one point.  The scores are
Gaussian around the prior's line, so with their covariance C and residuals r, the derivative by
anything in C is ``(a'dC a - tr(C^-1 dC)) / 2`` with ``a = C^-1 r`` (Rasmussen & Williams, Gaussian
Processes for Machine Learning (2006), equation 5.9).  Group by group both terms are small: sums
over brackets, and matrices of two by two.  Tests hold value and gradient to NumPy's formula and to
the PyMC model of `enem.fit.pymc_model`.

Sigmas are sampled on log scales, and so are scales but for those with a half-normal prior: with
few groups their posterior would end like ``exp(-exp(2 z))`` there, a wall at which leapfrog steps
diverge, and on a linear scale it ends as a Gaussian does.

All of it is one file because numba compiles a function again only when its own file has changed.
"""

from math import exp, log, log1p, pi
from typing import Any

import numpy as np
from numba import carray, types

from enem.fit.machine_code import cfunc, njit

SCALES = ("tau_intercept", "tau_slope", "tau_cell")
"""Order of the scales in `collapsed_likelihood` and in its gradient, after the sigmas."""

FAMILIES = ("half_normal", "half_student_t", "log_normal")
"""Families of priors, by the number that `log_posterior` knows them by."""

LOG, SOFTPLUS = 0, 1
"""Kinds of coordinates."""

HEAD = 4
"""Numbers at the head of what `enem.fit.compiled.pack` makes: its length, G, B and K."""

MANY = 1e150
"""Product of cell variances at which to take its logarithm, far from overflow."""

NOT_FINITE = 3
"""What nutpie is told of a point without a density: a divergent step, not a fault."""


@njit(nogil=True, cache=True, error_model="numpy")
def collapsed_likelihood(
    sigma: np.ndarray,
    scales: np.ndarray,
    line_sd: np.ndarray,
    n: np.ndarray,
    residual: np.ndarray,
    ss: np.ndarray,
    x: np.ndarray,
) -> tuple[float, np.ndarray]:
    """Log density of all scores given the scales, every line and deviation integrated out.

    Parameters
    ----------
    sigma
        Standard deviation of scores around their cell's expectation, points, (G,).
    scales
        `SCALES`, points, (3,); 0 for a model without them.
    line_sd
        Prior standard deviations of intercept and slope, points, (2,).
    n, residual, ss
        Cell statistics, the mean as its distance from the prior's line, (G, B).
    x
        Income, (B,).

    Returns
    -------
    tuple
        The log likelihood, and its derivatives by each sigma and by `SCALES`, (G + 3,).
    """
    groups = len(sigma)
    variances = scales**2
    value, precision = 0.0, np.empty_like(residual)
    own, outer = np.empty((groups, 5)), np.empty((groups, 5))
    for g in range(groups):
        value += _group(
            sigma[g] ** 2, variances[2], n[g], residual[g], ss[g], x, precision[g], own[g]
        )
        value += _integrate_own(variances, own[g], outer[g])
    common = np.empty(5)
    value += _integrate_common(line_sd[0] ** 2, line_sd[1] ** 2, outer.sum(axis=0), common)
    gradient = np.zeros(groups + 3)
    for g in range(groups):
        _by_group_scales(outer[g], common, gradient[groups:])
        line = _posterior_line(variances, own[g], outer[g], common)
        gradient[g], by_deviations = _by_cells(
            sigma[g] ** 2, n[g], residual[g], ss[g], x, precision[g], line
        )
        gradient[groups + 2] += by_deviations
    # so far by variances
    gradient[:groups] *= 2 * sigma
    gradient[groups:] *= 2 * scales
    return value, gradient


@njit(nogil=True, cache=True, error_model="numpy")
def _group(
    variance: float,
    cell_variance: float,
    n: np.ndarray,
    residual: np.ndarray,
    ss: np.ndarray,
    x: np.ndarray,
    precision: np.ndarray,
    information: np.ndarray,
) -> float:
    """Fill the precisions of a group's cells, a participant each, and what they say of its line.

    That is its information (p11, p12, p22, u1, u2) on the line's distance from the prior's.
    Returns the log density of the cells, were that distance 0.
    """
    p11, p12, p22, u1, u2 = 0.0, 0.0, 0.0, 0.0, 0.0
    people, within, squares, logs, inflation, share = (
        0.0,
        0.0,
        0.0,
        0.0,
        1.0,
        cell_variance / variance,
    )
    for b in range(len(x)):
        precision[b] = 1 / (variance + n[b] * cell_variance)
        w, r, z = n[b] * precision[b], residual[b], x[b]
        p11, p12, p22 = p11 + w, p12 + w * z, p22 + w * z * z
        u1, u2 = u1 + w * r, u2 + w * r * z
        people += n[b]
        within += ss[b]
        squares += w * r * r
        inflation *= 1 + n[b] * share
        if inflation > MANY:  # one logarithm for many cells, before their product overflows
            logs, inflation = logs + log(inflation), 1.0
    information[:] = (p11, p12, p22, u1, u2)
    constants = people * (log(2 * pi) + log(variance)) + logs + log(inflation)
    return -0.5 * (constants + within / variance + squares)


@njit(nogil=True, cache=True, error_model="numpy")
def _integrate_own(variances: np.ndarray, own: np.ndarray, outer: np.ndarray) -> float:
    """Integrate a group's own line out; fill its information on the common line.

    As `enem.models.likelihood.population_information`; returns the log of the integral.
    """
    t1, t2 = variances[0], variances[1]
    w11, w12, w22, u1, u2 = own
    delta = w11 * w22 - w12**2
    determinant = 1 + t1 * w11 + t2 * w22 + t1 * t2 * delta
    outer[0] = (w11 + t2 * delta) / determinant
    outer[1] = w12 / determinant
    outer[2] = (w22 + t1 * delta) / determinant
    outer[3] = ((1 + t2 * w22) * u1 - t2 * w12 * u2) / determinant
    outer[4] = ((1 + t1 * w11) * u2 - t1 * w12 * u1) / determinant
    return 0.5 * (t1 * u1 * outer[3] + t2 * u2 * outer[4] - log(determinant))


@njit(nogil=True, cache=True, error_model="numpy")
def _integrate_common(s1: float, s2: float, total: np.ndarray, common: np.ndarray) -> float:
    """Integrate the common line out; fill its shift and covariance (c1, c2, v11, v12, v22).

    As `enem.models.likelihood.integrate_line`; returns the log of the integral.
    """
    p11, p12, p22, u1, u2 = total
    delta = p11 * p22 - p12**2
    determinant = 1 + s1 * p11 + s2 * p22 + s1 * s2 * delta
    common[2] = s1 * (1 + s2 * p22) / determinant
    common[3] = -s1 * s2 * p12 / determinant
    common[4] = s2 * (1 + s1 * p11) / determinant
    common[0] = common[2] * u1 + common[3] * u2
    common[1] = common[3] * u1 + common[4] * u2
    return 0.5 * (u1 * common[0] + u2 * common[1] - log(determinant))


@njit(nogil=True, cache=True, error_model="numpy")
def _by_group_scales(outer: np.ndarray, common: np.ndarray, gradient: np.ndarray) -> None:
    """Add a group's derivatives by the variances of group intercepts and slopes."""
    p11, p12, p22, u1, u2 = outer
    c1, c2, v11, v12, v22 = common
    a1, a2 = u1 - p11 * c1 - p12 * c2, u2 - p12 * c1 - p22 * c2
    gradient[0] += 0.5 * (a1**2 - p11 + p11**2 * v11 + 2 * p11 * p12 * v12 + p12**2 * v22)
    gradient[1] += 0.5 * (a2**2 - p22 + p12**2 * v11 + 2 * p12 * p22 * v12 + p22**2 * v22)


@njit(nogil=True, cache=True, error_model="numpy")
def _by_cells(
    variance: float,
    n: np.ndarray,
    residual: np.ndarray,
    ss: np.ndarray,
    x: np.ndarray,
    precision: np.ndarray,
    line: tuple[float, float, float, float, float],
) -> tuple[float, float]:
    """Derivatives of a group's cells by its variance and by that of deviations."""
    m1, m2, s11, s12, s22 = line
    by_variance, by_deviations, inverse = 0.0, 0.0, 1 / variance
    for b in range(len(x)):
        if n[b] > 0:
            z = x[b]
            error = residual[b] - m1 - m2 * z
            square = error * error + s11 + 2 * s12 * z + s22 * z * z
            by_cell = precision[b] * (n[b] * precision[b] * square - 1)
            by_deviations += n[b] * by_cell
            by_variance += by_cell + (ss[b] * inverse - n[b] + 1) * inverse
    return 0.5 * by_variance, 0.5 * by_deviations


@njit(nogil=True, cache=True, error_model="numpy")
def _posterior_line(
    variances: np.ndarray, own: np.ndarray, outer: np.ndarray, common: np.ndarray
) -> tuple[float, float, float, float, float]:
    """Mean and covariance (m1, m2, s11, s12, s22) of a group's line around the prior's.

    Given the common line's shift c they are ``K (T u + c)`` and ``K T``, where
    ``K = (I + T W)^-1``; c has mean and covariance of `common`.
    """
    t1, t2 = variances[0], variances[1]
    w11, w12, w22 = own[0], own[1], own[2]
    c1, c2, v11, v12, v22 = common
    delta = w11 * w22 - w12**2
    determinant = 1 + t1 * w11 + t2 * w22 + t1 * t2 * delta
    k11, k12 = (1 + t2 * w22) / determinant, -t1 * w12 / determinant
    k21, k22 = -t2 * w12 / determinant, (1 + t1 * w11) / determinant
    shift1 = t1 * outer[3] + k11 * c1 + k12 * c2
    shift2 = t2 * outer[4] + k21 * c1 + k22 * c2
    q11, q12 = k11 * v11 + k12 * v12, k11 * v12 + k12 * v22
    q21, q22 = k21 * v11 + k22 * v12, k21 * v12 + k22 * v22
    return (
        shift1,
        shift2,
        k11 * t1 + q11 * k11 + q12 * k12,
        k12 * t2 + q11 * k21 + q12 * k22,
        k22 * t2 + q21 * k21 + q22 * k22,
    )


@njit(nogil=True, cache=True, error_model="numpy")
def coordinate(kind: int, unit: float, z: float) -> tuple[float, float, float, float]:
    """Positive value at a coordinate.

    Parameters
    ----------
    kind
        `LOG`: the value is ``unit exp(z)``.  `SOFTPLUS`: it is ``unit log(1 + exp(z))``, which
        goes as ``exp(z)`` towards 0 and as ``z`` where it is large.
    unit
        Value of usual size, points.
    z
        Coordinate.

    Returns
    -------
    tuple
        The value, its derivative, the log of that derivative and the derivative of that log.
    """
    if kind == LOG:
        value = unit * exp(z)
        return value, value, log(value), 1.0
    rise = 1 / (1 + exp(-z))
    return unit * _softplus(z), unit * rise, log(unit) - _softplus(-z), 1 - rise


@njit(nogil=True, cache=True, error_model="numpy")
def _softplus(z: float) -> float:
    return max(z, 0.0) + log1p(exp(-abs(z)))


@njit(nogil=True, cache=True, error_model="numpy")
def log_prior(family: int, first: float, second: float, value: float) -> tuple[float, float]:
    """Log density of a positive value up to a constant, and its derivative by that value.

    Parameters
    ----------
    family
        Index in `FAMILIES`.
    first, second
        Scale and nothing; scale and degrees of freedom; log of the median and log sd.
    value
        Points.
    """
    if family == 0:
        return -0.5 * (value / first) ** 2, -value / first**2
    if family == 1:
        square = (value / first) ** 2 / second
        slope = -(second + 1) * value / (second * first**2) / (1 + square)
        return -0.5 * (second + 1) * log1p(square), slope
    z = (log(value) - first) / second
    return -0.5 * z * z - log(value), -(z / second + 1) / value


@njit(nogil=True, cache=True, error_model="numpy")
def log_posterior(point: np.ndarray, packed: np.ndarray, gradient: np.ndarray) -> float:
    """Log density of the coordinates of G sigmas and K scales, up to a constant, and its gradient.

    Parameters
    ----------
    point
        The coordinates, (G + K,).
    packed
        Cells and priors, as `enem.fit.compiled.pack` arranges them.
    gradient
        Array of the point's size, to be filled.
    """
    groups, brackets, kinds = int(packed[1]), int(packed[2]), int(packed[3])
    size, cells = groups + kinds, groups * brackets
    places, start = packed[HEAD : HEAD + kinds], HEAD + kinds
    of_prior = packed[start : start + 5 * size].reshape(5, size)
    start += 5 * size
    line_sd, start = packed[start : start + 2], start + 2
    n, residual, ss = packed[start : start + 3 * cells].reshape(3, groups, brackets)
    x = packed[start + 3 * cells :]
    sigma, scales, steps = np.empty(groups), np.zeros(len(SCALES)), np.empty(size)
    total = 0.0
    for i in range(size):
        kind, unit = int(of_prior[3, i]), of_prior[4, i]
        natural, steps[i], log_step, slope = coordinate(kind, unit, point[i])
        added, by_value = log_prior(int(of_prior[0, i]), of_prior[1, i], of_prior[2, i], natural)
        total += added + log_step
        gradient[i] = by_value * steps[i] + slope
        if i < groups:
            sigma[i] = natural
        else:
            scales[int(places[i - groups])] = natural
    value, slopes = collapsed_likelihood(sigma, scales, line_sd, n, residual, ss, x)
    for i in range(size):
        place = i if i < groups else groups + int(places[i - groups])
        gradient[i] += slopes[place] * steps[i]
    return value + total


@njit(nogil=True, cache=True, error_model="numpy")
def values_at(point: np.ndarray, packed: np.ndarray, values: np.ndarray) -> None:
    """Fill `values` with the sigmas and scales at a point's coordinates, points."""
    size = len(point)
    start = HEAD + int(packed[3]) + 3 * size
    for i in range(size):
        kind, unit = int(packed[start + i]), packed[start + size + i]
        values[i] = coordinate(kind, unit, point[i])[0]


_NUMBERS = types.CPointer(types.double)
_Numbers = Any
"""Address of numbers, in what nutpie calls."""


@cfunc(types.int64(types.uint64, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS), cache=True)
def density_for_nutpie(
    size: int, point: _Numbers, gradient: _Numbers, value: _Numbers, packed: _Numbers
) -> int:
    """`log_posterior` as nutpie calls it; not 0 tells it that the point is not to be used."""
    whole = carray(packed, (int(carray(packed, (1,))[0]),))
    slopes = carray(gradient, (size,))
    found = log_posterior(carray(point, (size,)), whole, slopes)
    carray(value, (1,))[0] = found
    return 0 if np.isfinite(found) and np.isfinite(slopes).all() else NOT_FINITE


@cfunc(types.int64(types.uint64, types.uint64, _NUMBERS, _NUMBERS, _NUMBERS), cache=True)
def values_for_nutpie(
    size: int, _expanded: int, point: _Numbers, values: _Numbers, packed: _Numbers
) -> int:
    """`values_at` as nutpie calls it."""
    whole = carray(packed, (int(carray(packed, (1,))[0]),))
    values_at(carray(point, (size,)), whole, carray(values, (size,)))
    return 0
