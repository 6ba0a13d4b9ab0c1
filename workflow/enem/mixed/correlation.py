"""A correlation matrix by its partial correlations, in machine code.

A matrix of m outcomes is made of m (m - 1) / 2 canonical partial correlations, in rows of the
lower triangle.  Under LKJ, density proportional to ``|R|^(eta - 1)``, they are independent, that in
column j (from 0) with a density proportional to ``(1 - r^2)^(eta - 1 + (m - 2 - j) / 2)``
(Lewandowski, Kurowicka & Joe, Journal of Multivariate Analysis 100 (2009) 1989-2001).
"""

from math import sqrt

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as


def lkj_powers(eta: float, m: int) -> np.ndarray:
    """Power of ``1 - r^2`` in the density of each partial correlation, (m (m - 1) / 2,)."""
    return eta - 1 + (m - 2 - np.tril_indices(m, -1)[1]) / 2


def correlation_matrices(partial: np.ndarray, m: int) -> np.ndarray:
    """Correlation matrices of partial correlations (S, m (m - 1) / 2); shape (S, m, m)."""
    roots = np.stack([correlation_root(each, m)[0] for each in np.ascontiguousarray(partial)])
    return roots @ np.swapaxes(roots, 1, 2)


def partial_correlations(roots: np.ndarray) -> np.ndarray:
    """Partial correlations (S, m (m - 1) / 2) of lower factors (S, m, m) of their matrices."""
    # what each row has left at a column: the length of the rest of it
    left = np.sqrt(np.cumsum(roots[:, :, ::-1] ** 2, axis=2)[:, :, ::-1])
    lower = (slice(None), *np.tril_indices(roots.shape[1], -1))
    return roots[lower] / left[lower]


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def correlation_root(partial: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
        """Lower Cholesky factor of a correlation matrix.

        Returns
        -------
        tuple
            The factor, (m, m), and what each row has left at a column, a length, (m, m).
        """
        root, left = np.zeros((m, m)), np.ones((m, m))
        root[0, 0] = 1.0
        index = 0
        for i in range(1, m):
            for j in range(i):
                root[i, j] = partial[index] * left[i, j]
                left[i, j + 1] = left[i, j] * sqrt(1 - partial[index] ** 2)
                index += 1
            root[i, i] = left[i, i]
        return root, left

    @njit(nogil=True, cache=True, error_model="numpy")
    def by_partial(
        partial: np.ndarray, by_matrix: np.ndarray, root: np.ndarray, left: np.ndarray
    ) -> np.ndarray:
        """Derivatives by the partial correlations.

        Parameters
        ----------
        partial, root, left
            Of `correlation_root`.
        by_matrix
            Derivative by the matrix, symmetric, (m, m).
        """
        by_root, found, end = 2 * np.dot(by_matrix, root), np.empty(len(partial)), 0
        for i in range(1, len(root)):
            start, end = end, end + i
            # by what is left at a column, from the last to the first
            by_left = by_root[i, i]
            for j in range(i - 1, -1, -1):
                r = partial[start + j]
                rest = sqrt(1 - r**2)
                found[start + j] = left[i, j] * (by_root[i, j] - by_left * r / rest)
                by_left = by_root[i, j] * r + by_left * rest
        return found
