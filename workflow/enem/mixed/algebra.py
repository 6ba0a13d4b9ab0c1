"""Triangular factors of small symmetric matrices, in machine code."""

from math import sqrt

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as

with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _take_away(
        row: np.ndarray, factors: np.ndarray, rows: np.ndarray, first: int, last: int, start: int
    ) -> None:
        """Subtract multiples of the rows `first` to `last` from a row, in columns from `start`.

        Four rows at a time, so that the row is read and written a fourth as often.
        """
        k = first
        while k + 3 < last:
            a, b, c, d = factors[k], factors[k + 1], factors[k + 2], factors[k + 3]
            if a != 0.0 or b != 0.0 or c != 0.0 or d != 0.0:
                for j in range(start, len(row)):
                    first_two = a * rows[k, j] + b * rows[k + 1, j]
                    row[j] -= first_two + c * rows[k + 2, j] + d * rows[k + 3, j]
            k += 4
        for rest in range(k, last):
            for j in range(start, len(row)):
                row[j] -= factors[rest] * rows[rest, j]

    @njit(nogil=True, cache=True, error_model="numpy")
    def cholesky(matrix: np.ndarray) -> bool:
        """Replace the upper triangle by U with ``U' U = matrix``; False where there is none."""
        for i in range(len(matrix)):
            row = matrix[i]
            _take_away(row, matrix[:, i], matrix, 0, i, i)
            if not row[i] > 0:
                return False
            row[i:] /= sqrt(row[i])
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
        found = np.zeros_like(upper)
        # from the last row up, each from those below it: U X = (U')^-1, whose lower part is 0
        for i in range(size - 1, -1, -1):
            row, scale = found[i], 1 / upper[i, i]
            _take_away(row, upper[i], found, i + 1, size, i + 1)
            rest = scale
            for k in range(i + 1, size):
                row[k] *= scale
                found[k, i] = row[k]
                rest -= upper[i, k] * row[k]
            row[i] = rest * scale
        return found
