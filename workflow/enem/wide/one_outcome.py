"""Coefficients of one outcome integrated out, with derivatives, compiled.

What `enem.wide.kernel` does for any number of outcomes, by a way that one allows and that costs a
fraction; a test holds the two to each other.
"""

import numpy as np

from enem.fit.machine_code import njit


@njit(nogil=True, cache=True, error_model="numpy")
def integrate_one_outcome(
    xx: np.ndarray,
    xy: np.ndarray,
    yy: np.ndarray,
    precision: np.ndarray,
    scale: np.ndarray,
    own: int,
) -> tuple[float, np.ndarray, np.ndarray]:
    r"""Integrate all coefficients out of one outcome, without forming their second moments.

    With ``M = I + DAD`` the coefficients are D b, b of covariance M^-1.  The derivative by a log
    scale is ``E[b_j^2] - 1``, for which the diagonal of M^-1 is enough, and since DAD = M - I so
    are traces for the expected squares: with the blocks C (own columns), K and L, the Schur
    complement, whose sum over strata and the identity has the inverse S,

    .. math:: tr(D A_g D\, M^{-1}) = q - tr\,C^{-1} + tr(L_g S) - tr(C^{-1}K S K'C^{-1}).

    Parameters
    ----------
    xx, xy, yy
        Moments around the prior mean, (G, P, P), (G, P) and (G,).
    precision
        Inverse error variances, (G,).
    scale
        Prior standard deviations, (P,).
    own
        Columns, of the P, that each stratum has of its own.

    Returns
    -------
    tuple
        Log of the integral, its derivative by the log of each scale, (P,), and the expected sums
        of squared errors, (G,).
    """
    groups, size = xy.shape
    shared = size - own
    slope, centre = np.empty((groups, own, shared)), np.empty((groups, own))
    variance, schur = np.empty((groups, own)), np.empty((groups, shared, shared))
    left, rhs, total = np.eye(shared), np.zeros(shared), 0.0
    c, k = np.empty((own, own)), np.empty((own, shared))
    for g in range(groups):
        u = precision[g] * xy[g] * scale
        for i in range(own):
            weight = precision[g] * scale[i]
            for j in range(own):
                c[i, j] = weight * xx[g, i, j] * scale[j]
            c[i, i] += 1
            for j in range(shared):
                k[i, j] = weight * xx[g, i, own + j] * scale[own + j]
        c_inverse, log_det = _inverse(c)
        slope[g], centre[g] = np.dot(c_inverse, k), np.dot(c_inverse, u[:own])
        variance[g] = np.diag(c_inverse)
        explained = np.dot(k.T, slope[g])
        # symmetric matrices, of which only the lower halves are filled
        for i in range(shared):
            weight = precision[g] * scale[own + i]
            for j in range(i + 1):
                part = weight * xx[g, own + i, own + j] * scale[own + j] - explained[i, j]
                schur[g, i, j] = part
                left[i, j] += part
        rhs += u[own:] - np.dot(k.T, centre[g])
        total += np.dot(u[:own], centre[g]) - log_det
    cov, log_det = _inverse(left)
    mean_shared = np.dot(cov, rhs)
    total += np.dot(rhs, mean_shared) - log_det
    by_scale, squares = np.zeros(size), yy.copy()
    by_scale[own:] = mean_shared**2 + np.diag(cov) - 1
    for g in range(groups):
        across = (np.dot(slope[g], cov) * slope[g]).sum(axis=1)
        mean = np.concatenate((centre[g] - np.dot(slope[g], mean_shared), mean_shared))
        by_scale[:own] += mean[:own] ** 2 + variance[g] + across - 1
        trace = own - variance[g].sum() - across.sum()
        for i in range(shared):
            for j in range(i):
                trace += 2 * schur[g, i, j] * cov[i, j]
            trace += schur[g, i, i] * cov[i, i]
        mean *= scale
        squares[g] += trace / precision[g]
        squares[g] += np.dot(mean, np.dot(xx[g], mean)) - 2 * np.dot(xy[g], mean)
    return 0.5 * total, by_scale, squares


@njit(nogil=True, cache=True, error_model="numpy")
def _inverse(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Inverse and log determinant of a positive definite matrix.

    By the inverse of its Cholesky factor, row by row: the determinant takes the factor anyway, and
    `numpy.linalg.inv` would decompose the matrix once more.
    """
    size = len(matrix)
    if size == 0:
        return np.empty((0, 0)), 0.0
    factor, inverse, log_det = np.linalg.cholesky(matrix), np.zeros((size, size)), 0.0
    for i in range(size):
        row = inverse[i]
        for k in range(i):
            f = factor[i, k]
            for j in range(k + 1):
                row[j] -= f * inverse[k, j]
        d = factor[i, i]
        for j in range(i):
            row[j] /= d
        row[i] = 1 / d
        log_det += 2 * np.log(d)
    return np.dot(inverse.T, inverse), log_det
