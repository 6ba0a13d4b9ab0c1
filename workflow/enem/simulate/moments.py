"""Moments of published scores, and lines of least squares through them, in closed form."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from enem.names import ESSAY, SCORES
from enem.simulate.parameters import Parameters


class Moments(NamedTuple):
    """Of every outcome given school type, state and income bracket, shape (4, 27, 17, 6).

    Attributes
    ----------
    mean, variance
        Over municipalities, schools and participants.
    response
        Points by which a published outcome moves when a municipality or school moves all scores
        by one point: the coefficient of least squares on the effect.  It falls short of one by
        those who are held at a limit, whom no effect moves, and by zero essays.
    """

    mean: np.ndarray
    variance: np.ndarray
    response: np.ndarray


def outcome_moments(
    parameters: Parameters, x: np.ndarray, shifts: np.ndarray, zero_essay: float
) -> Moments:
    """Moments of the published outcomes given school type, state and income bracket.

    The variance is that of effects and residual together.  By Stein's lemma the covariance of a
    normal effect with a limited score is the variance of the effect times the probability of the
    score to lie within its limits, which makes that probability the response.  The covariance of
    two limited scores is taken to first order in their correlation: the covariance of the
    unlimited ones times the probability of each to lie within its limits.
    A share `zero_essay` of the essays is zero whatever the rest, which gives the essay the mean
    (1 - p) m and the variance (1 - p) v + p (1 - p) m^2.
    """
    sigma = parameters.by_school_type("sigma")[:, None, None, :]
    line = parameters.by_school_type("intercept")[:, None, :] + (
        parameters.by_school_type("slope")[:, None, :] * x[:, None]
    )
    latent = line[:, None] + shifts[None, :, None, None]
    low, high = parameters.by_score("limits").T
    mean, variance, within = limited_normal(latent, sigma, low, high)
    variance = variance + parameters.by_score("resolution") ** 2 / 12
    factor = within * sigma
    kept = np.where(np.array(SCORES) == ESSAY, 1 - zero_essay, 1.0)
    covariance = np.array(parameters.correlation) * np.einsum(
        "tsbi,tsbj,i,j->tsbij", factor, factor, kept, kept
    )
    variance = kept * variance + kept * (1 - kept) * mean**2
    mean = kept * mean
    together = covariance.sum((-2, -1)) - np.einsum("tsbii->tsb", covariance) + variance.sum(-1)
    return Moments(
        _after_their_mean(mean),
        np.concatenate([together[..., None] / len(SCORES) ** 2, variance], axis=-1),
        _after_their_mean(kept * within),
    )


def _after_their_mean(scores: np.ndarray) -> np.ndarray:
    return np.concatenate([scores.mean(-1, keepdims=True), scores], axis=-1)


def limited_normal(
    mean: np.ndarray, sigma: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moments of a normal variable moved to the nearer limit when outside.

    Returns
    -------
    tuple of numpy.ndarray
        Mean, variance, and probability to lie within the limits.
    """
    a, b = (low - mean) / sigma, (high - mean) / sigma
    at_a, at_b = _normal_density(a), _normal_density(b)
    below, above = ndtr(a), ndtr(-b)
    within = 1 - below - above
    first = a * below + b * above + at_a - at_b
    second = a**2 * below + b**2 * above + within + a * at_a - b * at_b
    return mean + sigma * first, sigma**2 * (second - first**2), within


def least_squares_line(
    x: np.ndarray, weight: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Intercept, slope and residual sd of a population made of groups.

    Parameters
    ----------
    x, weight
        Value and share of each group, shape (groups,).
    mean, variance
        Moments of the outcomes in each group, shape (groups, outcomes).

    Returns
    -------
    numpy.ndarray
        Shape (3, outcomes).
    """
    weight = weight / weight.sum()
    centred = x - weight @ x
    slope = (weight * centred) @ mean / (weight @ centred**2)
    intercept = weight @ mean - slope * (weight @ x)
    residual = mean - intercept - np.outer(x, slope)
    return np.stack([intercept, slope, np.sqrt(weight @ (variance + residual**2))])


def _normal_density(z: np.ndarray) -> np.ndarray:
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
