"""Find and verify the maximum of a log density of sigmas and scales."""

from dataclasses import dataclass

import numpy as np

from enem.mixed.coordinates import LOWEST_SIGMA
from enem.mixed.design import Design
from enem.mixed.mode import curvature, highest
from enem.mixed.objective import Kind, Objective
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables

STARTING_SCALES = (2.0, 15.0, 60.0)
"""Points at which the scales start, in turn; the best of the maxima is kept."""

GRADIENT_TOLERANCE = 1e-4
"""Largest gradient at an accepted maximum, per standard deviation of the parameter."""

ZERO = 1e-3
"""Points below which a scale is taken to have its maximum at 0, which is then verified."""

PROBLEMS = ("not_finite", "flat", "singular", "few", "stopped")
"""Why a point is not a maximum, codes that records hold and the catalogues have words for."""


@dataclass(frozen=True)
class Optimum:
    """A verified maximum.

    Attributes
    ----------
    vector
        Where the maximum is, points, shape (D,).
    covariance
        Inverse of the negative Hessian there, rows and columns of boundary entries NaN, (D, D).
    on_boundary
        Scales whose maximum is at 0, shape (D,).
    log_density
        Value at the maximum.
    largest_gradient
        Largest absolute gradient in units of 1 / standard deviation.
    problem
        Why this is not a maximum, a code of `PROBLEMS`; empty where it is one.
    """

    vector: np.ndarray
    covariance: np.ndarray
    on_boundary: np.ndarray
    log_density: float
    largest_gradient: float
    problem: str


def no_optimum(problem: str) -> Optimum:
    """Report that there is nothing to maximise."""
    nothing = np.empty(0)
    return Optimum(nothing, np.empty((0, 0)), nothing > 0, np.nan, np.nan, problem)


def maximise(objective: Objective, start: np.ndarray | None = None) -> Optimum:
    """Maximise by BFGS and Newton steps, then verify.

    Parameters
    ----------
    objective
        What to maximise.
    start
        A point close to the maximum, in points; else the search has several starts, and the best
        of the maxima is kept.
    """
    design = objective.design
    present = design.common_patterns[np.unique(design.pattern)]
    # without priors the scores alone are to tell the common coefficients apart
    if objective.kind is not Kind.POSTERIOR and np.linalg.matrix_rank(present) < design.common:
        return no_optimum("singular")
    search = Search(objective)
    starts = starting_vectors(objective)
    if start is not None:
        # a scale at 0 would stay there, where the density is level
        starts = [np.where(start == 0, STARTING_SCALES[0], start)]
    peaks = [highest(search, search.from_natural(each)) for each in starts]
    best = max(peaks, key=lambda peak: peak.value)
    return _verify(objective, search.to_natural(best.point))


class Search:
    """The objective in the coordinates of the search: log sigma, signed scales, unit steps."""

    def __init__(self, objective: Objective) -> None:
        self.objective, self.logged = objective, objective.logged
        self.unit = np.where(self.logged, 0.1, 5.0)

    def to_natural(self, z: np.ndarray) -> np.ndarray:
        """Return sigmas and scales, points, at search coordinates."""
        scaled = z * self.unit
        # exp only where it is meant: elsewhere the argument may be in the hundreds
        return np.where(self.logged, np.exp(np.where(self.logged, scaled, 0.0)), scaled)

    def from_natural(self, vector: np.ndarray) -> np.ndarray:
        """Invert `to_natural`."""
        logged = np.log(np.where(self.logged, vector, 1.0))
        return np.where(self.logged, logged, vector) / self.unit

    def __call__(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Value, and gradient by the coordinates."""
        values = self.to_natural(z)
        value, gradient = self.objective(values)
        return value, gradient * self.unit * np.where(self.logged, values, 1.0)


def starting_vectors(objective: Objective) -> list[np.ndarray]:
    """Residual sd around the common line for every sigma, `STARTING_SCALES` for the scales."""
    design = objective.design
    weight = np.sqrt(design.n)
    columns = design.common_patterns[design.pattern]
    line, *_ = np.linalg.lstsq(columns * weight[:, None], design.mean * weight)
    squares = design.ss.sum() + (design.n * (design.mean - columns @ line) ** 2).sum()
    sigma = np.full(objective.groups, np.sqrt(max(squares / design.n.sum(), 1.0)))
    scales = len(objective.logged) - objective.groups
    tried = STARTING_SCALES if scales else STARTING_SCALES[:1]
    return [np.append(sigma, np.full(scales, each)) for each in tried]


def _verify(objective: Objective, vector: np.ndarray) -> Optimum:
    """Settle which scales are at 0, then check gradient and curvature in points."""
    is_scale = np.arange(len(vector)) >= objective.groups
    vector = np.where(is_scale, np.abs(vector), vector)
    on_boundary = is_scale & ~objective.logged & (vector < ZERO)
    vector = np.where(on_boundary, 0.0, vector)
    hessian = natural_curvature(objective, vector)
    problem = curvature_problem(hessian)
    value, slope = objective(vector)
    covariance, largest = np.full_like(hessian, np.nan), np.nan
    if not problem:
        inside = np.ix_(~on_boundary, ~on_boundary)
        covariance[inside] = np.linalg.inv(hessian[inside])
        largest = float(np.max(np.abs(slope) / np.sqrt(np.diag(hessian))))
        if largest > GRADIENT_TOLERANCE:
            problem = "stopped"
    return Optimum(vector, covariance, on_boundary, value, largest, problem)


def natural_curvature(objective: Objective, vector: np.ndarray) -> np.ndarray:
    """Second derivatives of minus the log density in points, (D, D)."""
    length = np.maximum(0.1 * np.abs(vector), 1.0)

    def scaled(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective(vector + length * z)
        return value, gradient * length

    return curvature(scaled, np.zeros_like(vector)) / np.outer(length, length)


def curvature_problem(hessian: np.ndarray) -> str:
    """Code of why a point of this curvature is not a maximum; empty where it may be one."""
    if not np.isfinite(hessian).all():
        return "not_finite"
    diagonal = np.diag(hessian)
    if (diagonal <= 0).any():
        return "flat"
    scaled = hessian / np.sqrt(np.outer(diagonal, diagonal))
    return "singular" if np.linalg.eigvalsh(scaled).min() < 1e-9 else ""


def unbounded(spec: Specification, tables: Tables) -> tuple[str, ...]:
    """School types whose likelihood does not keep their sigma away from 0.

    One does when its scores differ from all that lines and groups could follow.
    """
    if not spec.by_school_type:
        return ()
    if not len(tables.sums):
        return tuple(tables.labels["school_type"])
    design = tables.design(spec)
    labels = enumerate(design.sigma_labels)
    return tuple(label for group, label in labels if not bounds_sigma(design, group))


def bounds_sigma(design: Design, group: int) -> bool:
    """Whether scores keep the sigma of a group away from 0."""
    here = np.flatnonzero(design.leaf_sigma[design.leaf] == group)
    n, mean, squares = design.n[here], design.mean[here], design.ss[here].sum()
    least = n.sum() * LOWEST_SIGMA**2
    if squares > least or not len(here):
        return bool(squares > least)
    # the best that coefficients and groups can do
    leaf = np.unique(design.leaf[here], return_inverse=True)[1]
    columns = np.hstack([design.patterns[design.pattern[here]], np.eye(leaf.max() + 1)[leaf]])
    weight = np.sqrt(n)
    line, *_ = np.linalg.lstsq(columns * weight[:, None], mean * weight)
    return bool(squares + (n * (mean - columns @ line) ** 2).sum() > least)
