"""Densities of a participant, or of a whole group, given everybody else and the scales: exact.

Given sigmas and scales everything is Gaussian, so what a model expects of somebody without having
seen them follows from what it expects having seen them: with mean m and covariance C of the
expected scores of some rows, whose means scatter around these with covariance Sigma, the others
alone predict row means y as
``|Sigma - C|^(1/2) / |Sigma| exp(-(y - m)' (Sigma - C)^-1 (y - m) / 2)`` up to the constant.  (One
over it is the mean of one over the likelihood.)  Only the scales are left to importance sampling:
integrated importance sampling (Vehtari, Mononen, Tolvanen, Sivula & Winther, JMLR 17(103) (2016),
section 3.6).  A participant has expected scores with the effect of their group; a group left out as
a whole loses its effect too, which goes into Sigma.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import log, pi, sqrt
from typing import NamedTuple

import numpy as np
from arviz_stats.base import array_stats
from numba import njit
from scipy.special import logsumexp

from enem.machine_code import kept_as_long_as
from enem.mixed import density
from enem.mixed.algebra import inverse
from enem.mixed.density import conditional
from enem.mixed.design import Design
from enem.mixed.rows import level_variances
from enem.mixed.specification import MUNICIPALITY

AT_ONCE = 2_000_000
"""Numbers of one array that are held at once."""
SMOOTHED_FROM = 1.1
"""Ratio of the largest weights from which on they are smoothed."""


class Leaves(NamedTuple):
    """Leaves: sigma's index, place that binds them, participants, mean, columns."""

    sigma: np.ndarray
    place: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    columns: np.ndarray


@dataclass(frozen=True)
class Conditionals:
    """A model's coefficients given draws of its scales.

    Attributes
    ----------
    design
        Columns and sums.
    sigma, variance
        Points, (S, G); squared points of the levels' intercepts, (2, S).
    mean, covariance
        Of the coefficients' distance from their prior means, (S, P) and (S, P, P).
    prior_line
        Expected scores of the patterns at the prior means, (U,).
    """

    design: Design
    sigma: np.ndarray
    variance: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    prior_line: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What the compiled functions take."""
        return self.sigma, self.variance, self.mean, self.covariance

    @property
    def away(self) -> np.ndarray:
        """Distance of the rows' means from their prior lines, points, (R,)."""
        return self.design.mean - self.prior_line[self.design.pattern]

    @cached_property
    def leaves(self) -> Leaves:
        """Leaves, bound together by their municipality where that is a level."""
        design, place = self.design, np.arange(len(self.design.leaf_sigma))
        if MUNICIPALITY in design.spec.levels:
            place = design.leaf_municipality
        of_rows = design.leaf_means(self.away), design.leaf_columns
        return Leaves(design.leaf_sigma, place, design.leaf_n, *of_rows)


def conditionals(
    design: Design, packed: np.ndarray, means: np.ndarray, values: np.ndarray
) -> Conditionals:
    """Work out the coefficients given the scales.

    Parameters
    ----------
    design, packed, means
        A model, of `enem.mixed.packing.pack` and of `enem.mixed.packing.prior_means`.
    values
        Sigmas, then scales, points, (S, G + K).
    """
    groups, size = len(design.sigma_labels), len(design.coefficients)
    mean = np.empty((len(values), size))
    covariance = np.empty((len(values), size, size))
    _fill_conditionals(np.ascontiguousarray(values), groups, packed, mean, covariance)
    variance = level_variances(values, design)
    line = design.patterns @ means
    return Conditionals(design, values[:, :groups].copy(), variance, mean, covariance, line)


