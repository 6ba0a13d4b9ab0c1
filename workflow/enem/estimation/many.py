"""Maximise the same log density on many data sets at once."""

from dataclasses import replace

import numpy as np

from enem.estimate.derivatives import Function, hessian
from enem.estimate.optimum import Search, newton
from enem.estimate.vector import Objective
from enem.models.cells import CellGrid

STEPS = 30
TOLERANCE = 1e-7
"""Largest step of a search that has ended, in standard deviations of each parameter."""


def gradients(function: Function, points: np.ndarray) -> np.ndarray:
    """Gradient at point k of data set k, by complex steps; points and result (K, P).

    Unlike `enem.estimate.derivatives.gradient`, directions come first, so that the data sets'
    axis meets that of the points.
    """
    step = 1e-30
    directions = 1j * step * np.eye(points.shape[-1])[:, None]
    return (function(points + directions).imag / step).T


def newton_steps(search: Search, points: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Maximise by Newton's method from good starts; points (K, P), NaN where it fails."""
    for _ in range(steps):
        slope = gradients(search, points)
        curvature = -hessians(search, points)
        step = np.linalg.solve(curvature, slope[..., None])[..., 0]
        points = points + step
        sd = 1 / np.sqrt(np.abs(np.diagonal(curvature, axis1=1, axis2=2)))
        if np.all(np.abs(step) < TOLERANCE * sd):
            return points
    done = np.all(np.abs(step) < TOLERANCE * sd, axis=1)
    return np.where(done[:, None], points, np.nan)


def hessians(function: Function, points: np.ndarray) -> np.ndarray:
    """Hessian at point k of data set k, of a function of unit scale, (K, P, P)."""
    step = 1e-4
    rows = [
        (gradients(function, points + move) - gradients(function, points - move)) / (2 * step)
        for move in step * np.eye(points.shape[1])
    ]
    matrix = np.stack(rows, axis=1)
    return (matrix + matrix.transpose(0, 2, 1)) / 2


def refit(objective: Objective, vector: np.ndarray, many: CellGrid) -> np.ndarray:
    """Maximise on data sets that differ little from the one of `objective`.

    Newton steps with the curvature of the full data (the chord method).  They converge in a few
    steps, since the curvature changes by a share of about one over the size of a group; a data
    set that needs more is maximised by itself.

    Parameters
    ----------
    objective
        Log density on the full data.
    vector
        Its maximum, (P,).
    many
        The data sets, as a grid whose statistics have a leading axis, (K, G, B).

    Returns
    -------
    ndarray
        Maxima, (K, P).
    """
    start = Search(objective).from_natural(vector)
    covariance = np.linalg.inv(-hessian(Search(objective), start, np.ones_like(start)))
    sd = np.sqrt(np.diag(covariance))
    points = np.tile(start, (len(many.n), 1))
    going = np.arange(len(points))
    for _ in range(STEPS):
        search = Search(replace(objective, data=_chosen(many, going)))
        step = gradients(search, points[going]) @ covariance
        points[going] += step
        going = going[np.any(np.abs(step) > TOLERANCE * sd, axis=1)]
        if not len(going):
            break
    points[going] = start
    _restart(objective, points, many, np.union1d(going, _leaving_zero(objective, points, many)))
    return _magnitudes(objective, Search(objective).to_natural(points))


def _chosen(many: CellGrid, index: np.ndarray) -> CellGrid:
    return replace(many, n=many.n[index], mean=many.mean[index], ss=many.ss[index])


def _leaving_zero(objective: Objective, points: np.ndarray, many: CellGrid) -> np.ndarray:
    """Data sets in which a scale that is 0 should not be: there the gradient vanishes anyway."""
    search = Search(replace(objective, data=many))
    value, found = search(points), np.zeros(len(points), bool)
    for index in range(2, len(objective.scalar_names)):
        for distance in (0.1, 1.0):
            moved = points.copy()
            moved[:, index] += distance
            found |= (points[:, index] == 0) & (search(moved) > value)
    return np.flatnonzero(found)


def _restart(objective: Objective, points: np.ndarray, many: CellGrid, which: np.ndarray) -> None:
    """Maximise single data sets from where they are, scales moved off 0; changes `points`."""
    for k in which:
        start = points[k].copy()
        scales = slice(2, len(objective.scalar_names))
        start[scales] = np.where(start[scales] == 0, 1.0, start[scales])
        data = CellGrid(many.school_types, many.brackets, many.x, *_one(many, k))
        points[k] = newton(Search(replace(objective, data=data)), start)


def _one(many: CellGrid, k: int) -> tuple[np.ndarray, ...]:
    return many.n[k], many.mean[k], many.ss[k]


def _magnitudes(objective: Objective, vectors: np.ndarray) -> np.ndarray:
    """Scales have no sign; the search lets them cross 0."""
    scales = np.isin(objective.names, objective.spec.scales)
    return np.where(scales, np.abs(vectors), vectors)
