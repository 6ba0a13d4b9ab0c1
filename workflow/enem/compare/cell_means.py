"""Scores of cells, and what a reader would compute from them: gaps at equal income and slopes.

The same arithmetic serves draws of expected scores and observed means, so that the two agree where
there is no noise.
"""

from typing import NamedTuple

import numpy as np

from enem.compare.contrasts import Contrast


class Cells(NamedTuple):
    """Scores of cells, of S draws or once, and who is in the cells.

    Attributes
    ----------
    score
        Points, (S, T, B) of school types and incomes; anything where nobody is.
    participants
        (S, T, B), or (1, T, B) where they are the same in every draw.
    """

    score: np.ndarray
    participants: np.ndarray


class Side(NamedTuple):
    """Mean score of some school types at each income, (S, B), NaN where nobody is; who is there."""

    score: np.ndarray
    participants: np.ndarray


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Divide; NaN where there is nothing to divide by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)


def side(cells: Cells, types: np.ndarray) -> Side:
    """Take the participants of some school types, boolean (T,), in the mix of each income."""
    n = cells.participants[:, types]
    score = np.where(n > 0, cells.score[:, types], 0.0)
    total = n.sum(axis=1)
    return Side(ratio((n * score).sum(axis=1), total), total)


def gap_by_income(cells: Cells, sides: Contrast) -> np.ndarray:
    """Score of one side less that of the other, (S, B); NaN where either has nobody."""
    return side(cells, sides.one).score - side(cells, sides.other).score


def gap(cells: Cells, sides: Contrast, whose: np.ndarray | None = None) -> np.ndarray:
    """Average the gap at equal income over the incomes of some participants.

    Incomes at which either side has nobody are left out.

    Parameters
    ----------
    cells
        Expected scores, or observed means.
    sides
        Who is compared.
    whose
        School types over whose participants' incomes is averaged, boolean (T,); of one side if
        None.

    Returns
    -------
    ndarray
        Points, (S,); NaN where no income has both sides.
    """
    whose = sides.one if whose is None else whose
    return average(gap_by_income(cells, sides), cells.participants[:, whose].sum(axis=1))


def average(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average over the last axis where there is a value."""
    known = np.isfinite(values)
    used = np.where(known, weights, 0.0)
    return ratio((np.where(known, values, 0.0) * used).sum(axis=-1), used.sum(axis=-1))


def raw_gap(cells: Cells, sides: Contrast) -> np.ndarray:
    """Difference of mean scores, each side at its own incomes; points, (S,)."""
    first, second = (average(*side(cells, types)) for types in (sides.one, sides.other))
    return first - second


def least_squares_slope(score: np.ndarray, weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Slope of scores on x by weighted least squares over the last axis."""
    weights = np.broadcast_to(weights, score.shape)
    used = np.where(weights > 0, score, 0.0)
    centred = x - ratio((weights * x).sum(axis=-1), weights.sum(axis=-1))[..., None]
    return ratio((weights * centred * used).sum(axis=-1), (weights * centred**2).sum(axis=-1))


def without_gaps(cells: Cells, slopes: np.ndarray, x: np.ndarray) -> Cells:
    """Give cells without participants a score: on the line through their school type's mean.

    Parameters
    ----------
    cells
        Scores.
    slopes
        Of the lines, points per doubling of income, (S, T).
    x
        Income of the cells, (B,).
    """
    n = cells.participants
    total = n.sum(axis=2)
    score = ratio(np.where(n > 0, n * cells.score, 0.0).sum(axis=2), total)[..., None]
    centre = ratio((n * x).sum(axis=2), total)[..., None]
    return Cells(np.where(n > 0, cells.score, score + slopes[..., None] * (x - centre)), n)
