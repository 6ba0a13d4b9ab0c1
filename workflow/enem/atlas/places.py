"""Ranks that mean something: a place is given only where the order is nearly certain."""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

CERTAIN = 0.9
"""Probability of the right order, against each other state, that a place needs."""


def order_probabilities(mean: Sequence[float], sd: Sequence[float]) -> np.ndarray:
    """Probability that the first of each pair is truly above the second, shape (n, n).

    Posteriors of different states are independent (they share no data) and taken as Gaussian:
    Phi((m_i - m_j) / sqrt(s_i^2 + s_j^2)).
    """
    m, s = np.asarray(mean, dtype=float), np.asarray(sd, dtype=float)
    return ndtr((m[:, None] - m) / np.hypot(s[:, None], s))


def places(
    mean: Sequence[float], sd: Sequence[float], certain: float = CERTAIN
) -> list[int | None]:
    """Give each value its place from the highest, or None where the order says too little.

    Parameters
    ----------
    mean, sd
        Posterior means and standard deviations, above 0.
    certain
        A value has a place only when, against each other value, the order of the two means is
        right with at least this probability.
    """
    return sure_places(mean, order_probabilities(mean, sd), certain)


def above_average(mean: Sequence[float], sd: Sequence[float]) -> np.ndarray:
    """Probability that each of n independent Gaussian values is above the mean of all, shape (n,).

    A value less that mean, of which it is a part itself, has the variance
    s_i^2 (1 - 2 / n) + sum_j s_j^2 / n^2; 0.5 where there is one value only.
    """
    m, s2 = np.asarray(mean, dtype=float), np.square(np.asarray(sd, dtype=float))
    if len(m) < 2:
        return np.full(len(m), 0.5)
    variance = s2 * (1 - 2 / len(m)) + s2.sum() / len(m) ** 2
    return ndtr((m - m.mean()) / np.sqrt(variance))


def draw_probabilities(draws: np.ndarray) -> np.ndarray:
    """Probability that the first of each pair is above the second, from joint draws (draws, n)."""
    return np.array([(column[:, None] > draws).mean(axis=0) for column in draws.T])


def sure_places(
    mean: Sequence[float], above: np.ndarray, certain: float = CERTAIN
) -> list[int | None]:
    """Give places as `places` does, from the probabilities of each order, shape (n, n)."""
    m = np.asarray(mean, dtype=float)
    right = np.maximum(above, above.T)
    np.fill_diagonal(right, 1.0)
    rank = (m[:, None] < m).sum(axis=1) + 1
    known = (right >= certain).all(axis=1)
    return [int(place) if sure else None for place, sure in zip(rank, known, strict=True)]
