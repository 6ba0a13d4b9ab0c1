"""Exact draws of everything that was integrated out, given draws of the scales."""

from typing import NamedTuple

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import density
from enem.mixed.density import conditional, solve_upper
from enem.mixed.design import Design
from enem.mixed.specification import MUNICIPALITY, SCHOOL, level_scale


class Effects(NamedTuple):
    """Draws of a model's coefficients and groups.

    Attributes
    ----------
    coefficients
        Distance from their prior means, points, (S, P).
    municipality, leaf
        Intercepts of municipalities and, inside them, of leaves, points, (S, M) and (S, L); 0
        where the model lacks the level.
    """

    coefficients: np.ndarray
    municipality: np.ndarray
    leaf: np.ndarray


def draw_effects(
    values: np.ndarray,
    design: Design,
    scores: np.ndarray,
    packed: np.ndarray,
    rng: np.random.Generator,
) -> Effects:
    """Draw coefficients and group effects given sigmas and scales.

    Parameters
    ----------
    values
        Sigmas, then scales, points, (S, G + K).
    design
        Columns and groups.
    scores
        Mean of each leaf as its distance from the prior means' line, points, (L,).
    packed
        Of `enem.mixed.packing.pack`.
    rng
        Source of the draws.
    """
    spec, groups = design.spec, len(design.sigma_labels)
    draws, leaves = len(values), len(design.leaf_sigma)
    places = int(design.leaf_municipality.max()) + 1
    variance = np.zeros((2, draws))
    for row, level in enumerate((MUNICIPALITY, SCHOOL)):
        if level in spec.levels:
            variance[row] = values[:, groups + spec.scales.index(level_scale(level))] ** 2
    effects = Effects(
        rng.standard_normal((draws, len(design.coefficients))),
        rng.standard_normal((draws, places)),
        rng.standard_normal((draws, leaves)),
    )
    leaf = (design.leaf_sigma, design.leaf_municipality, design.leaf_n, scores, design.leaf_columns)
    _replace_noise(np.ascontiguousarray(values), groups, variance, packed, leaf, effects)
    return effects


with kept_as_long_as(__file__, density.__file__):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _replace_noise(
        values: np.ndarray,
        groups: int,
        variance: np.ndarray,
        packed: np.ndarray,
        leaf: tuple,
        effects: tuple,
    ) -> None:
        """Replace standard Gaussian numbers by draws: back-substitution, outer groups first."""
        leaf_sigma, leaf_place, leaf_n, leaf_y, leaf_x = leaf
        coefficients, place_effect, leaf_effect = effects
        places, leaves = place_effect.shape[1], leaf_effect.shape[1]
        for s in range(len(values)):
            sigma, tau = values[s, :groups], values[s, groups:]
            _, upper, scale, v, _, _ = conditional(sigma, tau, packed, False)
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
