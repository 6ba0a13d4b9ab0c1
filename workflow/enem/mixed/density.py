r"""The density of a mixed model's scales, everything Gaussian integrated out, in machine code.

Rows enter through sums (`enem.mixed.design`).  With sigma and the scales given, a leaf (the finest
group: participants who share all their levels) of n participants has a mean that is Gaussian
around its columns' line with variance ``sigma^2 / n + tau_school^2``; the leaves of a municipality
share its intercept, a rank-1 term; the rest is a dense block of P coefficients ``z = D zeta``,
``zeta`` standard Gaussian, with precision ``M = I + D A D`` (finite as a scale goes to 0).  Within
leaves only the scatter around their means counts.  Sums of squares split so are sums of positive
terms: nothing is subtracted but the municipalities' rank-1 terms.

The derivative by anything in the covariance follows from Fisher's identity: by the precision q of
a Gaussian residual it is ``(1 / q - E[residual^2]) / 2``, the expectation over the posterior of
the coefficients.  Woodbury identity and determinant lemma: Rasmussen & Williams, Gaussian Processes
for Machine Learning (2006), equations A.9 and A.10; profiled and restricted likelihood: Bates et
al., Journal of Statistical Software 67 (2015), section 3.

Leaves of one sigma and size share their precision, so their outer products are added up once (the
table of pairs).  All of it is one file because numba compiles a function again only when its own
file has changed.
"""

from math import exp, inf, log, log1p, nan, sqrt
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types

from enem.machine_code import kept_as_long_as

FAMILIES = ("half_normal", "half_student_t", "log_normal")
"""Families of priors of scales, by the number that `log_prior` knows them by."""

LOG, SOFTPLUS = 0, 1
"""Kinds of coordinates."""

LOWEST_SIGMA, HIGHEST = 0.1, 1e4
"""Points outside which there is no density: closer to 0 its digits are lost."""

HEAD = 11
"""Numbers at the head of packed data: see `unpack`."""

NOT_FINITE = 3
"""What nutpie is told of a point without a density: a divergent step, not a fault."""

