"""Coefficients of several outcomes integrated out, with derivatives, compiled.

What `enem.several.effects.integrate_effects` does for many points at once, here for one, with the
moments of the coefficients on top.
"""

import numpy as np

from enem.machine_code import njit


@njit(nogil=True, cache=True, error_model="numpy")
def integrate_several_outcomes(
    xx: np.ndarray, xy: np.ndarray, yy: np.ndarray, inverse: np.ndarray, scale: np.ndarray, own: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """Integrate all coefficients out of several outcomes.

    A derivative is the expected derivative of the log density of rows and coefficients together,
    given the rows (Fisher's identity: Dempster, Laird & Rubin, JRSS B 39 (1977) 1-38, section 3),
    so nothing is differentiated through a matrix inverse.

    Parameters
    ----------
    xx, xy, yy
        Moments around the prior mean.
    inverse
        Inverse error covariances, (G, m, m).
    scale
        Prior standard deviations, (P, m).
    own
        Columns, of the P, that each stratum has of its own.

    Returns
    -------
    tuple
        Log of the integral, its derivative by the log of each scale, (P, m), and the expected sums
        of squares and products of errors, (G, m, m).
    """
    groups, columns, m = xy.shape
    size = columns * m
    precision, score = np.zeros((groups, size, size)), np.zeros((groups, size))
    for g in range(groups):
        for j in range(columns):
            for a in range(m):
                for c in range(m):
                    score[g, j * m + a] += xy[g, j, c] * inverse[g, c, a]
                    for k in range(columns):
                        precision[g, j * m + a, k * m + c] = xx[g, j, k] * inverse[g, a, c]
    integral, mean, second = _integrate_with_moments(precision, score, scale.ravel(), own * m)
    by_scale, squares = np.zeros((columns, m)), yy.copy()
    for g in range(groups):
        for j in range(columns):
            for a in range(m):
                row = j * m + a
                by_scale[j, a] += score[g, row] * mean[g, row]
                for c in range(m):
                    squares[g, a, c] -= xy[g, j, c] * mean[g, row]
                    squares[g, c, a] -= xy[g, j, c] * mean[g, row]
                    for k in range(columns):
                        by_scale[j, a] -= precision[g, row, k * m + c] * second[g, row, k * m + c]
                        squares[g, a, c] += xx[g, j, k] * second[g, row, k * m + c]
    return integral, by_scale, squares


@njit(nogil=True, cache=True, error_model="numpy")
def _integrate_with_moments(
    precision: np.ndarray, score: np.ndarray, scale: np.ndarray, own: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """Integrate all coefficients out and give their first two moments.

    Parameters
    ----------
    precision, score, scale, own
        As in `enem.several.effects.integrate_effects`, without leading dimensions.

    Returns
    -------
    tuple
        Log of the integral; E[beta], (G, P), and E[beta beta'], (G, P, P), of each stratum's own
        and the shared coefficients, points.
    """
    groups, size = score.shape
    shared = size - own
    c_inverse, slope = np.empty((groups, own, own)), np.empty((groups, own, shared))
    centre, left, rhs = np.empty((groups, own)), np.eye(shared), np.zeros(shared)
    total = 0.0
    for g in range(groups):
        m = precision[g] * scale * scale.reshape(-1, 1)
        u = score[g] * scale
        c, k = m[:own, :own] + np.eye(own), np.ascontiguousarray(m[:own, own:])
        c_inverse[g] = np.linalg.inv(c)
        slope[g] = np.dot(c_inverse[g], k)
        centre[g] = np.dot(c_inverse[g], u[:own])
        left += m[own:, own:] - np.dot(k.T, slope[g])
        rhs += u[own:] - np.dot(slope[g].T, u[:own])
        total += np.dot(u[:own], centre[g]) - _log_det(c)
    cov = np.linalg.inv(left)
    mean_shared = np.dot(cov, rhs)
    total += np.dot(rhs, mean_shared) - _log_det(left)
    mean, second = np.empty((groups, size)), np.empty((groups, size, size))
    for g in range(groups):
        across = np.dot(slope[g], cov)
        mean[g, :own] = centre[g] - np.dot(slope[g], mean_shared)
        mean[g, own:] = mean_shared
        second[g, :own, :own] = c_inverse[g] + np.dot(across, slope[g].T)
        second[g, :own, own:] = -across
        second[g, own:, :own] = -across.T
        second[g, own:, own:] = cov
        for i in range(size):
            for j in range(size):
                second[g, i, j] = (second[g, i, j] + mean[g, i] * mean[g, j]) * scale[i] * scale[j]
        mean[g] *= scale
    return 0.5 * total, mean, second


@njit(nogil=True, cache=True, error_model="numpy")
def _log_det(matrix: np.ndarray) -> float:
    return 2 * np.log(np.diag(np.linalg.cholesky(matrix))).sum()
