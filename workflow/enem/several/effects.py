"""Integrate all coefficients out of a Gaussian likelihood, exactly, in two levels.

Coefficients are scaled, ``beta = d b`` with ``b ~ Normal(0, I)``, so that everything stays finite
as a scale d goes to 0.  Columns that only one stratum has are eliminated stratum by stratum; only
what all strata share meets in one matrix.
"""

from typing import NamedTuple

import numpy as np


class ScaledEffects(NamedTuple):
    """Gaussian of the scaled coefficients b given everything else, and its normalising term.

    Attributes
    ----------
    shared_mean, shared_cov
        Of the r shared ones, (..., r) and (..., r, r).
    own_centre, own_cov
        Of each stratum's q own ones given that the shared ones are 0, (..., G, q) and
        (..., G, q, q).
    own_slope
        What a shared one moves an own one by, with a minus sign, (..., G, q, r).
    log_integral
        Log of the integral of the likelihood over the prior of b, relative to b = 0; (...).
    """

    shared_mean: np.ndarray
    shared_cov: np.ndarray
    own_centre: np.ndarray
    own_cov: np.ndarray
    own_slope: np.ndarray
    log_integral: np.ndarray


def integrate_effects(
    precision: np.ndarray, score: np.ndarray, scale: np.ndarray, own: int
) -> ScaledEffects:
    r"""Integrate b ~ Normal(0, I) out of ``exp(u'Db - b'DADb / 2)``, D = diag(scale).

    .. math:: \int \exp(u'Db - \tfrac12 b'DADb)\, N(b; 0, I)\, db
              = |M|^{-1/2} \exp(\tfrac12 (Du)' M^{-1} (Du)), \quad M = I + DAD.

    With the own columns of stratum g first, M has the blocks C_g (own), K_g (own by shared) and
    the sum over strata of the shared part; its inverse and determinant follow from the Schur
    complement S^-1 of the C_g.

    Parameters
    ----------
    precision, score
        What each stratum says of its columns: A = X'X / sigma^2, (..., G, P, P), and
        u = X'y / sigma^2, (..., G, P).
    scale
        Prior standard deviations of the columns, (..., P).
    own
        q, the number of own columns, which come first.

    Notes
    -----
    Woodbury identity and determinant lemma, and inversion of a partitioned matrix: Rasmussen &
    Williams, Gaussian Processes for Machine Learning (2006), appendix A.3.
    """
    scale = scale[..., None, :]
    m = scale[..., :, None] * precision * scale[..., None, :]
    u = scale * score
    c, k, u_own = m[..., :own, :own] + np.eye(own), m[..., :own, own:], u[..., :own]
    c_inverse = np.linalg.inv(c)
    slope = c_inverse @ k
    centre = (c_inverse @ u_own[..., None])[..., 0]
    left = m[..., own:, own:] - np.swapaxes(k, -1, -2) @ slope
    rhs = u[..., own:] - (np.swapaxes(slope, -1, -2) @ u_own[..., None])[..., 0]
    left, rhs = left.sum(axis=-3) + np.eye(left.shape[-1]), rhs.sum(axis=-2)
    cov = np.linalg.inv(left)
    mean = (cov @ rhs[..., None])[..., 0]
    quadratic = (u_own * centre).sum(axis=(-2, -1)) + (rhs * mean).sum(axis=-1)
    log_det = np.linalg.slogdet(c)[1].sum(axis=-1) + np.linalg.slogdet(left)[1]
    return ScaledEffects(mean, cov, centre, c_inverse, slope, 0.5 * (quadratic - log_det))


def draw_effects(effects: ScaledEffects, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw b from its Gaussian: own (..., G, q) and shared (..., r)."""
    shared = _gaussian(effects.shared_mean, effects.shared_cov, rng)
    moved = (effects.own_slope @ shared[..., None, :, None])[..., 0]
    return _gaussian(effects.own_centre - moved, effects.own_cov, rng), shared


def _gaussian(mean: np.ndarray, cov: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    root = np.linalg.cholesky(cov)
    return mean + (root @ rng.standard_normal(mean.shape)[..., None])[..., 0]
