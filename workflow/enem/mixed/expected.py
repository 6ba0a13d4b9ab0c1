"""Expected scores of cells, with the effects of the schools that their participants are in.

Of these schools: a cell's line plus the mean of its participants' groups.  Of schools like these:
the finest groups drawn anew in each posterior draw by a Bayesian bootstrap (Rubin, Annals of
Statistics 9 (1981) 130-134), a weight a group times its participants, within each school type, of
which the participants stay as many.  A bootstrap cannot draw a group that it has not seen: the
mean over G groups varies by about (G - 1) / (G + 1) of what it varies by from population to
population, not at all where there is one.  What is missing, a variance that the sizes of the
groups decide, is drawn for each type from the model's distribution of groups.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed.design import Design
from enem.mixed.draw import Effects

MANY_GROUPS = 200.0
"""Effective number of groups from which on the bootstrap lacks less than one percent."""

TRIED, SEED = 2000, 5
"""Weights drawn to see how a bootstrap's means vary, and their seed."""


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
    effects: Effects, variance: np.ndarray, design: Design, rng: np.random.Generator
) -> Expected:
    """Average the expected scores of a design's rows over cells.

    Parameters
    ----------
    effects
        Draws, S of them.
    variance
        Of the effects of a group, its municipality's included, points squared, (S,).
    design
        Columns and groups.
    rng
        Source of the bootstrap's weights and of what it lacks.
    """
    types, brackets = len(design.school_types), len(design.brackets)
    draws = len(effects.coefficients)
    line = effects.coefficients @ design.patterns.T
    of_leaf = effects.leaf + effects.municipality[:, design.leaf_municipality]
    weights, lacking = _drawn_anew(design, draws, rng)
    rows = (design.n, design.pattern, design.leaf, design.group, design.cell)
    found = np.empty((3, draws, types * brackets))
    _average(line, of_leaf, weights, rows, found)
    expected = Expected(*found.reshape(3, draws, types, brackets))
    shift = rng.standard_normal((draws, types)) * np.sqrt(np.outer(variance, lacking))
    expected.schools_like_these[:] += shift[:, :, None]
    return expected


def _drawn_anew(
    design: Design, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Weights of each finest group, (S, F), and what they lack of the variance by type, (T,).

    The weights leave every school type its participants.
    """
    n, of = design.groups["n"].to_numpy(float), design.groups["school_type"].to_numpy(str)
    weights, lacking = np.ones((draws, len(n))), np.zeros(len(design.school_types))
    for position, school_type in enumerate(design.school_types):
        here = of == school_type
        if here.any():
            drawn = rng.gamma(1.0, 1.0, (draws, here.sum()))
            weights[:, here] = drawn * (n[here].sum() / (drawn @ n[here]))[:, None]
            lacking[position] = lacking_variance(tuple(np.sort(n[here])))
    return weights, lacking


# all models of an outcome have the same groups
@lru_cache(maxsize=64)
def lacking_variance(sizes: tuple[float, ...]) -> float:
    """Variance that a Bayesian bootstrap of groups of these sizes lacks, theirs being 1.

    Of groups whose effects are independent of variance 1, the mean has the variance of squared
    shares.  The bootstrap's has that of the weighted shares less that of their means.
    """
    share = np.array(sizes) / sum(sizes)
    target = (share**2).sum()
    if target * MANY_GROUPS < 1:
        return 0.0
    drawn = np.random.default_rng(SEED).gamma(1.0, 1.0, (TRIED, len(share))) * share
    drawn /= drawn.sum(axis=1, keepdims=True)
    varies = (drawn**2).sum(axis=1).mean() - (drawn.mean(axis=0) ** 2).sum()
    return float(max(target - varies, 0.0))


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
