r"""Several outcomes of a participant at once, everything Gaussian integrated out, in machine code.

The same elimination as `enem.mixed.density`, with a block of m by m wherever one outcome has a
number.  Errors of school type g, and the intercepts of each level, have a covariance
``diag(s) R diag(s)`` with standard deviations of each outcome and a correlation matrix R of the
errors, of municipalities and of schools; a leaf's mean has that of errors over n plus that of
schools.  Coefficients are independent between outcomes, as those of a term are between columns.
Levels are not: a school that is good in one score is so in others, and taken for independent its
effects would be shrunk away, what they share be left to the correlation of errors.

A derivative by a covariance V of a Gaussian residual r is
``V^-1 (E[r r'] - V) V^-1 / 2``, the expectation over the posterior of the coefficients.
"""

from math import nan

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import algebra, correlation, unpacking
from enem.mixed.algebra import cholesky, inverse, solve_transposed, solve_upper
from enem.mixed.correlation import by_partial, correlation_root
from enem.mixed.unpacking import ALONE, WITHIN, terms_of_groups, unpack

SOURCES = (__file__, algebra.__file__, correlation.__file__, unpacking.__file__)
"""Files whose machine code is in that of whoever calls these functions."""

ERRORS, MUNICIPALITIES, SCHOOLS = range(3)
"""What has a correlation matrix, in the order of the values."""