def participant_moments(
    given: Conditionals, leaf: np.ndarray, pattern: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Mean and variance of the expected score of people of a leaf and a pattern.

    Parameters
    ----------
    given
        Of `conditionals`.
    leaf, pattern
        Of each kind of people, (N,).

    Yields
    ------
    tuple of ndarray
        Which kinds; mean and variance given all scores, points, (kinds, S).
    """
    places, draws = given.leaves.place, len(given.sigma)
    order = np.argsort(places[leaf], kind="stable")
    # parts are small, but a place with more kinds than that is taken whole
    place = places[leaf[order]]
    part = np.searchsorted(place, place) // max(1, AT_ONCE // draws)
    for some in np.split(order, np.flatnonzero(np.diff(part)) + 1):
        here = np.flatnonzero(np.isin(places, places[leaf[some]]))
        leaves = Leaves(*(of[here] for of in given.leaves))
        leaves = leaves._replace(place=np.unique(leaves.place, return_inverse=True)[1])
        found = np.empty((2, len(some), draws))
        rows = np.searchsorted(here, leaf[some]), pattern[some]
        _fill_moments(given.arrays, given.design.patterns, leaves, *rows, found)
        yield some, found[0] + given.prior_line[pattern[some]][:, None], found[1]


def leave_out_scores(
    given: Conditionals, kinds: np.ndarray, kind: np.ndarray, score: np.ndarray
) -> np.ndarray:
    """Leave out one score at a time.

    Parameters
    ----------
    given
        Of `conditionals`.
    kinds
        Leaf and pattern of each kind of participants, (2, K).
    kind, score
        Index of the kind, ascending, and points, (N,).

    Returns
    -------
    ndarray
        ``elpd_loo, lppd, pareto_k``, (3, N).
    """
    found, sigma = np.empty((3, len(kind))), given.sigma[:, given.design.leaf_sigma[kinds[0]]].T
    for some, mean, variance in participant_moments(given, *kinds):
        place = np.full(kinds.shape[1], -1)
        place[some] = np.arange(len(some))
        here = np.flatnonzero(place[kind] >= 0)
        for part in np.array_split(here, 1 + len(here) * mean.shape[1] // AT_ONCE):
            at = place[kind[part]]
            of_kinds = mean[at], variance[at], sigma[some[at]]
            without, whole = participant_densities(score[part, None], *of_kinds)
            elpd, k = smoothed(without)
            found[:, part] = elpd, logsumexp(whole, axis=1) - log(whole.shape[1]), k
    return found


def smoothed(log_density: np.ndarray, relative_efficiency: float = 1.0) -> np.ndarray:
    """Log expected density of what draws that have seen it are weighted to leave out.

    Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao & Gabry, JMLR 25(72), 2024).

    Parameters
    ----------
    log_density
        Log density of each thing given the draws and everything else, (N, S).
    relative_efficiency
        Effective draws per draw.

    Returns
    -------
    ndarray
        Log of the mean density and the Pareto shape k of its weights, (2, N); k is 0 where the
        largest weights are so alike that smoothing them exchanges like for like.
    """
    draws = log_density.shape[1]
    found = np.stack([log(draws) - logsumexp(-log_density, axis=1), np.zeros(len(log_density))])
    largest = int(min(0.2 * draws, 3 * sqrt(draws / relative_efficiency)))
    ends = np.partition(log_density, [0, largest - 1])[:, [0, largest - 1]]
    spread = ends[:, 1] - ends[:, 0]
    # the one most spread out always, so that the largest k is an estimate; the library refuses 0
    some = (spread > 0) & (spread >= min(log(SMOOTHED_FROM), spread.max(initial=0)))
    weight, k = array_stats.psislw(log_density[some], r_eff=relative_efficiency, axis=-1)
    found[:, some] = logsumexp(weight + log_density[some], axis=-1), k
    return found


def participant_densities(
    score: np.ndarray | float, mean: np.ndarray, variance: np.ndarray, sigma: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log density of participants given all others, and given all and themselves, (..., S)."""
    own, square = sigma**2, (score - mean) ** 2
    left, whole = own - variance, own + variance
    without = -0.5 * (square / left - np.log(left) + log(2 * pi)) - np.log(own)
    return without, -0.5 * (square / whole + np.log(2 * pi * whole))


def group_densities(given: Conditionals) -> np.ndarray:
    """Log density of all scores of each finest group given all other groups, (F, S)."""
    design, patterns = given.design, given.design.patterns
    found = np.empty((len(design.groups), len(given.sigma)))
    # rows are sorted by group
    starts = np.flatnonzero(np.diff(design.group, prepend=-1, append=-1))
    most = int((patterns != 0).sum(axis=1).max())
    support = np.argsort(patterns == 0, axis=1, kind="stable")[:, :most]
    columns = (patterns, support, np.take_along_axis(patterns, support, axis=1))
    rows = (design.leaf, design.pattern, design.n, given.away, design.ss)
    _fill_groups(given.arrays, columns, given.leaves, rows, starts, found)
    return found


