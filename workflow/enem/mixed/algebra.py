"""Triangular factors of small symmetric matrices, in machine code."""

from math import sqrt

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as

with kept_as_long_as(__file__):

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
