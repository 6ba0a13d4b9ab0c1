"""Expected scores of cells, with the effects of the schools that their participants are in.

Of these schools: a cell's line plus the mean of its participants' groups.  Of schools like these:
the finest groups drawn anew in each posterior draw by a Bayesian bootstrap (Rubin, Annals of
Statistics 9 (1981) 130-134), a weight a group times its participants, within each school type, of
which the participants stay as many; municipalities stay.  The weights are Gamma(a), a such that
the mean over a type's groups varies as the mean of groups drawn from a population would.  With
few effective groups the usual ``a = 1`` falls short of that: it cannot draw a group that it has
not seen.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed.design import Design
from enem.mixed.draw import Effects

MANY_GROUPS = 200.0
"""Effective number of groups from which on the usual weights are right within one percent."""

SHAPES = (0.1, 1.0)
"""Between these the shape of a type's weights is sought."""

TRIED, STEPS, SEED = 1000, 10, 5
"""Weights drawn for each shape that is tried, halvings, and their seed."""


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


def expected_scores(effects: Effects, design: Design, rng: np.random.Generator) -> Expected:
    """Average the expected scores of a design's rows over cells.

    Parameters
    ----------
    effects
        Draws, S of them.
    design
        Columns and groups.
    rng
        Source of the bootstrap's weights.
    """
    types, brackets = len(design.school_types), len(design.brackets)
    draws = len(effects.coefficients)
    line = effects.coefficients @ design.patterns.T
    of_leaf = effects.leaf + effects.municipality[:, design.leaf_municipality]
    weights = _bootstrap_weights(design, draws, rng)
    rows = (design.n, design.pattern, design.leaf, design.group, design.cell)
    found = np.empty((3, draws, types * brackets))
    _average(line, of_leaf, weights, rows, found)
    return Expected(*found.reshape(3, draws, types, brackets))


def _bootstrap_weights(design: Design, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Weights of each finest group, (S, F), which leave every school type its participants."""
    n, of = design.groups["n"].to_numpy(float), design.groups["school_type"].to_numpy(str)
    weights = np.ones((draws, len(n)))
    for school_type in np.unique(of):
        here = of == school_type
        shape = bootstrap_shape(tuple(np.sort(n[here])))
        drawn = rng.gamma(shape, 1.0, (draws, here.sum()))
        weights[:, here] = drawn * (n[here].sum() / (drawn @ n[here]))[:, None]
    return weights


# all models of an outcome have the same groups
@lru_cache(maxsize=64)
def bootstrap_shape(sizes: tuple[float, ...]) -> float:
    """Shape of the Gamma weights of groups of these sizes.

    Of groups whose effects are independent of variance 1, the mean has the variance of squared
    shares.  A bootstrap's has that of the weighted shares less that of their means; both are equal
    at the shape that bisection finds.
    """
    share = np.array(sizes) / sum(sizes)
    target = (share**2).sum()
    if target * MANY_GROUPS < 1:
        return 1.0
    low, high = SHAPES
    for _ in range(STEPS):
        shape = np.sqrt(low * high)
        drawn = np.random.default_rng(SEED).gamma(shape, 1.0, (TRIED, len(share))) * share
        drawn /= drawn.sum(axis=1, keepdims=True)
        varies = (drawn**2).sum(axis=1).mean() - (drawn.mean(axis=0) ** 2).sum()
        low, high = (shape, high) if varies > target else (low, shape)
    return float(shape)


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _average(
        line: np.ndarray, of_leaf: np.ndarray, weights: np.ndarray, rows: tuple, found: np.ndarray
    ) -> None:
        n, pattern, leaf, group, cell = rows
        count = found.shape[2]
        for s in range(len(line)):
            sums = np.zeros((4, count))
            these, like, sizes, drawn = sums[0], sums[1], sums[2], sums[3]
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
