"""The likelihood of moments with all coefficients integrated out, and its gradient."""

from math import log, pi
from typing import NamedTuple

import numpy as np

from enem.wide.effects import ScaledEffects, integrate_effects
from enem.wide.kernel import gradient_parts
from enem.wide.moments import Moments


class Errors(NamedTuple):
    """Error covariances of the strata: their inverses, (..., G, m, m), and log determinants."""

    inverse: np.ndarray
    log_det: np.ndarray


class Gradient(NamedTuple):
    """Log marginal likelihood and what it changes by.

    Attributes
    ----------
    value
        Log density of all rows.
    by_log_scale
        Derivative by the log of each column's scale, (P, m).
    squares
        Expected sums of squares and products of errors, (G, m, m), of which the derivative by
        any parameter of the error covariances follows as in a regression without priors.
    """

    value: float
    by_log_scale: np.ndarray
    squares: np.ndarray


def errors_of(sigma: np.ndarray, correlation: np.ndarray | None = None) -> Errors:
    """Error covariances with these standard deviations, (..., G, m), and one correlation."""
    m = sigma.shape[-1]
    correlation = np.eye(m) if correlation is None else correlation
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


def log_marginal_gradient(moments: Moments, errors: Errors, scale: np.ndarray) -> Gradient:
    """`log_marginal_likelihood` and its derivatives.

    A derivative is the expected derivative of the log density of rows and coefficients together,
    given the rows (Fisher's identity: Dempster, Laird & Rubin, JRSS B 39 (1977) 1-38, section 3),
    so nothing is differentiated through a matrix inverse.

    Parameters
    ----------
    moments
        Around the prior mean.
    errors
        Of the strata, (G, m, m).
    scale
        Prior standard deviations, points, (P, m).
    """
    integral, by_log_scale, squares = gradient_parts(
        moments.xx, moments.xy, moments.yy, errors.inverse, scale, moments.own
    )
    return Gradient(_at_prior_mean(moments, errors) + integral, by_log_scale, squares)
