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

Leaves of one sigma and size share their precision, so their outer products are added up once: a
term, as is the scatter within all leaves of a sigma, whose variance is that of one participant.  A
term holds only the columns that its sigma group uses.  Here of one outcome; `enem.mixed.outcomes`
is the same of several.
"""

from math import log, nan

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import algebra, unpacking
from enem.mixed.algebra import cholesky, inverse, solve_transposed, solve_upper
from enem.mixed.unpacking import ALONE, WITHIN, terms_of_groups, unpack

SOURCES = (__file__, algebra.__file__, unpacking.__file__)
"""Files whose machine code is in that of whoever calls these functions."""

with kept_as_long_as(*SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def precisions(sigma: np.ndarray, tau: np.ndarray, packed: np.ndarray) -> np.ndarray:
        """Precision of a leaf's mean around its line (and municipality's intercept), by term."""
        terms, leaf_scale, place_scale = unpack(packed).terms, int(packed[8]), int(packed[9])
        precision = np.empty(terms.shape[1])
        for i in range(len(precision)):
            variance = sigma[int(terms[0, i])] ** 2 / terms[1, i]
            if leaf_scale >= 0 and terms[2, i] != WITHIN:
                variance += tau[leaf_scale] ** 2
            if place_scale >= 0 and terms[2, i] == ALONE:
                variance += tau[place_scale] ** 2
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
        of, size = unpack(packed), int(packed[3])
        places, of_group = len(of.starts) - 1, of.columns.astype(np.int64)
        total, columns, mean = np.zeros(places), np.zeros((places, size)), np.zeros(places)
        for m in range(places):
            for leaf in range(int(of.starts[m]), int(of.starts[m + 1])):
                term = int(of.leaf_term[leaf])
                q, own = precision[term], of_group[int(of.terms[0, term])]
                total[m] += q
                mean[m] += q * of.leaf_y[leaf]
                for a in range(len(own)):
                    columns[m, own[a]] += q * of.leaf_x[leaf, a]
        return total, columns, mean

    @njit(nogil=True, cache=True, error_model="numpy")
    def information(
        precision: np.ndarray, kappa: np.ndarray, sums: tuple, packed: np.ndarray
    ) -> tuple:
        """What the scores say of the coefficients: matrix (P, P), upper, vector (P,), squares."""
        (_, columns, mean), size = sums, int(packed[3])
        of = unpack(packed)
        ends, total = terms_of_groups(of), np.dot(precision, of.terms[4])
        matrix, vector = np.zeros((size, size)), np.zeros(size)
        for g in range(len(of.columns)):
            some, own = slice(ends[g], ends[g + 1]), of.columns[g].astype(np.int64)
            flat = np.dot(precision[some], of.matrices[some])
            product = np.dot(precision[some], of.products[some])
            k = 0
            for a in range(len(own)):
                vector[own[a]] += product[a]
                for b in range(a, len(own)):
                    matrix[own[a], own[b]] += flat[k]
                    k += 1
        if len(kappa):
            scaled = columns * kappa.reshape(-1, 1)
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
            Whether common coefficients have a flat prior in place of their own; in compiled code an
            ``np.bool_``, as a literal has a type of its own, for which all is compiled once more.

        Returns
        -------
        tuple
            Whether it exists; U (P, P), upper; D (P,); v (P,); log density of the scores without
            the determinant of M; precisions of terms, shrinkage of municipalities and their sums.
        """
        of, size = unpack(packed), int(packed[3])
        own, place_scale = size - int(packed[4]), int(packed[9])
        precision = precisions(sigma, tau, packed)
        sums = municipality_sums(precision, packed)
        variance = tau[place_scale] ** 2 if place_scale >= 0 else 0.0
        kappa = variance / (1 + variance * sums[0])
        matrix, vector, squares = information(precision, kappa, sums, packed)
        scale = np.empty(size)
        for p in range(size):
            if of.column_scale[p] >= 0:
                scale[p] = tau[int(of.column_scale[p])]
            else:
                scale[p] = 1.0 if flat and p >= own else of.column_sd[p]
        for i in range(size):
            for j in range(i, size):
                matrix[i, j] *= scale[i] * scale[j]
            if i < own or not flat:
                matrix[i, i] += 1
        exists = cholesky(matrix)
        half = solve_transposed(matrix, scale * vector)
        value = packed[10] + 0.5 * (np.dot(half, half) - squares)
        value += 0.5 * np.sum(of.terms[3] * np.log(precision))
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
        column_scale, groups = unpack(packed).column_scale, len(sigma)
        for p in range(size):
            if column_scale[p] >= 0:
                k = int(column_scale[p])
                gradient[groups + k] += (v[p] ** 2 + standard[p, p] - 1) / tau[k]
        standard *= scale * scale.reshape(-1, 1)
        _by_variances(sigma, tau, scale * v, standard, inner, packed, gradient)
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
        of, groups = unpack(packed), len(sigma)
        leaf_scale, place_scale = int(packed[8]), int(packed[9])
        ends, residual = terms_of_groups(of), of.terms[4].copy()
        second = np.empty(of.matrices.shape[1])
        for g in range(groups):
            some, own = slice(ends[g], ends[g + 1]), of.columns[g].astype(np.int64)
            k = 0
            for a in range(len(own)):
                i = own[a]
                for b in range(a, len(own)):
                    j = own[b]
                    second[k] = (mean[i] * mean[j] + covariance[i, j]) * (1.0 if a == b else 2.0)
                    k += 1
            residual[some] += np.dot(of.matrices[some], second)
            residual[some] -= 2 * np.dot(of.products[some], mean[own])
        by_place = _of_municipalities(mean, covariance, kappa, sums, packed, residual)
        for i in range(len(precision)):
            q, g = precision[i], int(of.terms[0, i])
            by_variance = 0.5 * q * (q * residual[i] - of.terms[3, i])
            gradient[g] += by_variance * 2 * sigma[g] / of.terms[1, i]
            if leaf_scale >= 0 and of.terms[2, i] != WITHIN:
                gradient[groups + leaf_scale] += by_variance * 2 * tau[leaf_scale]
            if of.terms[2, i] == ALONE:
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
        of = unpack(packed)
        of_group = of.columns.astype(np.int64)
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
            for leaf in range(int(of.starts[m]), int(of.starts[m + 1])):
                term, along = int(of.leaf_term[leaf]), -effect * of.leaf_y[leaf]
                own = of_group[int(of.terms[0, term])]
                for a in range(len(own)):
                    along += of.leaf_x[leaf, a] * direction[own[a]]
                residual[term] += common + 2 * along
        return by_variance

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_likelihoods(packed: np.ndarray, values: np.ndarray, common: np.ndarray) -> np.ndarray:
        """Log density of all scores given scales and common coefficients, draw by draw, (S,).

        Elsewhere the common coefficients are integrated out.  With ``z = D zeta`` and precision
        ``U' U`` of zeta, the common ones last, Bayes' rule gives it from the density of the scores
        given the scales, and the density of the common ones with and without scores.

        Parameters
        ----------
        packed
            Of `enem.mixed.packing.pack`.
        values
            Sigmas, then scales, points, (S, G + K).
        common
            Common coefficients as their distance from their prior means, points, (S, C).
        """
        found, groups, shared = np.empty(len(values)), int(packed[1]), common.shape[1]
        for s in range(len(values)):
            _, upper, scale, v, value, _ = conditional(
                values[s, :groups], values[s, groups:], packed, np.bool_(False)
            )
            varying = len(v) - shared
            value -= np.log(np.diag(upper)[:varying]).sum()
            zeta = common[s] / scale[varying:]
            away = np.dot(np.triu(upper[varying:, varying:]), zeta - v[varying:])
            found[s] = value + 0.5 * (np.sum(zeta**2) - np.sum(away**2))
        return found
