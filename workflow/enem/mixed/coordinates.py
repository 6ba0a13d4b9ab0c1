"""Coordinates of what is sampled, and the densities of priors, in machine code."""

from math import exp, log, log1p, tanh

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import unpacking
from enem.mixed.unpacking import unpack

LOWEST_SIGMA, HIGHEST = 0.1, 1e4
"""Points outside which there is no density: closer to 0 its digits are lost."""

HIGHEST_PARTIAL = 0.9999
"""Size from which on a partial correlation has no density: closer to 1 its digits are lost."""

FAMILIES = ("half_normal", "half_student_t", "log_normal", "lkj")
"""Families of priors, by the number that `log_prior` knows them by."""

LOG, SOFTPLUS, TANH = 0, 1, 2
"""Kinds of coordinates."""

SOURCES = (__file__, unpacking.__file__)
"""Files whose machine code is in that of whoever calls these functions."""

with kept_as_long_as(*SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def coordinate(kind: int, unit: float, z: float) -> tuple[float, float, float, float]:
        """Value at a coordinate: positive, or a partial correlation.

        Parameters
        ----------
        kind
            `LOG`: the value is ``unit exp(z)``.  `SOFTPLUS`: it is ``unit log(1 + exp(z))``,
            which goes as ``exp(z)`` towards 0 and as ``z`` where it is large: with few groups the
            posterior of a scale would end like ``exp(-exp(2 z))`` on a log scale, a wall at which
            leapfrog steps diverge, and on this one ends as a Gaussian does.  `TANH`: ``tanh(z)``.
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
            return value, value, log(unit) + z, 1.0
        if kind == TANH:
            # log(1 - tanh^2), which rounding does not spoil
            away = abs(z)
            log_step = 2 * (log(2.0) - away - log1p(exp(-2 * away)))
            return tanh(z), exp(log_step), log_step, -2 * tanh(z)
        rise = 1 / (1 + exp(-z))
        return unit * _softplus(z), unit * rise, log(unit) - _softplus(-z), 1 - rise

    @njit(nogil=True, cache=True, error_model="numpy")
    def _softplus(z: float) -> float:
        return max(z, 0.0) + log1p(exp(-abs(z)))

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_prior(family: int, first: float, second: float, value: float) -> tuple[float, float]:
        """Log density of a value up to a constant, and its derivative by that value.

        Parameters
        ----------
        family
            Index in `FAMILIES`.
        first, second
            Scale and nothing; scale and degrees of freedom; log of the median and log sd; of a
            partial correlation the power of ``1 - value^2`` and nothing.
        value
            Points, or a partial correlation.
        """
        if family == 0:
            return -0.5 * (value / first) ** 2, -value / first**2
        if family == 1:
            square = (value / first) ** 2 / second
            slope = -(second + 1) * value / (second * first**2) / (1 + square)
            return -0.5 * (second + 1) * log1p(square), slope
        if family == 3:
            rest = 1 - value**2
            return first * log(rest), -2 * first * value / rest
        z = (log(value) - first) / second
        return -0.5 * z * z - log(value), -(z / second + 1) / value

    @njit(nogil=True, cache=True, error_model="numpy")
    def natural(point: np.ndarray, packed: np.ndarray) -> np.ndarray:
        """Sigmas, scales (points) and partial correlations at coordinates (D,)."""
        coordinates, values = unpack(packed).coordinates, np.empty_like(point)
        for i in range(len(point)):
            values[i] = coordinate(int(coordinates[3, i]), coordinates[4, i], point[i])[0]
        return values

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_priors(values: np.ndarray, packed: np.ndarray, gradient: np.ndarray) -> float:
        """Log prior density of the values up to a constant; adds its gradient."""
        coordinates, total = unpack(packed).coordinates, 0.0
        for i in range(len(values)):
            a, b, c = coordinates[0, i], coordinates[1, i], coordinates[2, i]
            added, slope = log_prior(int(a), b, c, values[i])
            total += added
            gradient[i] += slope
        return total

    @njit(nogil=True, cache=True, error_model="numpy")
    def inside(values: np.ndarray, packed: np.ndarray) -> bool:
        """Whether values (D,) are within `LOWEST_SIGMA`, `HIGHEST` and `HIGHEST_PARTIAL`."""
        groups, scales, m = int(packed[1]), int(packed[2]), int(packed[11])
        for i in range((groups + scales) * m):
            if not values[i] < HIGHEST or (i < groups * m and not values[i] > LOWEST_SIGMA):
                return False
        return bool((np.abs(values[(groups + scales) * m :]) < HIGHEST_PARTIAL).all())

    @njit(nogil=True, cache=True, error_model="numpy")
    def add_prior(
        point: np.ndarray, values: np.ndarray, packed: np.ndarray, gradient: np.ndarray
    ) -> float:
        """Log prior density of coordinates, up to a constant.

        Parameters
        ----------
        point, values
            Coordinates and their `natural` values, (D,).
        packed
            Data, as `unpack` reads them.
        gradient
            By the values of a density that the prior multiplies; becomes that by the coordinates
            of the product.
        """
        numbers, total = unpack(packed).coordinates, log_priors(values, packed, gradient)
        for i in range(len(point)):
            kind, unit = int(numbers[3, i]), numbers[4, i]
            _, step, log_step, slope = coordinate(kind, unit, point[i])
            total += log_step
            gradient[i] = gradient[i] * step + slope
        return total
