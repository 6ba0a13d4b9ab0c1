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
from math import log, pi
from typing import NamedTuple

import numpy as np
from numba import njit

from enem.check import psis
from enem.check.psis import tail_length, weighted
from enem.machine_code import kept_as_long_as
from enem.mixed import density
from enem.mixed.density import conditional, inverse
from enem.mixed.design import Design
from enem.mixed.rows import level_variances
from enem.mixed.specification import MUNICIPALITY

AT_ONCE = 2_000_000
"""Numbers of one array that are held at once."""


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
    def place(self) -> np.ndarray:
        """Whatever leaves are bound together by, (L,): a municipality where that is a level."""
        if MUNICIPALITY in self.design.spec.levels:
            return self.design.leaf_municipality
        return np.arange(len(self.design.leaf_sigma))


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


class Leaves(NamedTuple):
    """Some leaves: sigma's index, place counted from 0, participants, mean, columns."""

    sigma: np.ndarray
    place: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    columns: np.ndarray


def _leaves(given: Conditionals, places: range) -> tuple[Leaves, np.ndarray]:
    """Leaves of some places, and each leaf's index among them."""
    design, place = given.design, given.place
    here = np.flatnonzero((place >= places.start) & (place < places.stop))
    index = np.full(len(place), -1)
    index[here] = np.arange(len(here))
    means = design.leaf_means(design.mean - given.prior_line[design.pattern])
    parts = (design.leaf_sigma[here], place[here] - places.start, design.leaf_n[here])
    return Leaves(*parts, means[here], design.leaf_columns[here]), index


def _chunks(place: np.ndarray, draws: int) -> Iterator[tuple[slice, range]]:
    """Cut items, sorted by place, between places so that an array of draws stays small."""
    step, start = max(1, AT_ONCE // draws), 0
    while start < len(place):
        stop = start + step
        if stop < len(place):
            cut = np.searchsorted(place, place[stop])
            # a place with more items than that is taken whole
            stop = cut if cut > start else np.searchsorted(place, place[start], side="right")
        else:
            stop = len(place)
        yield slice(start, stop), range(place[start], place[stop - 1] + 1)
        start = stop


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
    order = np.argsort(given.place[leaf], kind="stable")
    for part, places in _chunks(given.place[leaf[order]], len(given.sigma)):
        some = order[part]
        leaves, index = _leaves(given, places)
        found = np.empty((2, len(some), len(given.sigma)))
        of_leaves = index[leaf[some]]
        _fill_moments(given.arrays, given.design.patterns, leaves, of_leaves, pattern[some], found)
        yield some, found[0] + given.prior_line[pattern[some]][:, None], found[1]


def participant_densities(
    scores: np.ndarray, mean: np.ndarray, variance: np.ndarray, sigma: np.ndarray
) -> np.ndarray:
    """Log density of participants given all others, and given all including themselves.

    Parameters
    ----------
    scores
        Points, (N,).
    mean, variance
        Of `participant_moments`, (N, S).
    sigma
        Points, (N, S).

    Returns
    -------
    ndarray
        Shape (2, N, S).
    """
    found = np.empty((2, *mean.shape))
    for i, score in enumerate(scores):
        _fill_densities(score, mean[i], variance[i], sigma[i], found[:, i])
    return found


def leave_out_scores(
    scores: np.ndarray,
    kind: np.ndarray,
    moments: tuple[np.ndarray, np.ndarray],
    sigma: np.ndarray,
) -> np.ndarray:
    """Leave out one score at a time, without arrays of scores times draws.

    Parameters
    ----------
    scores, kind
        Points, and index of the kind of participants, (N,).
    moments
        Mean and variance of `participant_moments`, (K, S).
    sigma
        Of the kinds, points, (K, S).

    Returns
    -------
    ndarray
        ``elpd_loo, lppd, pareto_k``, (3, N).
    """
    found = np.empty((3, len(scores)))
    _fill_left_out(scores, kind, *moments, sigma, tail_length(sigma.shape[1]), found)
    return found


def group_densities(given: Conditionals) -> np.ndarray:
    """Log density of all scores of each finest group given all other groups, (F, S)."""
    design = given.design
    found = np.empty((len(design.groups), len(given.sigma)))
    place = given.place[design.leaf]
    order, support = np.lexsort((design.group, place)), _support(design.patterns)
    for part, places in _chunks(place[order], len(given.sigma)):
        some = order[part]
        leaves, index = _leaves(given, places)
        group = design.group[some]
        starts = np.flatnonzero(np.diff(group, prepend=-1, append=-1))
        mean = design.mean[some] - given.prior_line[design.pattern[some]]
        rows = (index[design.leaf[some]], design.pattern[some], design.n[some], mean)
        of_groups = np.empty((len(starts) - 1, len(given.sigma)))
        columns = (design.patterns, *support)
        _fill_groups(given.arrays, columns, leaves, (*rows, design.ss[some]), starts, of_groups)
        found[group[starts[:-1]]] = of_groups
    return found


def _support(patterns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns in which patterns are not 0, and their values there, both padded, (U, most)."""
    most = int((patterns != 0).sum(axis=1).max())
    columns = np.argsort(patterns == 0, axis=1, kind="stable")[:, :most]
    return columns, np.take_along_axis(patterns, columns, axis=1)


with kept_as_long_as(__file__, density.__file__, psis.__file__):

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
        """Intercepts of places given coefficients z: variance k, and mean ``b - g'z``.

        Returns
        -------
        tuple of ndarray
            k, b and g, (places,), (places,) and (places, P).
        """
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
    def _fill_densities(
        score: float, mean: np.ndarray, variance: np.ndarray, sigma: np.ndarray, found: np.ndarray
    ) -> None:
        for s in range(len(mean)):
            own = sigma[s] ** 2
            square, left, whole = (score - mean[s]) ** 2, own - variance[s], own + variance[s]
            found[0, s] = -0.5 * (square / left - log(left) + log(2 * pi)) - log(own)
            found[1, s] = -0.5 * (square / whole + log(2 * pi * whole))

    @njit(nogil=True, cache=True, error_model="numpy")
    def _fill_left_out(
        scores: np.ndarray,
        kind: np.ndarray,
        mean: np.ndarray,
        variance: np.ndarray,
        sigma: np.ndarray,
        tail: int,
        found: np.ndarray,
    ) -> None:
        log_density = np.empty((2, mean.shape[1]))
        for i in range(len(scores)):
            k = kind[i]
            _fill_densities(scores[i], mean[k], variance[k], sigma[k], log_density)
            found[0, i], found[2, i] = weighted(log_density[0], tail)
            highest = np.max(log_density[1])
            found[1, i] = highest + log(np.mean(np.exp(log_density[1] - highest)))

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
