"""Statistics of scores and of groups, by school type and for all, over many replications."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from enem.mixed.design import Design, municipality_codes

FEWEST_GROUPS = 5
"""Groups below which how they differ is not judged."""

SMALLEST_JUDGED = 10
"""Participants below which a group is not judged by itself."""

ALL = "all"


@dataclass(frozen=True)
class Grouping:
    """Sums over rows, groups and municipalities, as sparse matrices.

    Attributes
    ----------
    labels
        School types, and ``all``.
    n
        Participants of rows, (R,).
    of_groups
        1 where a row is of a group, (R, F).
    of_labels
        1 where a group is of a label, (F, labels).
    places
        Of each label, 1 where a group of it is of a municipality, (F, M); no columns where these
        are the finest groups themselves.
    place_of_group
        Municipality of each group, one of its own where it is not known, (F,).
    """

    labels: tuple[str, ...]
    n: np.ndarray
    of_groups: sparse.csr_array
    of_labels: sparse.csr_array
    places: tuple[sparse.csr_array | None, ...]
    place_of_group: np.ndarray

    def new_effects(self, variance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw effects of municipalities and groups anew, points, (S, F)."""
        draws, places = variance.shape[1], self.place_of_group.max() + 1
        of_places = rng.standard_normal((draws, places)) * np.sqrt(variance[0])[:, None]
        of_groups = rng.standard_normal((draws, len(self.place_of_group)))
        own = of_groups * np.sqrt(variance[1])[:, None]
        return own + of_places[:, self.place_of_group]

    def scores(self, mean: np.ndarray, ss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and sd of scores of rows' means and sums of squares (S, R), (S, labels)."""
        by_label = self.of_groups @ self.of_labels
        total = by_label.T @ self.n
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = ((self.n * mean) @ by_label) / total
            shift = np.nanmean(centre, axis=1, keepdims=True)
            squares = (ss + self.n * (mean - shift) ** 2) @ by_label - total * (centre - shift) ** 2
            return centre, np.sqrt(squares / (total - 1))

    def means(self, mean: np.ndarray) -> np.ndarray:
        """Mean scores of groups, (S, F)."""
        return ((self.n * mean) @ self.of_groups) / self.sizes

    @property
    def sizes(self) -> np.ndarray:
        """Participants of groups, (F,)."""
        return self.of_groups.T @ self.n

    def sd_of_groups(self, mean: np.ndarray) -> np.ndarray:
        """Sd of the means of groups that are large enough, each counting once, (S, labels)."""
        means, large = self.means(mean), self.sizes >= SMALLEST_JUDGED
        of_labels = self.of_labels.toarray().T > 0
        return np.stack([_sd(means[:, here & large]) for here in of_labels], axis=1)

    def sd_of_municipalities(self, mean: np.ndarray) -> np.ndarray:
        """Sd of municipalities' means over their participants of a label, (S, labels)."""
        sums, found = (self.n * mean) @ self.of_groups, []
        for places in self.places:
            people = places.T @ self.sizes
            found.append(_sd(((sums @ places) / people)[:, people >= SMALLEST_JUDGED]))
        return np.stack(found, axis=1)

    def intraclass(self, residual: np.ndarray, ss: np.ndarray) -> np.ndarray:
        """ANOVA's intraclass correlation of residuals within groups, (S, labels)."""
        sizes, means = self.sizes, self.means(residual)
        inside = (ss + self.n * residual**2) @ self.of_groups - sizes * means**2
        total, count = sizes @ self.of_labels, self._counts
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = ((sizes * means) @ self.of_labels) / total
            between = (sizes * means**2) @ self.of_labels - total * centre**2
            usual = (total - (sizes**2 @ self.of_labels) / total) / (count - 1)
            between = between / (count - 1)
            within = (inside @ self.of_labels) / (total - count)
            found = (between - within) / (between + (usual - 1) * within)
        found[:, (count < FEWEST_GROUPS) | (total <= count)] = np.nan
        return found

    def residuals(self, residual: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        """Root mean square of groups' mean residuals in their standard errors, (S, labels)."""
        squares = (self.means(residual / sigma) ** 2 * self.sizes) @ self.of_labels
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.sqrt(squares / self._counts)
        found[:, self._counts < FEWEST_GROUPS] = np.nan
        return found

    @property
    def _counts(self) -> np.ndarray:
        return np.asarray(self.of_labels.sum(axis=0)).ravel()


def _sd(values: np.ndarray) -> np.ndarray:
    """Sd over the second axis, (S,); missing where there are too few."""
    few = values.shape[1] < FEWEST_GROUPS
    return np.full(len(values), np.nan) if few else values.std(axis=1, ddof=1)


def grouping_of(design: Design) -> Grouping:
    """Prepare the sums of a design's rows."""
    groups, place = design.groups, municipality_codes(design.groups)
    code = pd.Categorical(groups["school_type"].astype(object), design.school_types).codes
    belongs = code[:, None] == np.arange(len(design.school_types))
    belongs = np.column_stack([belongs, np.ones(len(groups), bool)])
    return Grouping(
        labels=(*design.school_types, ALL),
        n=design.n,
        of_groups=_indicator(design.group, np.ones(len(design.group), bool), len(groups)),
        of_labels=sparse.csr_array(belongs.astype(float)),
        places=tuple(_places(place, here) for here in belongs.T),
        place_of_group=place,
    )


def _places(place: np.ndarray, here: np.ndarray) -> sparse.csr_array:
    """Municipalities of a label's groups; none where they are the finest groups themselves."""
    named, index = np.unique(place[here], return_inverse=True)
    if len(named) == here.sum():
        here, index, named = np.zeros_like(here), index[:0], named[:0]
    return _indicator(index, here, len(named))


def _indicator(column: np.ndarray, rows: np.ndarray, columns: int) -> sparse.csr_array:
    """1 in a column of each marked row."""
    size = (len(rows), columns)
    return sparse.csr_array((np.ones(len(column)), (np.flatnonzero(rows), column)), size)