with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True)
    def unpack(packed: np.ndarray) -> tuple:
        """Give the parts of packed data their shapes.

        The head: length, G sigmas, K scales, P coefficients, C of them common ones (the last),
        pairs, leaves and municipalities of the second table, index of the leaves' scale and of
        the municipalities' (-1: absent), constant of the log likelihood.

        Returns
        -------
        tuple
            Priors and coordinates (5, G + K); column's scale (P,), -1 for a known sd; that sd
            (P,); degrees of freedom, sum of squares (G,), products (G, P), matrices
            (G, U) within leaves, U = P (P + 1) / 2; of pairs: sigma, size, whether alone in
            their municipality, count, squares (pairs,), products (pairs, P), matrices (pairs, U);
            of leaves that share a municipality: pair, mean (leaves,), columns (leaves, P); where
            each municipality starts (municipalities + 1,).
        """
        groups, scales, size = int(packed[1]), int(packed[2]), int(packed[3])
        pairs, leaves, places = int(packed[5]), int(packed[6]), int(packed[7])
        upper = size * (size + 1) // 2
        at = HEAD
        coordinates = packed[at : at + 5 * (groups + scales)].reshape(5, groups + scales)
        at += 5 * (groups + scales)
        column_scale, at = packed[at : at + size], at + size
        column_sd, at = packed[at : at + size], at + size
        freedom, at = packed[at : at + groups], at + groups
        squares, at = packed[at : at + groups], at + groups
        products, at = packed[at : at + groups * size].reshape(groups, size), at + groups * size
        matrices, at = packed[at : at + groups * upper].reshape(groups, upper), at + groups * upper
        of_pairs, at = packed[at : at + 5 * pairs].reshape(5, pairs), at + 5 * pairs
        pair_h, at = packed[at : at + pairs * size].reshape(pairs, size), at + pairs * size
        pair_s, at = packed[at : at + pairs * upper].reshape(pairs, upper), at + pairs * upper
        leaf_pair, at = packed[at : at + leaves], at + leaves
        leaf_y, at = packed[at : at + leaves], at + leaves
        leaf_x, at = packed[at : at + leaves * size].reshape(leaves, size), at + leaves * size
        starts = packed[at : at + places + 1]
        return (
            coordinates,
            column_scale,
            column_sd,
            freedom,
            squares,
            products,
            matrices,
            of_pairs,
            pair_h,
            pair_s,
            leaf_pair,
            leaf_y,
            leaf_x,
            starts,
        )

    @njit(nogil=True, cache=True, error_model="numpy")
    def pair_precisions(sigma: np.ndarray, tau: np.ndarray, packed: np.ndarray) -> np.ndarray:
        """Precision of a leaf's mean around its line (and municipality's intercept), per pair."""
        of_pairs = unpack(packed)[7]
        leaf_scale, place_scale = int(packed[8]), int(packed[9])
        leaf_variance = tau[leaf_scale] ** 2 if leaf_scale >= 0 else 0.0
        place_variance = tau[place_scale] ** 2 if place_scale >= 0 else 0.0
        precision = np.empty(of_pairs.shape[1])
        for i in range(len(precision)):
            variance = sigma[int(of_pairs[0, i])] ** 2 / of_pairs[1, i] + leaf_variance
            if of_pairs[2, i] > 0:
                variance += place_variance
            precision[i] = 1 / variance
        return precision

    @njit(nogil=True, cache=True, error_model="numpy")
    def municipality_sums(precision: np.ndarray, packed: np.ndarray) -> tuple:
        """Precision, precision-weighted columns and mean of leaves that share a municipality.

        Returns
        -------
        tuple of ndarray
            (municipalities,), (municipalities, P), (municipalities,).
        """
        parts = unpack(packed)
        leaf_pair, leaf_y, leaf_x, starts = parts[10], parts[11], parts[12], parts[13]
        places, size = len(starts) - 1, leaf_x.shape[1]
        total, columns, mean = np.zeros(places), np.zeros((places, size)), np.zeros(places)
        for m in range(places):
            for leaf in range(int(starts[m]), int(starts[m + 1])):
                q = precision[int(leaf_pair[leaf])]
                total[m] += q
                mean[m] += q * leaf_y[leaf]
                for p in range(size):
                    columns[m, p] += q * leaf_x[leaf, p]
        return total, columns, mean

    @njit(nogil=True, cache=True, error_model="numpy")
    def information(
        sigma: np.ndarray, precision: np.ndarray, kappa: np.ndarray, sums: tuple, packed: np.ndarray
    ) -> tuple:
        """What the scores say of the coefficients: matrix (P, P), vector (P,), squares."""
        parts = unpack(packed)
        squares, products, matrices, of_pairs = parts[4], parts[5], parts[6], parts[7]
        _, columns, mean = sums
        size = products.shape[1]
        weight = 1 / sigma**2
        flat = np.dot(weight, matrices) + np.dot(precision, parts[9])
        vector = np.dot(weight, products) + np.dot(precision, parts[8])
        total = np.dot(weight, squares) + np.dot(precision, of_pairs[4])
        matrix = np.empty((size, size))
        k = 0
        for i in range(size):
            for j in range(i, size):
                matrix[i, j] = matrix[j, i] = flat[k]
                k += 1
        if len(kappa):
            scaled = np.empty_like(columns)
            for m in range(len(kappa)):
                scaled[m] = columns[m] * kappa[m]
            matrix -= np.dot(columns.T, scaled)
            vector -= np.dot(mean, scaled)
            total -= np.sum(kappa * mean**2)
        return matrix, vector, total

    @njit(nogil=True, cache=True, error_model="numpy")
    def cholesky(matrix: np.ndarray) -> bool:
        """Replace the upper triangle by U with ``U' U = matrix``; False where there is none.

        Written row by row, which the compiler turns into vector instructions.
        """
        size = len(matrix)
        for k in range(size):
            if not matrix[k, k] > 0:
                return False
            matrix[k, k:] /= sqrt(matrix[k, k])
            for i in range(k + 1, size):
                factor = matrix[k, i]
                if factor != 0.0:
                    for j in range(i, size):
                        matrix[i, j] -= factor * matrix[k, j]
        return True

    @njit(nogil=True, cache=True, error_model="numpy")
    def solve_transposed(upper: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Solve ``U' x = vector``."""
        size, found = len(vector), vector.copy()
        for i in range(size):
            found[i] /= upper[i, i]
            for j in range(i + 1, size):
                found[j] -= upper[i, j] * found[i]
        return found

    @njit(nogil=True, cache=True, error_model="numpy")
    def solve_upper(upper: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Solve ``U x = vector``."""
        size, found = len(vector), vector.copy()
        for i in range(size - 1, -1, -1):
            for j in range(i + 1, size):
                found[i] -= upper[i, j] * found[j]
            found[i] /= upper[i, i]
        return found

    @njit(nogil=True, cache=True, error_model="numpy")
    def inverse(upper: np.ndarray, size: int) -> np.ndarray:
        """Inverse of the first `size` rows and columns of ``U' U``, 0 beyond them."""
        whole, rows = np.zeros_like(upper), np.zeros((size, size))
        for i in range(size - 1, -1, -1):
            scale = 1 / upper[i, i]
            for k in range(i + 1, size):
                factor = -scale * upper[i, k]
                if factor != 0.0:
                    for j in range(k, size):
                        rows[i, j] += factor * rows[k, j]
            rows[i, i] = scale
        whole[:size, :size] = np.dot(rows, rows.T)
        return whole

    @njit(nogil=True, cache=True, error_model="numpy")
    def conditional(
        sigma: np.ndarray, tau: np.ndarray, packed: np.ndarray, flat: bool
    ) -> tuple[bool, np.ndarray, np.ndarray, np.ndarray, float, tuple]:
        """Coefficients given the scales: ``z = D zeta`` with ``zeta ~ Normal(v, (U' U)^-1)``.

        Parameters
        ----------
        sigma, tau
            Points, (G,) and (K,).
        packed
            Data, as `unpack` reads them.
        flat
            Whether common coefficients have a flat prior in place of their own.

        Returns
        -------
        tuple
            Whether it exists; U (P, P), upper; D (P,); v (P,); log density of the scores without
            the determinant of M; precisions of pairs, shrinkage of municipalities and their sums.
        """
        parts = unpack(packed)
        column_scale, column_sd, freedom, of_pairs = parts[1], parts[2], parts[3], parts[7]
        size, fixed, place_scale = int(packed[3]), int(packed[4]), int(packed[9])
        precision = pair_precisions(sigma, tau, packed)
        sums = municipality_sums(precision, packed)
        variance = tau[place_scale] ** 2 if place_scale >= 0 else 0.0
        kappa = variance / (1 + variance * sums[0])
        matrix, vector, squares = information(sigma, precision, kappa, sums, packed)
        scale = np.empty(size)
        for p in range(size):
            if column_scale[p] >= 0:
                scale[p] = tau[int(column_scale[p])]
            else:
                scale[p] = 1.0 if flat and p >= size - fixed else column_sd[p]
        for i in range(size):
            for j in range(size):
                matrix[i, j] *= scale[i] * scale[j]
            if i < size - fixed or not flat:
                matrix[i, i] += 1
        exists = cholesky(matrix)
        half = solve_transposed(matrix, scale * vector)
        value = packed[10] - np.sum(freedom * np.log(sigma)) + 0.5 * (np.dot(half, half) - squares)
        value += 0.5 * np.sum(of_pairs[3] * np.log(precision))
        value -= 0.5 * np.sum(np.log1p(variance * sums[0]))
        return exists, matrix, scale, solve_upper(matrix, half), value, (precision, kappa, sums)

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_likelihood(
        sigma: np.ndarray,
        tau: np.ndarray,
        packed: np.ndarray,
        flat: bool,
        marginal: bool,
        gradient: np.ndarray,
    ) -> float:
        """Log density of all scores given the scales, and its derivatives.

        Parameters
        ----------
        sigma, tau, packed, flat
            As in `conditional`.
        marginal
            Whether common coefficients are integrated out; else they are at their best values
            (with `flat`: the profiled likelihood, whose maximum is that of maximum likelihood).
        gradient
            Filled with the derivatives by sigma and tau, (G + K,).

        Returns
        -------
        float
            Of the rows, not only of their sums; NaN where there is none.
        """
        exists, factor, scale, v, value, inner = conditional(sigma, tau, packed, flat)
        gradient[:] = 0.0
        if not exists:
            return nan
        size, fixed = int(packed[3]), int(packed[4])
        integrated = size if marginal else size - fixed
        for p in range(integrated):
            value -= log(factor[p, p])
        standard = inverse(factor, integrated)
        column_scale, groups = unpack(packed)[1], len(sigma)
        for p in range(size):
            if column_scale[p] >= 0:
                k = int(column_scale[p])
                gradient[groups + k] += (v[p] ** 2 + standard[p, p] - 1) / tau[k]
        mean = scale * v
        covariance = standard
        for i in range(size):
            for j in range(size):
                covariance[i, j] *= scale[i] * scale[j]
        _by_variances(sigma, tau, mean, covariance, inner, packed, gradient)
        return value

    @njit(nogil=True, cache=True, error_model="numpy")
    def _by_variances(
        sigma: np.ndarray,
        tau: np.ndarray,
        mean: np.ndarray,
        covariance: np.ndarray,
        inner: tuple,
        packed: np.ndarray,
        gradient: np.ndarray,
    ) -> None:
        """Add the derivatives by sigma and by the scales of levels."""
        precision, kappa, sums = inner
        parts = unpack(packed)
        freedom, squares, products, matrices, of_pairs = parts[3:8]
        groups, size = len(sigma), len(mean)
        leaf_scale, place_scale = int(packed[8]), int(packed[9])
        second = np.empty(size * (size + 1) // 2)
        k = 0
        for i in range(size):
            for j in range(i, size):
                second[k] = (mean[i] * mean[j] + covariance[i, j]) * (1.0 if i == j else 2.0)
                k += 1
        within = squares - 2 * np.dot(products, mean) + np.dot(matrices, second)
        for g in range(groups):
            gradient[g] += (within[g] / sigma[g] ** 2 - freedom[g]) / sigma[g]
        residual = of_pairs[4] - 2 * np.dot(parts[8], mean) + np.dot(parts[9], second)
        by_place = _of_municipalities(mean, covariance, kappa, sums, packed, residual)
        for i in range(len(precision)):
            q, g = precision[i], int(of_pairs[0, i])
            by_variance = 0.5 * q * (q * residual[i] - of_pairs[3, i])
            gradient[g] += by_variance * 2 * sigma[g] / of_pairs[1, i]
            if leaf_scale >= 0:
                gradient[groups + leaf_scale] += by_variance * 2 * tau[leaf_scale]
            if of_pairs[2, i] > 0:
                by_place += by_variance
        if place_scale >= 0:
            gradient[groups + place_scale] += by_place * 2 * tau[place_scale]

    @njit(nogil=True, cache=True, error_model="numpy")
    def _of_municipalities(
        mean: np.ndarray,
        covariance: np.ndarray,
        kappa: np.ndarray,
        sums: tuple,
        packed: np.ndarray,
        residual: np.ndarray,
    ) -> float:
        """Take municipalities' intercepts out of expected squared residuals of their leaves.

        Returns the derivative by the intercepts' variance.
        """
        total, columns, weighted = sums
        parts = unpack(packed)
        leaf_pair, leaf_y, leaf_x, starts = parts[10], parts[11], parts[12], parts[13]
        spread = np.dot(columns, covariance)
        centred = weighted - np.dot(columns, mean)
        by_variance = 0.0
        for m in range(len(kappa)):
            effect = kappa[m] * centred[m]
            square = np.dot(spread[m], columns[m])
            shrinkage = 1 - kappa[m] * total[m]
            by_variance += 0.5 * (shrinkage**2 * (centred[m] ** 2 + square) - total[m] * shrinkage)
            direction = effect * mean - kappa[m] * spread[m]
            common = effect**2 + kappa[m] ** 2 * square + kappa[m]
            for leaf in range(int(starts[m]), int(starts[m + 1])):
                residual[int(leaf_pair[leaf])] += (
                    common - 2 * effect * leaf_y[leaf] + 2 * np.dot(leaf_x[leaf], direction)
                )
        return by_variance

    @njit(nogil=True, cache=True, error_model="numpy")
    def coordinate(kind: int, unit: float, z: float) -> tuple[float, float, float, float]:
        """Positive value at a coordinate.

        Parameters
        ----------
        kind
            `LOG`: the value is ``unit exp(z)``.  `SOFTPLUS`: it is ``unit log(1 + exp(z))``,
            which goes as ``exp(z)`` towards 0 and as ``z`` where it is large: with few groups the
            posterior of a scale would end like ``exp(-exp(2 z))`` on a log scale, a wall at which
            leapfrog steps diverge, and on this one ends as a Gaussian does.
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
    def natural(point: np.ndarray, packed: np.ndarray) -> np.ndarray:
        """Sigmas and scales, points, at coordinates (G + K,)."""
        coordinates, values = unpack(packed)[0], np.empty_like(point)
        for i in range(len(point)):
            values[i] = coordinate(int(coordinates[3, i]), coordinates[4, i], point[i])[0]
        return values

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_priors(values: np.ndarray, packed: np.ndarray, gradient: np.ndarray) -> float:
        """Log prior density of sigmas and scales up to a constant; adds its gradient."""
        coordinates, total = unpack(packed)[0], 0.0
        for i in range(len(values)):
            a, b, c = coordinates[0, i], coordinates[1, i], coordinates[2, i]
            added, slope = log_prior(int(a), b, c, values[i])
            total += added
            gradient[i] += slope
        return total

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_posterior(point: np.ndarray, packed: np.ndarray, gradient: np.ndarray) -> float:
        """Log posterior density of the coordinates, up to a constant, and its gradient.

        Minus infinity outside the guard of `LOWEST_SIGMA` and `HIGHEST`.
        """
        groups = int(packed[1])
        coordinates, values = unpack(packed)[0], natural(point, packed)
        gradient[:] = 0.0
        for i in range(len(point)):
            if not values[i] < HIGHEST or (i < groups and not values[i] > LOWEST_SIGMA):
                return -inf
        total = log_likelihood(values[:groups], values[groups:], packed, False, True, gradient)
        total += log_priors(values, packed, gradient)
        for i in range(len(point)):
            kind, unit = int(coordinates[3, i]), coordinates[4, i]
            _, step, log_step, slope = coordinate(kind, unit, point[i])
            total += log_step
            gradient[i] = gradient[i] * step + slope
        return total

    @njit(nogil=True, cache=True, error_model="numpy")
    def at_whitened(
        point: np.ndarray, whitened: np.ndarray, gradient: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """`log_posterior` where coordinates are ``mode + L point``.

        Parameters
        ----------
        point
            (G + K,).
        whitened
            Mode, L in rows, and packed data, one after the other.
        gradient
            Filled, (G + K,).

        Returns
        -------
        tuple
            The log density and the coordinates.
        """
        size = len(point)
        mode, factor = whitened[:size], whitened[size : size + size * size].reshape(size, size)
        place, slopes = mode + np.dot(factor, point), np.empty(size)
        value = log_posterior(place, whitened[size + size * size :], slopes)
        gradient[:] = np.dot(factor.T, slopes)
        return value, place

    _NUMBERS = types.CPointer(types.double)

    @cfunc(types.int64(types.uint64, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS), cache=True)
    def density_for_nutpie(size: int, point: Any, gradient: Any, value: Any, data: Any) -> int:
        """`at_whitened` as nutpie calls it; not 0 reports that the point is not to be used."""
        whole = carray(data, (int(carray(data, (1,))[0]),))[1:]
        slopes, at = carray(gradient, (size,)), carray(point, (size,)).copy()
        found, _ = at_whitened(at, whole, slopes)
        carray(value, (1,))[0] = found
        return 0 if np.isfinite(found) and np.isfinite(slopes).all() else NOT_FINITE

    @cfunc(types.int64(types.uint64, types.uint64, _NUMBERS, _NUMBERS, _NUMBERS), cache=True)
    def values_for_nutpie(size: int, _expanded: int, point: Any, values: Any, data: Any) -> int:
        """Sigmas and scales at a whitened point, as nutpie calls it."""
        whole = carray(data, (int(carray(data, (1,))[0]),))[1:]
        mode, factor = whole[:size], whole[size : size + size * size].reshape(size, size)
        place = mode + np.dot(factor, carray(point, (size,)).copy())
        carray(values, (size,))[:] = natural(place, whole[size + size * size :])
        return 0
