"""Log density along each scale: the marginal has a maximum, the joint has none."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from enem.mixed.density import conditional
from enem.mixed.design import Design
from enem.mixed.estimates import PointEstimates
from enem.mixed.maximum import Search
from enem.mixed.objective import Objective
from enem.mixed.specification import MUNICIPALITY, SCHOOL, level_scale
from enem.mixed.unpacking import unpack

GRID = np.geomspace(1e-2, 2e2, 61)
"""Values of a scale at which the profile is taken, points."""

RESTART = 0.1
"""Points below which a scale is moved up before the next search."""

COLUMNS = ["parameter", "value", "log_likelihood", "log_marginal", "log_joint"]


def scale_profiles(likelihood: PointEstimates, posterior: PointEstimates) -> pd.DataFrame:
    """Profile every scale of a model.

    Parameters
    ----------
    likelihood, posterior
        Maxima of the marginal likelihood and of the marginal posterior density, where the
        searches start.

    Returns
    -------
    pandas.DataFrame
        ``parameter, value, log_likelihood, log_marginal, log_joint``: marginal likelihood and
        marginal posterior density, maximised over all else (blank where they have no maximum),
        and at the latter the joint density of common coefficients, sigmas, scales and the effects
        that the scale governs, at the effects' conditional mode.
    """
    density = posterior.objective
    tables = []
    for name in density.design.spec.scales if density is not None else ():
        vectors, marginal = constrained_maxima(posterior, name)
        joint = marginal - [log_effects_volume(density, each, name) for each in vectors]
        columns = (name, GRID, constrained_maxima(likelihood, name)[1], marginal, joint)
        tables.append(pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))))
    return pd.concat(tables) if tables else pd.DataFrame(columns=COLUMNS)


def constrained_maxima(found: PointEstimates, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Maximise with one scale held at each grid value, starting from the value above.

    Returns
    -------
    tuple of ndarray
        Sigmas and scales, points, (61, D), and the values of the density, (61,); NaN without a
        maximum to start from.
    """
    density, optimum = found.objective, found.optimum
    if density is None or optimum.problem:
        return np.full((len(GRID), 0), np.nan), np.full(len(GRID), np.nan)
    search, index = Search(density), density.names.index(name)
    others = np.arange(len(optimum.vector)) != index
    vector, inverse, maxima = optimum.vector, np.eye(others.sum()), []
    for value in GRID[::-1]:
        # a scale near 0 would stay there, where the density is level
        vector = np.where(~search.logged & (vector < RESTART), 1.0, vector)
        vector[index] = value
        vector, top, inverse = _held(search, vector, others, inverse)
        maxima.append((vector.copy(), top))
    vectors, values = zip(*maxima[::-1], strict=True)
    return np.array(vectors), np.array(values)


def _held(
    search: Search, vector: np.ndarray, free: np.ndarray, inverse: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """Maximise over the free coordinates by BFGS, whose curvature the next search starts from."""
    z = search.from_natural(vector)

    def falling(of_free: np.ndarray) -> tuple[float, np.ndarray]:
        whole = z.copy()
        whole[free] = of_free
        value, gradient = search(whole)
        return -value, -gradient[free]

    options = {"gtol": 1e-4, "hess_inv0": inverse}
    best = minimize(falling, z[free], jac=True, method="BFGS", options=options)
    z[free] = best.x
    found = search.to_natural(z)
    found = np.where(search.logged, found, np.abs(found))
    return found, -best.fun, (best.hess_inv + best.hess_inv.T) / 2


def log_effects_volume(density: Objective, vector: np.ndarray, scale: str) -> float:
    """Log of (2 pi)^(k/2) |C|^(1/2) for the k effects that `scale` governs.

    C is their covariance given the scores, common coefficients, sigmas and scales, everything
    else integrated out; a Gaussian's peak is the reciprocal of this volume, which is how joint
    and marginal density relate.  With V the covariance of the scores, and V0 that without these
    effects, ``|C| = tau^2k |V0| / |V|``: it falls like tau^2k.
    """
    index, without = density.names.index(scale), vector.copy()
    without[index] = 0.0
    fall = log_determinant(density, without) - log_determinant(density, vector)
    count = effects_of(density.design, scale)
    return 0.5 * (count * (np.log(2 * np.pi) + 2 * np.log(vector[index])) + fall)


def effects_of(design: Design, scale: str) -> int:
    """How many coefficients, municipalities or groups a scale governs."""
    if scale == level_scale(SCHOOL):
        return len(design.leaf_sigma)
    if scale == level_scale(MUNICIPALITY):
        return len(np.unique(design.leaf_municipality))
    index = design.spec.scales.index(scale)
    return sum(of.scale == index for of in design.coefficients)


def log_determinant(density: Objective, vector: np.ndarray) -> float:
    """Log determinant of the scores' covariance given common coefficients, up to a constant."""
    sigma, tau = vector[: density.groups].copy(), vector[density.groups :].copy()
    packed = density.packed
    _, upper, _, _, _, (precision, _, sums) = conditional(sigma, tau, packed, False)
    place, own = int(packed[9]), len(upper) - density.design.common
    variance = tau[place] ** 2 if place >= 0 else 0.0
    return float(
        -(unpack(packed).terms[3] @ np.log(precision))
        + np.log1p(variance * sums[0]).sum()
        + 2 * np.log(np.diag(upper)[:own]).sum()
    )
