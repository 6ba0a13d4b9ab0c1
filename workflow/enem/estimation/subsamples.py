"""Repeated samples of growing size from the analysed participants."""

import numpy as np
import pandas as pd

from enem.estimation.regression import Cells

SIZES = tuple(size for power in range(1, 8) for size in (10**power, 3 * 10**power) if size >= 30)
"""30, 100, 300, 1,000 and so on; those below the size of the whole are used."""
DRAWS = 400
FEWEST = 50
MOST_ROWS = 20_000_000
"""Rows drawn per size: where 400 samples would hold more, there are fewer, 50 at least."""
BLOCK = 1_000_000


def sample_sizes(participants: int) -> list[int]:
    """Sizes of the subsamples, the size of the whole last."""
    return [size for size in SIZES if size < participants] + [participants]


def draw_subsamples(rows: pd.DataFrame, cells: Cells, size: int, rng: np.random.Generator) -> Cells:
    """Draw samples of `size` participants with replacement, collapsed to cells.

    With replacement the draws are independent and the participants are their exact population,
    which is what the law of large numbers and Chebyshev's inequality speak of.

    Parameters
    ----------
    rows
        ``income_bracket, score``.
    cells
        For brackets and incomes.
    size
        Participants of each sample.
    rng
        Source of the draws.

    Returns
    -------
    Cells
        Statistics of shape (samples, B).
    """
    count = int(np.clip(MOST_ROWS // size, FEWEST, DRAWS))
    bracket = pd.Index(cells.brackets).get_indexer(rows["income_bracket"])
    score = rows["score"].to_numpy(float)
    block = max(1, BLOCK // size)
    parts = [
        _draw(bracket, score - score.mean(), (min(block, count - i), size), len(cells.x), rng)
        for i in range(0, count, block)
    ]
    n, total, squares = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    mean = total / np.maximum(n, 1)
    ss = np.maximum(squares - n * mean**2, 0.0)
    return Cells(cells.brackets, cells.x, n, np.where(n > 0, mean + score.mean(), 0), ss)


def _draw(
    bracket: np.ndarray,
    score: np.ndarray,
    shape: tuple[int, int],
    brackets: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts, sums and sums of squares by bracket, each (samples, B)."""
    chosen = rng.integers(0, len(score), shape)
    cell = (bracket[chosen] + brackets * np.arange(shape[0])[:, None]).ravel()
    y = score[chosen].ravel()
    length = brackets * shape[0]
    weights = (None, y, y**2)
    counts = (np.bincount(cell, weight, length).astype(float) for weight in weights)
    n, total, squares = (array.reshape(shape[0], brackets) for array in counts)
    return n, total, squares
