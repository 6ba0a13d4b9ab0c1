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
table of pairs).  Here of one outcome; `enem.mixed.outcomes` is the same of several.
"""

from math import log, nan

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import algebra, unpacking
from enem.mixed.algebra import cholesky, inverse, solve_transposed, solve_upper
from enem.mixed.unpacking import unpack

SOURCES = (__file__, algebra.__file__, unpacking.__file__)
"""Files whose machine code is in that of whoever calls these functions."""

with kept_as_long_as(*SOURCES):

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
