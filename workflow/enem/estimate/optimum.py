"""Find and verify the maximum of a log density of the hyperparameters."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from enem.estimate.derivatives import Function, gradient, hessian
from enem.estimate.vector import Objective

STARTING_SCALES = (2.0, 15.0, 60.0)
"""Points at which the scales start, in turn; the best of the maxima is kept."""
GRADIENT_TOLERANCE = 1e-4
"""Largest gradient at an accepted maximum, per standard deviation of the parameter."""


@dataclass(frozen=True)
class Optimum:
    """A verified maximum.

    Attributes
    ----------
    names
        Table names of the P entries.
    vector
        Where the maximum is, points, shape (P,).
    covariance
        Inverse of the negative Hessian there, rows and columns of boundary entries NaN, (P, P).
    on_boundary
        Scales whose maximum is at 0, shape (P,).
    log_density
        Value at the maximum.
    largest_gradient
        Largest absolute gradient in units of 1 / standard deviation.
    problem
        Why this is not a maximum; empty where it is one.
    """

    names: list[str]
    vector: np.ndarray
    covariance: np.ndarray
    on_boundary: np.ndarray
    log_density: float
    largest_gradient: float
    problem: str


def maximise(objective: Objective, start: np.ndarray | None = None) -> Optimum:
    """Maximise by trust-region Newton steps, then verify.

    Parameters
    ----------
    objective
        What to maximise.
    start
        A point close to the maximum, in points; else the search has several starts, and the best
        of the maxima is kept.

    Notes
    -----
    The likelihood depends on a scale only through its square, so scales other than sigma may
    cross 0 during the search: a maximum at 0 is then an interior one of a smooth function.
    """
    search = Search(objective)
    starts = (
        [start]
        if start is not None
        else [starting_vector(objective, scale) for scale in STARTING_SCALES]
    )
    best = max(map(search.run, starts), key=lambda z: search(z).real)
    return _verify(objective, search.to_natural(best))


class Search:
    """The objective in the coordinates of the search: log sigma, signed scales, unit steps."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        bases = [name.partition("[")[0] for name in objective.names]
        priors = objective.priors
        self.logged = np.array(
            [
                base == "sigma" or (priors is not None and priors[base].vanishes_at_zero)
                for base in bases
            ]
        )
        location = np.isin(bases, ("intercept", "slope"))
        self.unit = np.where(self.logged, 0.1, np.where(location, 10.0, 5.0))

    def to_natural(self, z: np.ndarray) -> np.ndarray:
        """Return the hyperparameters, points, at search coordinates of shape (..., P)."""
        scaled = z * self.unit
        # exp only where it is meant: elsewhere the argument may be in the hundreds
        return np.where(self.logged, np.exp(np.where(self.logged, scaled, 0.0)), scaled)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Evaluate the objective at search coordinates of shape (..., P)."""
        return self.objective(self.to_natural(z))

    def run(self, start: np.ndarray) -> np.ndarray:
        """Maximise from one start, in points; returns search coordinates, shape (P,)."""
        return newton(self, self.from_natural(start))

    def from_natural(self, vector: np.ndarray) -> np.ndarray:
        """Invert `to_natural`."""
        logged = np.log(np.where(self.logged, vector, 1.0))
        return np.where(self.logged, logged, vector) / self.unit


def newton(function: Function, start: np.ndarray) -> np.ndarray:
    """Maximise an analytic function of unit scale by trust-region Newton steps."""
    ones = np.ones_like(start)
    return optimize.minimize(
        lambda z: -float(function(z).real),
        start,
        jac=lambda z: -gradient(function, z),
        hess=lambda z: -hessian(function, z, ones, central=False),
        method="trust-exact",
        options={"gtol": 1e-9, "maxiter": 500},
    ).x


def starting_vector(objective: Objective, scale: float) -> np.ndarray:
    """Least squares line, pooled residual sd for every sigma, `scale` for every scale."""
    data = objective.data
    weight = np.sqrt(data.n).ravel()
    x = np.broadcast_to(data.x, data.n.shape).ravel()
    design = np.stack([np.ones_like(x), x], axis=1) * weight[:, None]
    line, *_ = np.linalg.lstsq(design, data.mean.ravel() * weight, rcond=None)
    residual = data.mean.ravel() - line[0] - line[1] * x
    total = data.ss.sum() + (data.n.ravel() * residual**2).sum()
    sigma = np.sqrt(max(total / max(data.n.sum(), 1.0), 1.0))
    scales = len(objective.spec.scales)
    groups = len(objective.names) - 2 - scales
    return np.concatenate([line, np.full(scales, scale), np.full(groups, sigma)])


def _verify(objective: Objective, vector: np.ndarray) -> Optimum:
    """Settle which scales are at 0, then check gradient and curvature in points."""
    count = len(objective.spec.scales)
    is_scale = np.zeros(len(vector), bool)
    is_scale[2 : 2 + count] = True
    vector = np.where(is_scale, np.abs(vector), vector)
    on_boundary = is_scale & (vector < 1e-3)
    vector = np.where(on_boundary, 0.0, vector)
    curvature = -hessian(objective, vector, _lengths(vector, is_scale))
    problem = _curvature_problem(curvature)
    slope = gradient(objective, vector)
    covariance = np.full_like(curvature, np.nan)
    largest = np.nan
    if not problem:
        inside = np.ix_(~on_boundary, ~on_boundary)
        covariance[inside] = np.linalg.inv(curvature[inside])
        largest = float(np.max(np.abs(slope) / np.sqrt(np.diag(curvature))))
        if largest > GRADIENT_TOLERANCE:
            problem = f"the optimiser stopped where the gradient is still {largest:.1e} per sd"
    value = float(objective(vector).real)
    return Optimum(objective.names, vector, covariance, on_boundary, value, largest, problem)


def _lengths(vector: np.ndarray, is_scale: np.ndarray) -> np.ndarray:
    return np.where(is_scale, np.maximum(vector, 1.0), np.maximum(np.abs(vector) * 0.1, 1.0))


def _curvature_problem(curvature: np.ndarray) -> str:
    if not np.isfinite(curvature).all():
        return "the log density is not finite at the optimiser's end"
    diagonal = np.diag(curvature)
    if (diagonal <= 0).any():
        return "the density has no unique maximum (it is flat or curves upwards)"
    scaled = curvature / np.sqrt(np.outer(diagonal, diagonal))
    if np.linalg.eigvalsh(scaled).min() < 1e-9:
        return "the density has no unique maximum (the Hessian is singular)"
    return ""
