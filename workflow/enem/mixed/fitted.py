"""Expected scores given sigmas and scales: of kinds of participants, with their groups' effects."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from enem.mixed.design import added_up
from enem.mixed.objective import Objective
from enem.mixed.rows import level_variances

AT_ONCE = 2_000_000
"""Numbers of one array that are held at once."""


@dataclass(frozen=True)
class Fitted:
    """A model at given sigmas and scales.

    Attributes
    ----------
    density
        The model.
    values
        Sigmas, then scales, points, (G + K).
    """

    density: Objective
    values: np.ndarray

    @property
    def place(self) -> np.ndarray:
        """Municipality of each leaf, (L,); its effect is 0 where that is no level."""
        return self.density.design.leaf_municipality

    @cached_property
    def mean(self) -> np.ndarray:
        """Means of the coefficients, points, (P,)."""
        return self.density.coefficients(self.values)[0]

    @cached_property
    def noise(self) -> np.ndarray:
        """Variance of each leaf's mean around its expected score, (L,)."""
        design = self.density.design
        return self.values[design.leaf_sigma] ** 2 / design.leaf_n

    @cached_property
    def variances(self) -> np.ndarray:
        """Variances of the intercepts of municipalities and of leaves, (2,)."""
        return level_variances(self.values[None], self.density.design)[:, 0]

    @cached_property
    def precision(self) -> np.ndarray:
        """Precision of each leaf's mean around its line and place, (L,)."""
        return 1 / (self.noise + self.variances[1])

    @cached_property
    def share(self) -> np.ndarray:
        """How much of a leaf's distance from its line and place is taken for its own, (L,)."""
        return self.variances[1] * self.precision

    @cached_property
    def place_variance(self) -> np.ndarray:
        """Variance of each place's effect given the coefficients, (M,)."""
        variance = self.variances[0]
        return variance / (1 + variance * np.bincount(self.place, self.precision))

    @cached_property
    def distance(self) -> np.ndarray:
        """Distance of each leaf's mean from its line, points, (L,)."""
        design = self.density.design
        return design.leaf_means(design.mean) - design.leaf_columns @ self.mean

    @cached_property
    def place_effect(self) -> np.ndarray:
        """Means of the places' effects, points, (M,)."""
        return self.place_variance * np.bincount(self.place, self.precision * self.distance)

    @cached_property
    def leaf_effect(self) -> np.ndarray:
        """Means of the leaves' own effects, points, (L,)."""
        return self.share * (self.distance - self.place_effect[self.place])

    @cached_property
    def effect(self) -> np.ndarray:
        """Means of the effects of leaves and of their places together, points, (L,)."""
        return self.place_effect[self.place] + self.leaf_effect

    @property
    def expected(self) -> np.ndarray:
        """Means of the expected scores of the design's rows, points, (R,)."""
        design = self.density.design
        line, leaf = (design.patterns @ self.mean)[design.pattern], design.leaf
        return line + self.place_effect[self.place][leaf] + self.leaf_effect[leaf]

    def spread(self, common_known: bool = False) -> np.ndarray:
        """Variances of the expected scores of the design's rows, (R,)."""
        design, share = self.density.design, self.share[:, None]
        covariance = self.density.coefficients(self.values, common_known)[1]
        own = (1 - self.share) ** 2 * self.place_variance[self.place] + self.share * self.noise
        # what of the columns the groups' effects do not make up for
        of_places = added_up(
            self.place, self.precision[:, None] * design.leaf_columns, len(self.place_variance)
        )
        of_places *= self.place_variance[:, None]
        taken = share * design.leaf_columns + (1 - share) * of_places[self.place]
        found, step = own[design.leaf], max(1, AT_ONCE // len(covariance))
        for some in np.split(np.arange(len(found)), range(step, len(found), step)):
            free = design.patterns[design.pattern[some]] - taken[design.leaf[some]]
            found[some] += np.einsum("np,np->n", free @ covariance, free)
        return found
