"""The estimates of one model as a JSON document."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from enem.estimate.optimum import STARTING_SCALES, Optimum, maximise
from enem.estimate.point_estimates import (
    PointEstimates,
    maximum_a_posteriori,
    maximum_likelihood,
)
from enem.estimate.vector import Objective
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification


def estimates_record(
    spec: Specification,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    alternative_incomes: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """MLE, MAP and Laplace of one model, their verification, and the income assumptions' weight.

    Parameters
    ----------
    spec, grid, priors
        Model, cells and priors.
    alternative_incomes
        x of shape (B,) under other assumptions about brackets, by a description of each.
    """
    mle = maximum_likelihood(spec, grid)
    posterior_mode = maximum_a_posteriori(spec, grid, priors)
    return {
        "model": spec.name,
        "mle": mle.values,
        "map": posterior_mode.values,
        "laplace_sd": posterior_mode.sd,
        "verification": {"mle": _verification(mle), "map": _verification(posterior_mode)},
        "income_sensitivity": [
            {
                "assumption": name,
                "slope": _slope_at(grid.at(x), spec, priors, posterior_mode.optimum),
            }
            for name, x in alternative_incomes.items()
        ],
    }


def posterior_optimum(
    spec: Specification, grid: CellGrid, priors: Mapping[str, Prior]
) -> tuple[Objective, Optimum]:
    """Return the log posterior of the hyperparameters and its verified maximum."""
    objective = Objective(spec, spec.data(grid), priors)
    return objective, maximise(objective)


def _slope_at(
    grid: CellGrid, spec: Specification, priors: Mapping[str, Prior], base: Optimum
) -> float | None:
    """Return the slope's mode under other incomes, which is looked for from the `base` one."""
    objective = Objective(spec, spec.data(grid), priors)
    if objective.data.n.sum() == 0:
        return None
    # a scale at 0 would stay there, where the density is level
    start = None if base.problem else np.where(base.on_boundary, STARTING_SCALES[0], base.vector)
    moved = maximise(objective, start)
    return None if moved.problem else float(moved.vector[objective.names.index("slope")])


def _verification(estimates: PointEstimates) -> dict[str, Any]:
    optimum = estimates.optimum
    boundary = [n for n, at in zip(optimum.names, optimum.on_boundary, strict=True) if at]
    return {
        "problem": optimum.problem,
        "log_density": _finite(optimum.log_density),
        "largest_gradient_per_sd": _finite(optimum.largest_gradient),
        "on_boundary": boundary,
        "left_out": list(estimates.left_out),
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
