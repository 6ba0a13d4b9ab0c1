"""Highest points of a mixed model's density, and its curvature there."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

STEP = 1e-4
"""Half the distance, in coordinates, over which gradients are differenced."""

FLATTEST = 1e-3
"""Curvature below which a direction is taken to have this one: the prior's own is larger."""

ROUNDING = 1e-12
"""Part of a log density by which its digits may err."""

Gradient = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""Value and gradient at a point."""


class Peak(NamedTuple):
    """Where a density of coordinates is highest.

    Attributes
    ----------
    point
        Coordinates, (D,).
    value
        Log density there.
    hessian
        Second derivatives of minus the log density, (D, D), symmetric.
    """

    point: np.ndarray
    value: float
    hessian: np.ndarray


def highest(function: Gradient, start: np.ndarray) -> Peak:
    """Climb from a start by BFGS, then take Newton's steps as long as they climb.

    Parameters
    ----------
    function
        Log density and its gradient; not finite where there is none.
    start
        (D,).
    """

    def falling(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = function(point)
        if not np.isfinite(value):
            return np.inf, np.zeros_like(point)
        return -value, -gradient

    found = minimize(falling, start, jac=True, method="BFGS", options={"gtol": 1e-5})
    point, value = found.x, -found.fun
    for _ in range(3):
        hessian = curvature(function, point)
        step = np.linalg.lstsq(hessian, function(point)[1], rcond=None)[0]
        climbed, _ = function(point + step)
        # so close to the top that rounding decides, a step still brings the gradient nearer to 0
        if not climbed > value - ROUNDING * abs(value):
            break
        point, value = point + step, climbed
    return Peak(point, value, curvature(function, point))


def curvature(function: Gradient, point: np.ndarray) -> np.ndarray:
    """Second derivatives of minus a log density by central differences of its gradient."""
    rows = []
    for i in range(len(point)):
        away = np.zeros_like(point)
        away[i] = STEP
        rows.append((function(point - away)[1] - function(point + away)[1]) / (2 * STEP))
    return (np.array(rows) + np.array(rows).T) / 2


def whitening(hessian: np.ndarray) -> np.ndarray:
    """Lower factor L of a covariance ``L L'`` near the inverse of a curvature, always proper."""
    values, vectors = np.linalg.eigh(hessian)
    covariance = vectors / np.maximum(np.abs(values), FLATTEST) @ vectors.T
    return np.linalg.cholesky((covariance + covariance.T) / 2)
