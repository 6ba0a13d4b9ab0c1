"""Expected scores of cells, with the effects of the schools that their participants are in.

Of these schools: a cell's line plus the mean of its participants' groups.  Of schools like these:
the finest groups drawn anew in each posterior draw by a Bayesian bootstrap (Rubin, Annals of
Statistics 9 (1981) 130-134), a weight a group times its participants, within each school type, of
which the participants stay as many; municipalities stay.  A bootstrap cannot draw a group that it
has not seen: the mean over G groups varies by about (G - 1) / (G + 1) of what it varies by from
population to population, not at all where there is one.  What is missing, by the sizes of the
groups, each of them has as an effect of its own, drawn from the model's distribution of schools;
nothing where no type has two groups, since then nothing tells how schools differ.
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
        Of the effects of schools, points squared, (S,).
    design
        Columns and groups.
    rng
        Source of the bootstrap's weights and of what it lacks.
    """
    types, brackets = len(design.school_types), len(design.brackets)
    draws = len(effects.coefficients)
    line = effects.coefficients @ design.patterns.T
    of_leaf = effects.leaf + effects.municipality[:, design.leaf_municipality]
    anew = _drawn_anew(design, variance, rng)
    rows = (design.n, design.pattern, design.leaf, design.group, design.cell)
    found = np.empty((3, draws, types * brackets))
    _average(line, of_leaf, anew, rows, found)
    return Expected(*found.reshape(3, draws, types, brackets))


def _drawn_anew(
    design: Design, variance: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Weights of each finest group and effects that it has anew, points, both (S, F).

    The weights leave every school type its participants.
    """
    n, of = design.groups["n"].to_numpy(float), design.groups["school_type"].to_numpy(str)
    types, counts = np.unique(of, return_counts=True)
    weights, anew = np.ones((len(variance), len(n))), np.zeros((len(variance), len(n)))
    for school_type in types:
        here = of == school_type
        drawn = rng.gamma(1.0, 1.0, (len(variance), here.sum()))
        weights[:, here] = drawn * (n[here].sum() / (drawn @ n[here]))[:, None]
        share = share_anew(tuple(np.sort(n[here]))) if counts.max() > 1 else 0.0
        if share:
            sd = np.sqrt(share * variance)[:, None]
            anew[:, here] = sd * rng.standard_normal(drawn.shape)
    return weights, anew


# all models of an outcome have the same groups
@lru_cache(maxsize=64)
def share_anew(sizes: tuple[float, ...]) -> float:
    """Share of a group's variance that it has anew, for the mean over groups of these sizes.

    Of groups whose effects are independent of variance 1, the mean has the variance of squared
    shares.  The bootstrap's has that of the weighted shares less that of their means; effects anew
    add the mean of the squared weighted shares, times the share returned.
    """
    share = np.array(sizes) / sum(sizes)
    target = (share**2).sum()
    if target * MANY_GROUPS < 1:
        return 0.0
    drawn = np.random.default_rng(SEED).gamma(1.0, 1.0, (TRIED, len(share))) * share
    drawn /= drawn.sum(axis=1, keepdims=True)
    squares = (drawn**2).sum(axis=1).mean()
    return float(max(target - squares + (drawn.mean(axis=0) ** 2).sum(), 0.0) / squares)


with kept_as_long_as(__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _average(
        line: np.ndarray, of_leaf: np.ndarray, anew: tuple, rows: tuple, found: np.ndarray
    ) -> None:
        (weights, effects), (n, pattern, leaf, group, cell), count = anew, rows, found.shape[2]
        for s in range(len(line)):
            sums = np.zeros((4, count))
            these, like, sizes, drawn = sums[0], sums[1], sums[2], sums[3]
            for r in range(len(n)):
                score = line[s, pattern[r]] + of_leaf[s, leaf[r]]
                weight = n[r] * weights[s, group[r]]
                c = cell[r]
                these[c] += n[r] * score
                sizes[c] += n[r]
                like[c] += weight * (score + effects[s, group[r]])
                drawn[c] += weight
            found[0, s] = these / sizes
            found[1, s] = like / drawn
            found[2, s] = drawn
