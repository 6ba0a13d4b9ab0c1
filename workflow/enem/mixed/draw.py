"""Exact draws of everything that was integrated out, given draws of the scales."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import density, outcomes
from enem.mixed.algebra import solve_upper
from enem.mixed.density import conditional
from enem.mixed.design import Design
from enem.mixed.outcomes import (
    MUNICIPALITIES,
    SCHOOLS,
    conditional_of_several,
    inverse_of,
    level_factor,
    shrinkage,
)
from enem.mixed.packing import prior_means
from enem.mixed.priors import Prior
from enem.mixed.rows import level_variances
from enem.mixed.unpacking import terms_of_groups, unpack


class Effects(NamedTuple):
    """Draws of a model's coefficients and groups.

    Attributes
    ----------
    coefficients
        Points, (S, P).
    municipality, leaf
        Intercepts of municipalities and, inside them, of leaves, points, (S, M) and (S, L); 0
        where the model lacks the level.

    Of several outcomes all have a further axis, (m,).
    """

    coefficients: np.ndarray
    municipality: np.ndarray
    leaf: np.ndarray


def draw_effects(
    values: np.ndarray,
    design: Design,
    priors: Mapping[str, Prior],
    packed: np.ndarray,
    rng: np.random.Generator,
) -> Effects:
    """Draw coefficients and group effects given sigmas and scales.

    Parameters
    ----------
    values
        Of `enem.mixed.sample.draw_scales`, one draw after the other, (S, D).
    design, priors, packed
        Of the same model.
    rng
        Source of the draws.
    """
    axis = (len(design.spec.outcomes),) if design.spec.several else ()
    means = prior_means(design, priors)
    line = design.patterns @ means
    scores = design.leaf_means((design.mean.T - line[design.pattern]).T)
    sizes = len(means), int(design.leaf_municipality.max()) + 1, len(scores)
    effects = Effects(*(rng.standard_normal((len(values), size, *axis)) for size in sizes))
    values = np.ascontiguousarray(values)
    leaf = (design.leaf_sigma, design.leaf_municipality, design.leaf_n, scores, design.leaf_columns)
    if axis:
        kinds = np.stack([design.leaf_sigma, design.leaf_n.astype(int)])
        kinds, kind = np.unique(kinds, axis=1, return_inverse=True)
        _replace_noise_of_several(values, packed, kinds, np.ravel(kind), leaf[1:], effects)
    else:
        _replace_noise(values, level_variances(values, design), packed, leaf, effects)
    effects.coefficients[:] += means.reshape(-1, *(1 for _ in axis))
    return effects


with kept_as_long_as(__file__, *density.SOURCES, *outcomes.SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _replace_noise(
        values: np.ndarray,
        variance: np.ndarray,
        packed: np.ndarray,
        leaf: tuple,
        effects: tuple,
    ) -> None:
        """Replace standard Gaussian numbers by draws: back-substitution, outer groups first."""
        groups, (leaf_sigma, leaf_place, leaf_n, leaf_y, leaf_x) = int(packed[1]), leaf
        coefficients, place_effect, leaf_effect = effects
        places, leaves = place_effect.shape[1], leaf_effect.shape[1]
        for s in range(len(values)):
            sigma, tau = values[s, :groups], values[s, groups:]
            _, upper, scale, v, _, _ = conditional(sigma, tau, packed, np.bool_(False))
            coefficients[s] = scale * (v + solve_upper(upper, coefficients[s]))
            residual = leaf_y - np.dot(leaf_x, coefficients[s])
            of_place, of_leaf = variance[0, s], variance[1, s]
            total, weighted = np.zeros(places), np.zeros(places)
            for j in range(leaves):
                q = 1 / (sigma[leaf_sigma[j]] ** 2 / leaf_n[j] + of_leaf)
                total[leaf_place[j]] += q
                weighted[leaf_place[j]] += q * residual[j]
            for m in range(places):
                kappa = of_place / (1 + of_place * total[m])
                noise = np.sqrt(kappa) * place_effect[s, m]
                place_effect[s, m] = kappa * weighted[m] + noise
            for j in range(leaves):
                own = sigma[leaf_sigma[j]] ** 2 / leaf_n[j]
                share = of_leaf / (of_leaf + own)
                rest = residual[j] - place_effect[s, leaf_place[j]]
                leaf_effect[s, j] = share * rest + np.sqrt(share * own) * leaf_effect[s, j]

    @njit(nogil=True, cache=True, error_model="numpy")
    def _replace_noise_of_several(
        values: np.ndarray,
        packed: np.ndarray,
        kinds: np.ndarray,
        kind: np.ndarray,
        leaf: tuple,
        effects: tuple,
    ) -> None:
        """`_replace_noise` of several outcomes; leaves of one kind share sigma group and size."""
        leaf_place, _, leaf_y, leaf_x = leaf
        coefficients, place_effect, leaf_effect = effects
        size, m = coefficients.shape[1:]
        places, leaves, count = place_effect.shape[1], leaf_effect.shape[1], kinds.shape[1]
        empty = np.empty((3, count, m, m))
        precision, share, factor = empty[0], empty[1], empty[2]
        within = terms_of_groups(unpack(packed))
        for s in range(len(values)):
            _, upper, scale, v, _, (by_term, _, _) = conditional_of_several(values[s], packed)
            noise = solve_upper(upper, coefficients[s].ravel())
            coefficients[s] = (scale * (v + noise)).reshape(size, m)
            of_place = level_factor(values[s], packed, MUNICIPALITIES)
            of_leaf = level_factor(values[s], packed, SCHOOLS)
            for i in range(count):
                own = by_term[within[kinds[0, i]]] * kinds[1, i]
                precision[i], _ = inverse_of(inverse_of(own)[0] + np.dot(of_leaf, of_leaf.T))
                kappa, factor[i] = shrinkage(of_leaf, own)
                share[i] = np.dot(kappa, own)
            residual = leaf_y - np.dot(leaf_x, coefficients[s])
            total, weighted = np.zeros((places, m, m)), np.zeros((places, m))
            for j in range(leaves):
                total[leaf_place[j]] += precision[kind[j]]
                weighted[leaf_place[j]] += np.dot(precision[kind[j]], residual[j])
            for k in range(places):
                kappa, root = shrinkage(of_place, total[k])
                noise = np.dot(of_place, solve_upper(root, place_effect[s, k]))
                place_effect[s, k] = np.dot(kappa, weighted[k]) + noise
            for j in range(leaves):
                rest = residual[j] - place_effect[s, leaf_place[j]]
                noise = np.dot(of_leaf, solve_upper(factor[kind[j]], leaf_effect[s, j]))
                leaf_effect[s, j] = np.dot(share[kind[j]], rest) + noise
