"""The estimates of one model as a JSON document."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from enem.mixed.estimates import PointEstimates, maximum_a_posteriori, maximum_likelihood
from enem.mixed.priors import Prior
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables


def estimates_record(
    spec: Specification,
    tables: Tables,
    priors: Mapping[str, Prior],
    alternative_incomes: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """MLE, MAP and Laplace of one model, their verification, and the income assumptions' weight.

    Parameters
    ----------
    spec, tables, priors
        Model, data and priors.
    alternative_incomes
        x of shape (B,) under other assumptions about brackets, by a description of each.
    """
    mle = maximum_likelihood(spec, tables, priors)
    mode = maximum_a_posteriori(spec, tables, priors)
    start = None if mode.optimum.problem else mode.optimum.vector

    def slope_at(x: np.ndarray) -> float | None:
        return maximum_a_posteriori(spec, tables.at(x), priors, start).values.get("slope")

    return {
        "model": spec.name,
        "mle": mle.values,
        "map": mode.values,
        "laplace_sd": mode.sd,
        "verification": {"mle": _verification(mle), "map": _verification(mode)},
        "income_sensitivity": [
            {"assumption": name, "slope": slope_at(x)} for name, x in alternative_incomes.items()
        ],
    }


def _verification(estimates: PointEstimates) -> dict[str, Any]:
    optimum = estimates.optimum
    names = estimates.objective.names if estimates.objective else []
    return {
        "problem": optimum.problem,
        "log_density": _finite(optimum.log_density),
        "largest_gradient_per_sd": _finite(optimum.largest_gradient),
        "on_boundary": [names[i] for i in np.flatnonzero(optimum.on_boundary)],
        "left_out": list(estimates.left_out),
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
