"""The regression lines that an analysis of the simulated release should find, in closed form.

Scores are held within INEP's limits, essays are rounded to 20 points and some are zero, so the
lines of the *published* scores differ a little from the stated ones.  The truth is the line of
least squares of the published score on income in the whole simulated population, blank answer
sheets left out: what ordinary least squares tends to.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from enem.names import BRAZIL, ESSAY, OUTCOMES, SCHOOL_TYPES, SCORES, STATES
from enem.simulate.parameters import Parameters, state_shares

COLUMNS = ("state", "school_type", "outcome", "zero_essays", "parameter", "value")
PARAMETERS = ("intercept", "slope", "sigma")


class Moments(NamedTuple):
    """Mean and variance of every outcome, shape (school types, states, brackets, 6)."""

    mean: np.ndarray
    variance: np.ndarray


def write_truth(path: Path, parameters: Parameters, x: np.ndarray, shifts: np.ndarray) -> None:
    """Write the truth table, one line per state, school type, outcome, rule and parameter.

    Parameters
    ----------
    path
        The CSV to write.
    parameters
        What the release is made from.
    x
        Income scale of the brackets A to Q, shape (17,).
    shifts
        State shifts in points, shape (27,).
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for rule, zero_essay in (("include", parameters.zero_essay), ("exclude", 0.0)):
            moments = outcome_moments(parameters, x, shifts, zero_essay)
            writer.writerows(_rows(rule, moments, parameters, x))


def outcome_moments(
    parameters: Parameters, x: np.ndarray, shifts: np.ndarray, zero_essay: float
) -> Moments:
    """Moments of the published outcomes given school type, state and income bracket.

    The covariance of two limited scores is taken to first order in their correlation: the
    covariance of the unlimited ones times the probability of each to lie within its limits.
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
        np.concatenate([mean.mean(-1, keepdims=True), mean], axis=-1),
        np.concatenate([together[..., None] / len(SCORES) ** 2, variance], axis=-1),
    )


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


def _rows(
    rule: str, moments: Moments, parameters: Parameters, x: np.ndarray
) -> Iterator[tuple[str, ...]]:
    income = parameters.by_school_type("income_per_thousand")
    alone = np.eye(len(STATES))
    for state, weights in zip((*STATES, BRAZIL), (*alone, state_shares()), strict=True):
        for index, school_type in enumerate(SCHOOL_TYPES):
            lines = least_squares_line(
                np.tile(x, len(STATES)),
                np.outer(weights, income[index]).ravel(),
                moments.mean[index].reshape(-1, len(OUTCOMES)),
                moments.variance[index].reshape(-1, len(OUTCOMES)),
            )
            for (row, column), value in np.ndenumerate(lines):
                yield state, school_type, OUTCOMES[column], rule, PARAMETERS[row], f"{value:.4f}"
