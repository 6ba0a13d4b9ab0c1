"""Expected scores of cells and what participants scatter around them by, draw by draw."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from enem.mixed.rows import flat_draws
from enem.mixed.specification import LEVELS, level_scale


class CellScores(NamedTuple):
    """What a posterior expects of the cells, school types times brackets.

    Attributes
    ----------
    expected
        Expected scores of the cells' participants, the effects of their schools included, points,
        (S, T, B); NaN where a cell has no participants.
    sigma
        Sd of participants of one school and cell around it, points, (S, T).
    between
        Sd of schools of one school type around its line, all levels together, points, (S,): a
        participant of a school that is not in the file scatters by both.
    """

    expected: np.ndarray
    sigma: np.ndarray
    between: np.ndarray


def cell_scores(tree: xr.DataTree) -> CellScores:
    """Read the expected scores and sds off a posterior of `enem.mixed.posterior`."""
    posterior = tree["posterior"].to_dataset()
    expected = flat_draws(tree["expected"]["these_schools"])
    draws, types, _ = expected.shape
    sigma = flat_draws(posterior["sigma"]).reshape(draws, -1)
    names = [name for name in map(level_scale, LEVELS) if name in posterior]
    squares = sum((flat_draws(posterior[name]) ** 2 for name in names), np.zeros(draws))
    return CellScores(expected, np.broadcast_to(sigma, (draws, types)), np.sqrt(squares))
