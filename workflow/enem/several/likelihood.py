"""The likelihood of moments with all coefficients integrated out."""

from math import log, pi
from typing import NamedTuple

import numpy as np

from enem.several.effects import ScaledEffects, integrate_effects
from enem.several.moments import Moments


class Errors(NamedTuple):
    """Error covariances of the strata: their inverses, (..., G, m, m), and log determinants."""

    inverse: np.ndarray
    log_det: np.ndarray


def errors_of(sigma: np.ndarray, correlation: np.ndarray) -> Errors:
    """Error covariances with these standard deviations, (..., G, m), and one correlation."""
    inverse = np.linalg.inv(correlation)[..., None, :, :]
    log_det = 2 * np.log(sigma).sum(axis=-1) + np.linalg.slogdet(correlation)[1][..., None]
    return Errors(inverse / (sigma[..., :, None] * sigma[..., None, :]), log_det)


def condition(moments: Moments, errors: Errors, scale: np.ndarray) -> ScaledEffects:
    """Distribution of the coefficients given error covariances and scales.

    Parameters
    ----------
    moments
        Around the prior mean.
    errors
        Of the strata.
    scale
        Prior standard deviations, points, (..., P, m).

    Returns
    -------
    ScaledEffects
        Over P m coefficients, the outcomes of a column side by side.
    """
    precision, score = _information(moments, errors)
    *leading, columns, m = scale.shape
    flat = scale.reshape(*leading, columns * m)
    return integrate_effects(precision, score, flat, moments.own * m)


def _information(moments: Moments, errors: Errors) -> tuple[np.ndarray, np.ndarray]:
    xx, inverse = moments.xx, errors.inverse
    *leading, m, _ = inverse.shape
    size = xx.shape[-1] * m
    product = xx[:, :, None, :, None] * inverse[..., None, :, None, :]
    precision = product.reshape(*leading, size, size)
    return precision, (moments.xy @ inverse).reshape(*leading, size)


def log_marginal_likelihood(moments: Moments, errors: Errors, scale: np.ndarray) -> np.ndarray:
    """Log density of all rows, coefficients integrated out; shapes as in `condition`."""
    integral = condition(moments, errors, scale).log_integral
    return _at_prior_mean(moments, errors) + integral


def _at_prior_mean(moments: Moments, errors: Errors) -> np.ndarray:
    constant = len(moments.outcomes) * log(2 * pi)
    squares = (errors.inverse * moments.yy).sum(axis=(-2, -1))
    return -0.5 * (moments.n * (constant + errors.log_det) + squares).sum(axis=-1)
