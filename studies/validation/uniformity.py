"""Are values uniform?  Empirical distribution functions with simultaneous bands.

Säilynoja, Bürkner & Vehtari (2022), Graphical test for discrete uniformity and its applications
in goodness-of-fit evaluation and multiple sample comparison, Statistics and Computing 32:32.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy.special import bdtr, bdtrc
from scipy.stats import binom

NULL_SAMPLES = 40_000
"""Simulated uniform samples: enough to judge probabilities down to a few in a hundred thousand."""
BLOCK = 1_000


def evaluation_points(size: int) -> np.ndarray:
    """Points at which the distribution of `size` values is held against its band."""
    return np.arange(1, size) / size


def ecdf(values: np.ndarray) -> np.ndarray:
    """Share of `values` (N,) at or below each of the evaluation points, (N - 1,)."""
    points = evaluation_points(len(values))
    return np.searchsorted(np.sort(values), points, side="right") / len(values)


@cache
def _tail_probabilities(size: int) -> np.ndarray:
    """Two-sided binomial tail probability of each count (0 to size) at each point."""
    points, count = evaluation_points(size), np.arange(size + 1)[:, None]
    return 2 * np.minimum(bdtr(count, size, points), bdtrc(count - 1, size, points))


def most_extreme(values: np.ndarray) -> np.ndarray:
    """Smallest two-sided tail probability over the evaluation points; (..., N) to (...)."""
    *shape, size = values.shape
    samples = values.reshape(-1, size)
    # the bin of each value, numbered through all samples, so that one count serves them all
    bins = np.minimum((samples * size).astype(int), size - 1)
    offset = size * np.arange(len(samples))[:, None]
    per_bin = np.bincount((bins + offset).ravel(), minlength=size * len(samples))
    counts = per_bin.reshape(-1, size).cumsum(axis=1)[:, :-1]
    tails = _tail_probabilities(size)[counts, np.arange(size - 1)]
    return tails.min(axis=1).reshape(shape)


@cache
def null_distribution(size: int) -> np.ndarray:
    """`most_extreme` of uniform samples of `size` values, ascending, (NULL_SAMPLES,)."""
    rng = np.random.default_rng(size)
    blocks = [most_extreme(rng.random((BLOCK, size))) for _ in range(NULL_SAMPLES // BLOCK)]
    return np.sort(np.concatenate(blocks))


def p_value(values: np.ndarray) -> float:
    """Probability that uniform values stray from the diagonal as far as `values` do anywhere."""
    null = null_distribution(len(values))
    # a count like any other sample, so that it is never 0
    return float((1 + np.searchsorted(null, most_extreme(values), side="right")) / (1 + len(null)))


def band(size: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Bounds that hold the whole distribution function with probability `level`, (N - 1,) each."""
    tail = np.quantile(null_distribution(size), 1 - level) / 2
    points = evaluation_points(size)
    return binom.ppf(tail, size, points) / size, binom.isf(tail, size, points) / size


def rejected(p_values: Sequence[float], level: float) -> np.ndarray:
    """Mark the hypotheses that Holm's procedure rejects at a family-wise `level`."""
    p = np.asarray(p_values, float)
    order = np.argsort(p)
    fails = p[order] <= level / np.arange(len(p), 0, -1)
    found = np.zeros(len(p), bool)
    # the first hypothesis that stands saves all after it
    found[order[: len(p) if fails.all() else int(np.argmin(fails))]] = True
    return found
