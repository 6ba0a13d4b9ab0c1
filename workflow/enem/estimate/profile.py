"""Log density along each scale: the marginal has a maximum, the joint has none."""

import numpy as np
import pandas as pd

from enem.estimate.optimum import Optimum, Search, newton
from enem.estimate.vector import Objective
from enem.models.group_effects import cell_deviations, group_lines

GRID = np.geomspace(1e-2, 2e2, 61)
"""Values of a scale at which the profile is taken, points."""


def scale_profiles(objective: Objective, optimum: Optimum) -> pd.DataFrame:
    """Profile every scale of a hierarchical model.

    Parameters
    ----------
    objective
        Log posterior of the hyperparameters.
    optimum
        Its maximum, where the search starts.

    Returns
    -------
    pandas.DataFrame
        ``parameter, value, log_marginal, log_joint``: the marginal posterior density maximised
        over all other hyperparameters, and there the joint density of hyperparameters and the
        effects which that scale governs, at the effects' conditional mode.
    """
    tables = []
    for index, name in enumerate(objective.scalar_names[2:], start=2):
        vectors = _constrained_maxima(objective, optimum.vector, index)
        marginal = objective(vectors).real
        joint = marginal - log_conditional_volume(objective, vectors, name)
        tables.append(
            pd.DataFrame(
                {
                    "parameter": name,
                    "value": GRID,
                    "log_marginal": marginal,
                    "log_joint": joint,
                }
            )
        )
    columns = ["parameter", "value", "log_marginal", "log_joint"]
    return pd.concat(tables) if tables else pd.DataFrame(columns=columns)


def _constrained_maxima(objective: Objective, start: np.ndarray, index: int) -> np.ndarray:
    """Maximise with one scale held at each grid value, starting from the value above."""
    search = Search(objective)
    others = np.arange(len(start)) != index
    is_scale = np.isin(objective.names, objective.spec.scales)
    z = search.from_natural(np.where(is_scale, np.maximum(start, GRID[0]), start))
    maxima = []
    for value in GRID[::-1]:
        z[index] = search.from_natural(np.full(len(start), value))[index]
        z[others] = newton(_Restricted(search, z, others), z[others])
        maxima.append(search.to_natural(z))
    vectors = np.array(maxima[::-1])
    return np.where(is_scale, np.abs(vectors), vectors)


class _Restricted:
    """The search function with one coordinate held."""

    def __init__(self, search: Search, held: np.ndarray, free: np.ndarray) -> None:
        self.search, self.held, self.free = search, held.copy(), free

    def __call__(self, z: np.ndarray) -> np.ndarray:
        full = np.broadcast_to(self.held, (*z.shape[:-1], len(self.held))).astype(z.dtype)
        full[..., self.free] = z
        return self.search(full)


def log_conditional_volume(objective: Objective, vectors: np.ndarray, scale: str) -> np.ndarray:
    """Log of (2 pi)^(k/2) |C|^(1/2) for the k effects that `scale` governs, shape (K,).

    C is their covariance given data and hyperparameters; a Gaussian's peak is the reciprocal of
    this volume, which is how joint and marginal density relate.  It falls like k log(scale).
    """
    parameters, data = objective.parameters(vectors), objective.data
    if scale in ("tau_intercept", "tau_slope"):
        lines = group_lines(parameters, data)
        variance = lines.cov11 if scale == "tau_intercept" else lines.cov22
        return 0.5 * np.log(2 * np.pi * variance).sum(axis=(-2, -1))
    covariance = _deviation_covariance(objective, parameters)
    _, log_determinant = np.linalg.slogdet(2 * np.pi * covariance)
    return 0.5 * log_determinant.sum(axis=-1)


def _deviation_covariance(objective: Objective, parameters: dict[str, np.ndarray]) -> np.ndarray:
    """Covariance of each group's cell deviations, lines integrated out, (K, G, B, B)."""
    data = objective.data
    line = parameters["intercept"] + parameters["slope"] * data.x
    _, own = cell_deviations(parameters, line, data)
    covariance = own[..., None] * np.eye(len(data.x))
    if not objective.spec.by_school_type:
        return covariance
    lines = group_lines(parameters, data)
    tau2 = parameters["tau_cell"] ** 2
    weight = data.n * tau2 / (parameters["sigma"] ** 2 + data.n * tau2)
    x = data.x
    outer = (
        lines.cov11[..., None]
        + lines.cov12[..., None] * (x[:, None] + x)
        + lines.cov22[..., None] * np.outer(x, x)
    )
    return covariance + weight[..., :, None] * outer * weight[..., None, :]
