"""Draw codes from stated shares, whole chunks at a time."""

from collections.abc import Sequence

import numpy as np

type Shares = Sequence[float] | np.ndarray


def draw(rng: np.random.Generator, shares: Shares, rows: int) -> np.ndarray:
    """Draw `rows` indices into `shares` (weights, which need not add up to one)."""
    return draw_by_group(rng, np.asarray(shares, dtype=float)[None, :], np.zeros(rows, dtype=int))


def draw_by_group(rng: np.random.Generator, shares: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Draw one index per row from the weights of the row's group.

    Parameters
    ----------
    rng
        Where the uniform draws come from.
    shares
        Weights, shape (groups, choices).
    group
        Group of each row, shape (rows,).

    Returns
    -------
    numpy.ndarray
        Indices below ``choices``, shape (rows,).
    """
    cumulative = np.cumsum(shares, axis=1)
    cumulative /= cumulative[:, -1:]
    # Laid end to end (group g covers g to g + 1), one sorted search serves all groups at once.
    ladder = (cumulative + np.arange(len(shares))[:, None]).ravel()
    position = np.searchsorted(ladder, rng.random(len(group)) + group, side="right")
    return position - group * shares.shape[1]
