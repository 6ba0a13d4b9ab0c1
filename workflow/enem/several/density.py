"""The density of several outcomes that NUTS samples, in machine code."""

from math import exp, log, pi
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types

from enem.machine_code import kept_as_long_as
from enem.mixed import density as mixed_density
from enem.mixed.density import NOT_FINITE, log_prior
from enem.mixed.packing import prior_numbers
from enem.several import integral, lkj
from enem.several.integral import integrate_several_outcomes
from enem.several.lkj import correlation_root, correlation_slopes
from enem.several.model import Model

LARGEST = 1e60
"""Standard deviation that no point with a density comes near, points."""

HEAD = 7
"""Numbers at the head of what `pack` makes: its length, G, P, K, the own columns, m and eta."""

SOURCES = tuple(module.__file__ for module in (mixed_density, lkj, integral))
"""Files whose functions are copied into those of this one."""

_NUMBERS = types.CPointer(types.double)
_Numbers = Any
"""Address of numbers, in what nutpie calls."""


def pack(model: Model) -> np.ndarray:
    """Arrange moments and priors in one array of numbers, for `log_posterior`."""
    data, priors = model.data, model.priors
    groups, columns, outcomes = data.xy.shape
    own = [prior_numbers(prior) for prior in (priors.sigma, *priors.scales.values())]
    eta = priors.correlation.eta
    parts = [
        [groups, columns, len(priors.scales), data.own, outcomes, eta],
        model.column_index,
        [float(value) for value in priors.fixed.values()],
        own,
        *(data.n, data.yy, data.xy, data.xx),
    ]
    flat = np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])
    return np.concatenate([[len(flat) + 1.0], flat])


with kept_as_long_as(__file__, *SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_posterior(point: np.ndarray, packed: np.ndarray, gradient: np.ndarray) -> float:
        """`Model.log_density` at a point, whose gradient it fills; NaN where it is no number.

        Constants of priors are left out.

        Parameters
        ----------
        point
            Logs of sigmas (G, m) and scales (K, m), and the coordinates of the correlation.
        packed
            What `pack` made.
        gradient
            Array of the point's size, to be filled.
        """
        groups, columns, kinds = int(packed[1]), int(packed[2]), int(packed[3])
        m = int(packed[5])
        start = len(packed) - groups * (1 + m * m + columns * m + columns * columns)
        own_priors = packed[start - 3 * (1 + kinds) : start].reshape(1 + kinds, 3)
        index, known = packed[HEAD : HEAD + columns], packed[HEAD + columns :]
        scalars = (groups + kinds) * m
        values = np.empty(scalars)
        for i in range(scalars):
            values[i] = exp(point[i])
            if not 1 / LARGEST < values[i] < LARGEST:
                return np.nan
        scale = np.empty((columns, m))
        for j in range(columns):
            k = int(index[j])
            for a in range(m):
                scale[j, a] = values[(groups + k) * m + a] if k < kinds else known[k - kinds]
        sigma, free = values[: groups * m].reshape(groups, m), point[scalars:]
        by_scale = np.zeros((columns, m))
        total = _log_likelihood(sigma, scale, free, packed, start, by_scale, gradient)
        for i in range(groups * m, scalars):
            gradient[i] = 0.0
        for j in range(columns):
            if index[j] < kinds:
                for a in range(m):
                    gradient[(groups + int(index[j])) * m + a] += by_scale[j, a]
        for i in range(scalars):
            row = 0 if i < groups * m else 1 + i // m - groups
            family, first, second = own_priors[row]
            added, slope = log_prior(int(family), first, second, values[i])
            total += added + point[i]
            gradient[i] += slope * values[i] + 1
        return total

    @njit(nogil=True, cache=True, error_model="numpy")
    def _log_likelihood(
        sigma: np.ndarray,
        scale: np.ndarray,
        free: np.ndarray,
        packed: np.ndarray,
        start: int,
        by_scale: np.ndarray,
        gradient: np.ndarray,
    ) -> float:
        """Log likelihood and LKJ prior; fills the derivatives by all but the scales' own priors."""
        groups, m = sigma.shape
        columns, own = len(scale), int(packed[4])
        n = packed[start : start + groups]
        start += groups
        yy = packed[start : start + groups * m * m].reshape(groups, m, m)
        start += groups * m * m
        xy = packed[start : start + groups * columns * m].reshape(groups, columns, m)
        xx = packed[start + groups * columns * m :].reshape(groups, columns, columns)
        root, left = correlation_root(free, m)
        total, by_matrix = _of_several(n, yy, xy, xx, sigma, scale, own, root, by_scale, gradient)
        slopes = gradient[len(gradient) - len(free) :]
        return total + correlation_slopes(free, root, left, by_matrix, packed[6], slopes)

    @njit(nogil=True, cache=True, error_model="numpy")
    def _of_several(
        n: np.ndarray,
        yy: np.ndarray,
        xy: np.ndarray,
        xx: np.ndarray,
        sigma: np.ndarray,
        scale: np.ndarray,
        own: int,
        root: np.ndarray,
        by_scale: np.ndarray,
        gradient: np.ndarray,
    ) -> tuple[float, np.ndarray]:
        """Log likelihood of several outcomes, and its derivative by their correlations, (m, m)."""
        groups, m = sigma.shape
        inverse = np.linalg.inv(np.dot(root, root.T))
        errors, standard = np.empty((groups, m, m)), np.zeros((m, m))
        for g in range(groups):
            errors[g] = inverse / (sigma[g].reshape(m, 1) * sigma[g])
        total, by, expected = integrate_several_outcomes(xx, xy, yy, errors, scale, own)
        by_scale[:] = by
        log_det = 2 * np.log(np.diag(root)).sum()
        for g in range(groups):
            total -= 0.5 * n[g] * (m * log(2 * pi) + log_det)
            for a in range(m):
                total -= n[g] * log(sigma[g, a])
                gradient[g * m + a] = -n[g]
                for b in range(m):
                    total -= 0.5 * errors[g, a, b] * yy[g, a, b]
                    gradient[g * m + a] += errors[g, a, b] * expected[g, a, b]
                    standard[a, b] += expected[g, a, b] / (sigma[g, a] * sigma[g, b])
        by_matrix = 0.5 * (np.dot(np.dot(inverse, standard), inverse) - n.sum() * inverse)
        return total, by_matrix

    @cfunc(types.int64(types.uint64, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS), cache=True)
    def density_for_nutpie(
        size: int, point: _Numbers, gradient: _Numbers, value: _Numbers, packed: _Numbers
    ) -> int:
        """`log_posterior` as nutpie calls it; not 0 reports that the point is not to be used."""
        whole = carray(packed, (int(carray(packed, (1,))[0]),))
        slopes = carray(gradient, (size,))
        try:
            found = log_posterior(carray(point, (size,)), whole, slopes)
        except Exception:  # a matrix is not positive definite; numba knows no other kinds
            return NOT_FINITE
        carray(value, (1,))[0] = found
        for slope in slopes:
            if not np.isfinite(slope):
                return NOT_FINITE
        return 0 if np.isfinite(found) else NOT_FINITE

    @cfunc(types.int64(types.uint64, types.uint64, _NUMBERS, _NUMBERS, _NUMBERS), cache=True)
    def point_for_nutpie(
        size: int, _expanded: int, point: _Numbers, values: _Numbers, _packed: _Numbers
    ) -> int:
        """The point itself, as nutpie calls it."""
        copy, own = carray(values, (size,)), carray(point, (size,))
        for i in range(size):  # a slice's assignment takes numba longer to compile
            copy[i] = own[i]
        return 0
