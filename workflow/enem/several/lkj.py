"""A correlation matrix in free coordinates, and derivatives by them, compiled.

What `enem.several.correlation.CorrelationPrior` says in NumPy, which tests hold this to.
"""

from math import exp, log, log1p, sqrt, tanh

import numpy as np

from enem.machine_code import njit


@njit(nogil=True, cache=True, error_model="numpy")
def correlation_root(free: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Cholesky factor of the correlation matrix that coordinates stand for.

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
            partial = tanh(free[index])
            root[i, j] = partial * left[i, j]
            left[i, j + 1] = left[i, j] * sqrt(1 - partial**2)
            index += 1
        root[i, i] = left[i, i]
    return root, left


@njit(nogil=True, cache=True, error_model="numpy")
def correlation_slopes(
    free: np.ndarray,
    root: np.ndarray,
    left: np.ndarray,
    by_matrix: np.ndarray,
    eta: float,
    slopes: np.ndarray,
) -> float:
    """Fill the derivatives of log likelihood and LKJ prior by the coordinates.

    Parameters
    ----------
    free, root, left
        Coordinates and what `correlation_root` made of them.
    by_matrix
        Derivative of the log likelihood by the entries of the matrix, symmetric, (m, m).
    eta
        Of the LKJ prior.
    slopes
        To be filled, one a coordinate.

    Returns
    -------
    float
        Log prior density of the coordinates, up to a constant.
    """
    m = len(root)
    by_root = 2 * np.dot(by_matrix, root)
    prior, end = 0.0, 0
    for i in range(1, m):
        start, end = end, end + i
        # by what is left at a column, from the last to the first
        by_left = by_root[i, i]
        for j in range(i - 1, -1, -1):
            z = free[start + j]
            partial = tanh(z)
            rest = sqrt(1 - partial**2)
            power = eta + (m - 2 - j) / 2
            slope = by_root[i, j] * left[i, j] * rest**2 - by_left * left[i, j] * partial * rest
            slopes[start + j] = slope - 2 * power * partial
            by_left = by_root[i, j] * partial + by_left * rest
            # log(1 - tanh^2), which rounding does not spoil
            prior += power * 2 * (log(2.0) - abs(z) - log1p(exp(-2 * abs(z))))
    return prior
