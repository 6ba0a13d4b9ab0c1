"""All point estimates of one model, under the names of the tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from enem.estimate.effects import effect_names, effects_at, laplace_sd
from enem.estimate.optimum import Optimum, maximise
from enem.estimate.vector import Objective
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification


@dataclass(frozen=True)
class PointEstimates:
    """Estimates by table name; a name that is absent is undefined.

    Attributes
    ----------
    values
        Estimate of each parameter, points.
    sd
        Laplace standard deviation; absent for scales on the boundary.
    optimum
        The maximum behind them.
    left_out
        School types whose data do not bound the likelihood from above, so that no maximum
        exists with them in.
    """

    values: dict[str, float]
    sd: dict[str, float]
    optimum: Optimum
    left_out: tuple[str, ...]


def maximum_a_posteriori(
    spec: Specification, grid: CellGrid, priors: Mapping[str, Prior]
) -> PointEstimates:
    """Mode of the marginal posterior, in points (not of a transformed scale)."""
    return _estimate(Objective(spec, spec.data(grid), priors), ())


def maximum_likelihood(spec: Specification, grid: CellGrid) -> PointEstimates:
    """Maximum of the marginal likelihood; for ``pooled`` this is ordinary least squares.

    Groups whose sigma the likelihood does not bound away from 0 are left out of it.
    """
    data = spec.data(grid)
    usable = bounds_sigma(spec, data)
    left_out = tuple(g for g, kept in zip(data.school_types, usable, strict=True) if not kept)
    return _estimate(Objective(spec, data.subset(usable), None), left_out)


def bounds_sigma(spec: Specification, data: CellGrid) -> np.ndarray:
    """Whether each group's likelihood keeps its sigma away from 0, shape (G,).

    A group does when two of its participants in one cell differ, or, without deviations (which
    would follow every cell mean), when it has more occupied cells than its line has parameters.
    """
    differ = data.ss.sum(axis=1) > 0
    if spec.deviation_scale:
        return differ
    return differ | ((data.n > 0).sum(axis=1) > 2)


def _estimate(objective: Objective, left_out: tuple[str, ...]) -> PointEstimates:
    if objective.data.n.sum() == 0:
        empty = np.empty(0)
        reason = "too few participants for a maximum to exist"
        optimum = Optimum([], empty, np.empty((0, 0)), empty.astype(bool), np.nan, np.nan, reason)
        return PointEstimates({}, {}, optimum, left_out)
    optimum = maximise(objective)
    if optimum.problem:
        return PointEstimates({}, {}, optimum, left_out)
    names, values = list(optimum.names), list(optimum.vector)
    sds = list(np.sqrt(np.diag(optimum.covariance)))
    effects = effect_names(objective.spec, objective.data)
    if effects:
        means, _ = effects_at(objective, optimum.vector)
        names, values = names + effects, values + list(means)
        sds += list(laplace_sd(objective, optimum))
    # a scale on the boundary 0 has no sd, and the deviations that it governs none either
    sd = {n: float(s) for n, s in zip(names, sds, strict=True) if np.isfinite(s) and s > 0}
    return PointEstimates(
        {n: float(v) for n, v in zip(names, values, strict=True)}, sd, optimum, left_out
    )
