"""Expected scores given sigmas and scales: of kinds of participants, with their groups' effects."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

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

    def expected(self, pattern: np.ndarray, leaf: np.ndarray) -> np.ndarray:
        """Mean of the expected score of people of patterns and leaves (N,), points."""
        line = self.density.design.patterns @ self.mean
        return line[pattern] + self.place_effect[self.place[leaf]] + self.leaf_effect[leaf]

    def of_group(self, leaf: int | None, municipality: int) -> float:
        """Mean of the effects of a leaf, or of one without participants in a municipality."""
        if leaf is not None:
            return float(self.place_effect[self.place[leaf]] + self.leaf_effect[leaf])
        known = municipality < len(self.place_effect)
        return float(self.place_effect[municipality]) if known else 0.0

    def spread(
        self, pattern: np.ndarray, leaf: np.ndarray, common_known: bool = False
    ) -> np.ndarray:
        """Variance of the expected score of people of patterns and leaves, (N,)."""
        covariance = self.density.coefficients(self.values, common_known)[1]
        own = 1 - self.share[leaf]
        found = own**2 * self.place_variance[self.place[leaf]] + self.share[leaf] * self.noise[leaf]
        step = max(1, AT_ONCE // len(covariance))
        for some in np.split(np.arange(len(leaf)), range(step, len(leaf), step)):
            columns = self._free(pattern[some], leaf[some])
            found[some] += np.einsum("np,np->n", columns @ covariance, columns)
        return found

    def _free(self, pattern: np.ndarray, leaf: np.ndarray) -> np.ndarray:
        """What of the columns their groups' effects do not make up for, (N, P)."""
        design, share = self.density.design, self.share[leaf][:, None]
        taken = (
            share * design.leaf_columns[leaf] + (1 - share) * self._place_columns[self.place[leaf]]
        )
        return design.patterns[pattern] - taken

    @cached_property
    def _place_columns(self) -> np.ndarray:
        columns = self.density.design.leaf_columns
        sums = np.zeros((len(self.place_variance), columns.shape[1]))
        np.add.at(sums, self.place, self.precision[:, None] * columns)
        return self.place_variance[:, None] * sums