with kept_as_long_as(__file__, *density.SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _fill_conditionals(
        values: np.ndarray,
        groups: int,
        packed: np.ndarray,
        mean: np.ndarray,
        covariance: np.ndarray,
    ) -> None:
        size = mean.shape[1]
        for s in range(len(values)):
            _, upper, scale, v, _, _ = conditional(
                values[s, :groups], values[s, groups:], packed, False
            )
            mean[s] = scale * v
            covariance[s] = inverse(upper, size)
            for i in range(size):
                covariance[s, i] *= scale[i] * scale

    @njit(nogil=True, cache=True, error_model="numpy")
    def _place_sums(
        sigma: np.ndarray, of_place: float, of_leaf: float, leaves: tuple
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Variances k (M,) of places' intercepts given coefficients z, and b, g of ``b - g'z``."""
        leaf_sigma, leaf_place, leaf_n, leaf_y, leaf_x = leaves
        places = np.max(leaf_place) + 1
        total, mean = np.zeros(places), np.zeros(places)
        columns = np.zeros((places, leaf_x.shape[1]))
        if of_place > 0:
            for j in range(len(leaf_n)):
                q, m = 1 / (sigma[leaf_sigma[j]] ** 2 / leaf_n[j] + of_leaf), leaf_place[j]
                total[m] += q
                mean[m] += q * leaf_y[j]
                columns[m] += q * leaf_x[j]
        variance = of_place / (1 + of_place * total)
        for m in range(places):
            columns[m] *= variance[m]
        return variance, variance * mean, columns

    @njit(nogil=True, cache=True, error_model="numpy")
    def _fill_moments(
        given: tuple,
        patterns: np.ndarray,
        leaves: tuple,
        leaf: np.ndarray,
        pattern: np.ndarray,
        found: np.ndarray,
    ) -> None:
        all_sigma, variance, coefficients, covariances = given
        leaf_sigma, leaf_place, leaf_n, leaf_y, leaf_x = leaves
        away, own = np.empty_like(leaf_x), np.empty((2, len(leaf_n)))
        for s in range(len(all_sigma)):
            sigma, z, covariance = all_sigma[s], coefficients[s], covariances[s]
            of_place, of_leaf = variance[0, s], variance[1, s]
            k, b, g = _place_sums(sigma, of_place, of_leaf, leaves)
            for j in range(len(leaf_n)):
                noise, m = sigma[leaf_sigma[j]] ** 2 / leaf_n[j], leaf_place[j]
                share = of_leaf / (of_leaf + noise)
                away[j] = share * leaf_x[j] + (1 - share) * g[m]
                own[0, j] = share * leaf_y[j] + (1 - share) * b[m]
                own[1, j] = (1 - share) ** 2 * k[m] + share * noise
            spread_leaf = np.dot(away, covariance)
            spread = np.dot(patterns, covariance)
            line = np.dot(patterns, z)
            for j in range(len(leaf_n)):
                own[0, j] -= np.dot(away[j], z)
                own[1, j] += np.dot(spread_leaf[j], away[j])
            for i in range(len(leaf)):
                j, p = leaf[i], pattern[i]
                found[0, i, s] = line[p] + own[0, j]
                square = 0.0
                for c in range(len(z)):
                    square += spread[p, c] * (patterns[p, c] - 2 * away[j, c])
                found[1, i, s] = square + own[1, j]

    @njit(nogil=True, cache=True, error_model="numpy")
    def _fill_groups(
        given: tuple,
        columns: tuple,
        leaves: tuple,
        rows: tuple,
        starts: np.ndarray,
        found: np.ndarray,
    ) -> None:
        all_sigma, variance, coefficients, covariances = given
        patterns, support, values = columns
        leaf_sigma, leaf_place = leaves[0], leaves[1]
        leaf, pattern, n, mean, ss = rows
        largest = np.max(np.diff(starts))
        left, away = np.empty((largest, largest)), np.empty(largest)
        for s in range(len(all_sigma)):
            sigma, z, covariance = all_sigma[s], coefficients[s], covariances[s]
            k, b, g = _place_sums(sigma, variance[0, s], variance[1, s], leaves)
            spread_place, spread = np.dot(g, covariance), np.dot(patterns, covariance)
            line = np.dot(patterns, z)
            for f in range(len(starts) - 1):
                first, stop = starts[f], starts[f + 1]
                m, sigma2 = leaf_place[leaf[first]], sigma[leaf_sigma[leaf[first]]] ** 2
                constant = variance[1, s] - k[m] - np.dot(spread_place[m], g[m])
                shift = b[m] - np.dot(g[m], z)
                total = value = 0.0
                for r in range(first, stop):
                    total += n[r]
                    # log density of the rows around their mean, and minus log |Sigma|
                    value -= 0.5 * (n[r] - 1) * log(2 * pi * sigma2) + 0.5 * ss[r] / sigma2
                    value += 0.5 * log(n[r]) - 0.5 * log(2 * pi) - log(sigma2)
                    away[r - first] = mean[r] - line[pattern[r]] - shift
                for r in range(first, stop):
                    p, i = pattern[r], r - first
                    cross = 0.0
                    for c in range(support.shape[1]):
                        cross += values[p, c] * spread_place[m, support[p, c]]
                    for j in range(i, stop - first):
                        o = pattern[first + j]
                        both = cross
                        for c in range(support.shape[1]):
                            both -= values[o, c] * spread[p, support[o, c]]
                        left[i, j] = constant + both
                    for j in range(i + 1):
                        left[j, i] += cross
                    left[i, i] += sigma2 / n[r]
                value -= log(1 + variance[1, s] * total / sigma2)
                found[f, s] = value + _half_log(left, away, stop - first)

    @njit(nogil=True, cache=True, error_model="numpy")
    def _half_log(matrix: np.ndarray, away: np.ndarray, size: int) -> float:
        """``(log |A| - a' A^-1 a) / 2`` of an upper triangle; overwrites both."""
        value = 0.0
        for i in range(size):
            pivot = matrix[i, i]
            value += 0.5 * (log(pivot) - away[i] ** 2 / pivot)
            for j in range(i + 1, size):
                factor = matrix[i, j] / pivot
                away[j] -= factor * away[i]
                for k in range(j, size):
                    matrix[j, k] -= factor * matrix[i, k]
        return value
