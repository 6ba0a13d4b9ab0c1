"""Expected scores of cells, with the effects of the schools that their participants are in.

Of these schools: a cell's line plus the mean of its participants' groups.  Of schools like these:
the finest groups drawn anew in each posterior draw by a Bayesian bootstrap (Rubin, Annals of
Statistics 9 (1981) 130-134), a weight a group times its participants; municipalities stay.  Its
weights are Gamma(a) with ``a = 1 - 2 / m``, m the effective number of groups of a school type: at
``a = 1``, the usual one, the variance of a mean over m groups would come out as
``(m - 1) / (m + 1)`` of the true one.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from enem.fit.machine_code import kept_as_long_as
from enem.mixed.design import Design
from enem.mixed.draw import Effects

FEWEST_GROUPS = 3.0
"""Effective number of groups at which the bootstrap's weights stop growing more unequal."""


class Expected(NamedTuple):
    """Draws of expected scores of cells; NaN where a cell has no participants.

    Attributes
    ----------
    these_schools, schools_like_these
        Points, (S, T, B).
    participants
        Participants of each cell among schools like these, (S, T, B).
    """

    these_schools: np.ndarray
    schools_like_these: np.ndarray
    participants: np.ndarray


def expected_scores(
    effects: Effects, design: Design, means: np.ndarray, rng: np.random.Generator
) -> Expected:
    """Average the expected scores of a design's rows over cells.

    Parameters
    ----------
    effects
        Draws, S of them.
    design
        Columns and groups.
    means
        Prior means of the coefficients, points, (P,).
    rng
        Source of the bootstrap's weights.
    """
    types, brackets = len(design.school_types), len(design.brackets)
    draws = len(effects.coefficients)
    line = (effects.coefficients + means) @ design.patterns.T
    of_leaf = effects.leaf + effects.municipality[:, design.leaf_municipality]
    shape = bootstrap_shape(design)
    weights = rng.gamma(shape, 1 / shape, (draws, len(shape)))
    rows = (design.n, design.pattern, design.leaf, design.group, design.cell)
    found = np.empty((3, draws, types * brackets))
    _average(line, of_leaf, weights, rows, found)
    return Expected(*found.reshape(3, draws, types, brackets))


def bootstrap_shape(design: Design) -> np.ndarray:
    """Shape of the Gamma weights of each finest group, (F,)."""
    n, of = design.groups["n"], design.groups["school_type"]
    total, squares = n.groupby(of).sum(), (n.astype(float) ** 2).groupby(of).sum()
    effective = (total**2 / squares).clip(lower=FEWEST_GROUPS)
    return of.map(1 - 2 / effective).to_numpy(float)


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _average(
        line: np.ndarray, of_leaf: np.ndarray, weights: np.ndarray, rows: tuple, found: np.ndarray
    ) -> None:
        n, pattern, leaf, group, cell = rows
        count = found.shape[2]
        for s in range(len(line)):
            these, like, sizes, drawn = (
                np.zeros(count),
                np.zeros(count),
                np.zeros(count),
                np.zeros(count),
            )
            for r in range(len(n)):
                score = line[s, pattern[r]] + of_leaf[s, leaf[r]]
                weight = n[r] * weights[s, group[r]]
                c = cell[r]
                these[c] += n[r] * score
                sizes[c] += n[r]
                like[c] += weight * score
                drawn[c] += weight
            found[0, s] = these / sizes
            found[1, s] = like / drawn
            found[2, s] = drawn
