"""The estimates of one model as a JSON document."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from enem.mixed.estimates import PointEstimates, maximum_a_posteriori, maximum_likelihood
from enem.mixed.maximum import STARTING_SCALES, Optimum
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
    return {
        "model": spec.name,
        "mle": mle.values,
        "map": mode.values,
        "laplace_sd": mode.sd,
        "verification": {"mle": _verification(mle), "map": _verification(mode)},
        "income_sensitivity": [
            {"assumption": name, "slope": _slope_at(tables.at(x), spec, priors, mode)}
            for name, x in alternative_incomes.items()
        ],
    }


def _slope_at(
    tables: Tables, spec: Specification, priors: Mapping[str, Prior], base: PointEstimates
) -> float | None:
    """Return the slope's mode under other incomes, which is looked for from the `base` one."""
    return maximum_a_posteriori(spec, tables, priors, near(base.optimum)).values.get("slope")


def near(optimum: Optimum) -> np.ndarray | None:
    """Start of a search for a maximum near another one."""
    if optimum.problem:
        return None
    # a scale at 0 would stay there, where the density is level
    return np.where(optimum.on_boundary, STARTING_SCALES[0], optimum.vector)


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