with kept_as_long_as(*SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def deviations(values: np.ndarray, packed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sigmas (G, m) and scales (K, m)."""
        groups, scales, m = int(packed[1]), int(packed[2]), int(packed[11])
        end = (groups + scales) * m
        return values[: groups * m].reshape(groups, m), values[groups * m : end].reshape(scales, m)

    @njit(nogil=True, cache=True, error_model="numpy")
    def partials(values: np.ndarray, packed: np.ndarray, which: int) -> np.ndarray:
        """Partial correlations of `ERRORS`, `MUNICIPALITIES` or `SCHOOLS`, a view."""
        m = int(packed[11])
        before = which - int(which == SCHOOLS and packed[9] < 0)
        size = m * (m - 1) // 2
        at = (int(packed[1]) + int(packed[2])) * m + before * size
        return values[at : at + size]

    @njit(nogil=True, cache=True, error_model="numpy")
    def scale_of_level(which: int, packed: np.ndarray) -> int:
        """Index of the scale of `MUNICIPALITIES` or `SCHOOLS`; -1 without the level."""
        return int(packed[9] if which == MUNICIPALITIES else packed[8])

    @njit(nogil=True, cache=True, error_model="numpy")
    def level_factor(values: np.ndarray, packed: np.ndarray, which: int) -> np.ndarray:
        """Factor F of the covariance F F' of a level's intercepts, (m, m); 0 without the level."""
        scale, m = scale_of_level(which, packed), int(packed[11])
        if scale < 0:
            return np.zeros((m, m))
        root, _ = correlation_root(partials(values, packed, which), m)
        return root * deviations(values, packed)[1][scale].reshape(-1, 1)

    @njit(nogil=True, cache=True, error_model="numpy")
    def error_covariances(sigma: np.ndarray, root: np.ndarray) -> np.ndarray:
        """Covariance of a participant's errors in each sigma group, (G, m, m)."""
        groups, m = sigma.shape
        matrix, found = np.dot(root, root.T), np.empty((groups, m, m))
        # a loop: three axes broadcast take numba longer to compile than the rest of a density
        for g in range(groups):
            found[g] = matrix * np.outer(sigma[g], sigma[g])
        return found

    @njit(nogil=True, cache=True, error_model="numpy")
    def inverse_of(covariance: np.ndarray) -> tuple[np.ndarray, float]:
        """Inverse and log determinant; the latter NaN where the matrix is not positive."""
        upper = covariance.copy()
        if not cholesky(upper):
            return upper, nan
        return inverse(upper, len(upper)), 2 * np.log(np.diag(upper)).sum()

    @njit(nogil=True, cache=True, error_model="numpy")
    def shrinkage(factor: np.ndarray, precision: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Covariance of a group's intercepts given data of this precision.

        Returns
        -------
        tuple
            ``((F F')^-1 + precision)^-1``, finite where F is 0; the upper factor U of
            ``I + F' precision F``: ``F U^-1 z`` of standard Gaussian z has that covariance.
        """
        upper = np.eye(len(factor)) + np.dot(np.dot(factor.T, precision), factor)
        cholesky(upper)
        return np.dot(np.dot(factor, inverse(upper, len(factor))), factor.T), upper

    @njit(nogil=True, cache=True, error_model="numpy")
    def precisions_of_several(
        covariance: np.ndarray, place: np.ndarray, leaf: np.ndarray, packed: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """Precision of a leaf's means, by term (terms, m, m); log determinants of all of them."""
        terms, m = unpack(packed).terms, len(place)
        of_leaf, of_place = np.dot(leaf, leaf.T), np.dot(place, place.T)
        found, total = np.empty((terms.shape[1], m, m)), 0.0
        for i in range(len(found)):
            variance = covariance[int(terms[0, i])] / terms[1, i]
            if terms[2, i] != WITHIN:
                variance += of_leaf
            if terms[2, i] == ALONE:
                variance += of_place
            found[i], log_determinant = inverse_of(variance)
            total -= terms[3, i] * log_determinant
        return found, total

    @njit(nogil=True, cache=True, error_model="numpy")
    def sums_of_municipalities(precision: np.ndarray, packed: np.ndarray) -> tuple:
        """Precision (M, m, m), weighted columns (M, m, P m) and means (M, m) of shared ones."""
        of, m, size = unpack(packed), precision.shape[1], int(packed[3])
        places, of_group = len(of.starts) - 1, of.columns.astype(np.int64)
        total, mean = np.zeros((places, m, m)), np.zeros((places, m))
        columns = np.zeros((places, m, size * m))
        for k in range(places):
            for leaf in range(int(of.starts[k]), int(of.starts[k + 1])):
                term = int(of.leaf_term[leaf])
                q, own = precision[term], of_group[int(of.terms[0, term])]
                total[k] += q
                mean[k] += np.dot(q, of.leaf_y[leaf * m : leaf * m + m])
                for a in range(len(own)):
                    p = own[a] * m
                    columns[k, :, p : p + m] += of.leaf_x[leaf, a] * q
        return total, columns, mean

    @njit(nogil=True, cache=True, error_model="numpy")
    def information_of_several(precision: np.ndarray, packed: np.ndarray) -> tuple:
        """What terms say of the coefficients: matrix (P m, P m), upper, vector (P m,), squares.

        Municipalities' intercepts are taken to be known.
        """
        of, m, size = unpack(packed), precision.shape[1], int(packed[3])
        ends, weights = terms_of_groups(of), precision.reshape(-1, m * m)
        matrix, vector = np.zeros((size * m, size * m)), np.zeros((size, m))
        for g in range(len(of.columns)):
            some, own = slice(ends[g], ends[g + 1]), of.columns[g].astype(np.int64)
            flat, k = np.dot(weights[some].T, of.matrices[some]).reshape(m, m, -1), 0
            for a in range(len(own)):
                for b in range(a, len(own)):
                    i, j = own[a] * m, own[b] * m
                    matrix[i : i + m, j : j + m] += flat[:, :, k]
                    k += 1
            for i in range(ends[g], ends[g + 1]):
                product = np.dot(of.products[i].reshape(-1, m), precision[i])
                for a in range(len(own)):
                    vector[own[a]] += product[a]
        return matrix, vector.ravel(), np.sum(weights * of.terms[4:].T)

    @njit(nogil=True, cache=True, error_model="numpy")
    def conditional_of_several(values: np.ndarray, packed: np.ndarray) -> tuple:
        """Coefficients given the rest: ``z = D zeta`` with ``zeta ~ Normal(v, (U' U)^-1)``.

        Parameters
        ----------
        values
            Sigmas, scales and partial correlations, (D,).
        packed
            Data, as `unpack` reads them.

        Returns
        -------
        tuple
            Whether it exists; U (P m, P m), D and v (P m,), the outcomes of a column side by side;
            log density of the scores without the determinant of ``U' U``; what the derivatives
            need besides: precisions of terms, shrinkage of municipalities (M, m, m) and their sums.
        """
        (sigma, tau), m = deviations(values, packed), int(packed[11])
        root, _ = correlation_root(partials(values, packed, ERRORS), m)
        of, size, value = unpack(packed), int(packed[3]), packed[10]
        place = level_factor(values, packed, MUNICIPALITIES)
        leaf = level_factor(values, packed, SCHOOLS)
        covariance = error_covariances(sigma, root)
        precision, log_precision = precisions_of_several(covariance, place, leaf, packed)
        matrix, vector, squares = information_of_several(precision, packed)
        sums = sums_of_municipalities(precision, packed)
        total, columns, mean = sums
        kappa, shrunken = np.empty_like(total), np.empty_like(columns)
        for k in range(len(total)):
            kappa[k], upper = shrinkage(place, total[k])
            shrunken[k] = np.dot(kappa[k], columns[k])
            effect = np.dot(kappa[k], mean[k])
            vector -= np.dot(effect, columns[k])
            squares -= np.dot(effect, mean[k])
            value -= np.log(np.diag(upper)).sum()
        if len(total):
            wide = columns.reshape(-1, size * m)
            matrix -= np.dot(wide.T, shrunken.reshape(-1, size * m))
        scale = np.empty(size * m)
        for p in range(size):
            for a in range(m):
                known, k = of.column_scale[p] < 0, int(of.column_scale[p])
                scale[p * m + a] = of.column_sd[p] if known else tau[k, a]
        matrix *= scale * scale.reshape(-1, 1)
        for i in range(size * m):
            matrix[i, i] += 1
        exists = cholesky(matrix)
        half = solve_transposed(matrix, scale * vector)
        value += 0.5 * (np.dot(half, half) - squares + log_precision)
        return exists, matrix, scale, solve_upper(matrix, half), value, (precision, kappa, sums)

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_likelihood_of_several(
        values: np.ndarray, packed: np.ndarray, gradient: np.ndarray
    ) -> float:
        """Log density of all scores given sigmas, scales and correlations, and its derivatives.

        Parameters
        ----------
        values, packed
            As in `conditional_of_several`.
        gradient
            Filled with the derivatives by the values, (D,).

        Returns
        -------
        float
            Of the rows, not only of their sums; NaN where there is none.
        """
        exists, factor, scale, v, value, inner = conditional_of_several(values, packed)
        gradient[:] = 0.0
        if not exists:
            return nan
        value -= np.log(np.diag(factor)).sum()
        spread = inverse(factor, len(factor))
        (sigma, tau), column_scale = deviations(values, packed), unpack(packed).column_scale
        groups, m = sigma.shape
        by_tau = gradient[groups * m : groups * m + tau.size].reshape(tau.shape)
        for i in range(len(v)):
            k, a = int(column_scale[i // m]), i % m
            if k >= 0:
                by_tau[k, a] += (v[i] ** 2 + spread[i, i] - 1) / tau[k, a]
        spread *= scale * scale.reshape(-1, 1)
        by_error, by_place, by_leaf = _by_covariances(scale * v, spread, inner, packed)
        by_sigma = gradient[: groups * m].reshape(groups, m)
        _split(ERRORS, by_error, sigma, values, packed, by_sigma, gradient)
        for which, by in ((MUNICIPALITIES, by_place), (SCHOOLS, by_leaf)):
            k = scale_of_level(which, packed)
            if k >= 0:
                rows = slice(k, k + 1)
                _split(which, by, tau[rows], values, packed, by_tau[rows], gradient)
        return value

    @njit(nogil=True, cache=True, error_model="numpy")
    def _split(
        which: int,
        by: np.ndarray,
        sd: np.ndarray,
        values: np.ndarray,
        packed: np.ndarray,
        by_sd: np.ndarray,
        gradient: np.ndarray,
    ) -> None:
        """Derivatives by covariances (N, m, m) as those by sds (N, m) and partial correlations."""
        count, m = sd.shape
        partial, by_matrix = partials(values, packed, which), np.zeros((m, m))
        root, left = correlation_root(partial, m)
        matrix = np.dot(root, root.T)
        for i in range(count):
            for a in range(m):
                for b in range(m):
                    by_matrix[a, b] += by[i, a, b] * sd[i, a] * sd[i, b]
                    by_sd[i, a] += 2 * by[i, a, b] * matrix[a, b] * sd[i, b]
        partials(gradient, packed, which)[:] = by_partial(partial, by_matrix, root, left)

    @njit(nogil=True, cache=True, error_model="numpy")
    def _by_covariances(
        mean: np.ndarray, spread: np.ndarray, inner: tuple, packed: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Derivatives by covariances: of errors (G, m, m), of both levels (1, m, m)."""
        precision, kappa, sums = inner
        of, m = unpack(packed), precision.shape[1]
        ends, lines = terms_of_groups(of), mean.reshape(-1, m)
        residual = np.ascontiguousarray(of.terms[4:].T).reshape(-1, m, m)
        whole = spread + np.outer(mean, mean)
        for g in range(len(of.columns)):
            some, own = slice(ends[g], ends[g + 1]), of.columns[g].astype(np.int64)
            second = _second_moments(whole, own, m)
            residual[some] += np.dot(of.matrices[some], second).reshape(-1, m, m)
            for i in range(ends[g], ends[g + 1]):
                cross = np.dot(of.products[i].reshape(-1, m).T, lines[own])
                residual[i] -= cross + cross.T
        found, by_leaf = np.zeros((len(of.columns), m, m)), np.zeros((1, m, m))
        by_place = np.zeros((1, m, m))
        by_place[0] = _of_shared(mean, spread, kappa, sums, packed, residual)
        for i in range(len(precision)):
            q = precision[i]
            by_variance = 0.5 * (np.dot(np.dot(q, residual[i]), q) - of.terms[3, i] * q)
            found[int(of.terms[0, i])] += by_variance / of.terms[1, i]
            if of.terms[2, i] != WITHIN:
                by_leaf[0] += by_variance
            if of.terms[2, i] == ALONE:
                by_place[0] += by_variance
        return found, by_place, by_leaf

    @njit(nogil=True, cache=True, error_model="numpy")
    def _second_moments(whole: np.ndarray, own: np.ndarray, m: int) -> np.ndarray:
        """E[z_i z_j' + z_j z_i'] of columns i < j, E[z_i z_i'] of i = j, (U, m m)."""
        size, k = len(own), 0
        found = np.empty((size * (size + 1) // 2, m, m))
        for i in range(size):
            for j in range(i, size):
                a, b = own[i] * m, own[j] * m
                each = whole[a : a + m, b : b + m]
                found[k] = each if i == j else each + each.T
                k += 1
        return found.reshape(-1, m * m)

    @njit(nogil=True, cache=True, error_model="numpy")
    def _of_shared(
        mean: np.ndarray,
        spread: np.ndarray,
        kappa: np.ndarray,
        sums: tuple,
        packed: np.ndarray,
        residual: np.ndarray,
    ) -> np.ndarray:
        """Take municipalities' intercepts out of expected squares of their leaves.

        Returns the derivative by the intercepts' covariance, (m, m).
        """
        total, columns, weighted = sums
        of, m = unpack(packed), residual.shape[1]
        of_group, lines = of.columns.astype(np.int64), mean.reshape(-1, m)
        by_variance = np.zeros((m, m))
        for k in range(len(kappa)):
            moved = np.dot(columns[k], spread)
            centred = weighted[k] - np.dot(columns[k], mean)
            square = np.outer(centred, centred) + np.dot(moved, columns[k].T)
            rest = np.eye(m) - np.dot(total[k], kappa[k])
            by_variance += 0.5 * (np.dot(np.dot(rest, square), rest.T) - np.dot(rest, total[k]))
            effect, wide = np.dot(kappa[k], centred), np.dot(kappa[k], moved)
            common = kappa[k] + np.dot(np.dot(kappa[k], square), kappa[k])
            for leaf in range(int(of.starts[k]), int(of.starts[k + 1])):
                term = int(of.leaf_term[leaf])
                own, x = of_group[int(of.terms[0, term])], of.leaf_x[leaf]
                away = of.leaf_y[leaf * m : leaf * m + m] - np.dot(x, lines[own])
                across = np.outer(away, effect)
                for a in range(len(own)):
                    p = own[a] * m
                    across += x[a] * wide[:, p : p + m].T
                residual[term] += common - across - across.T
        return by_variance
