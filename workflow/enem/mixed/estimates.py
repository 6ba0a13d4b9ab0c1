"""Point estimates of a model under the names of the tables: maxima and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from enem.mixed.maximum import Optimum, maximise, no_optimum, unbounded
from enem.mixed.objective import Kind, Objective
from enem.mixed.priors import Prior
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables

STEP = 1e-4
"""Half the distance over which coefficients are differenced, per point or tenth of a parameter."""


@dataclass(frozen=True)
class PointEstimates:
    """Estimates by table name; a name that is absent is undefined.

    Attributes
    ----------
    values
        Estimate of each parameter, points: of sigmas and scales the maximum, of common
        coefficients their best values there, of all others their conditional means.
    sd
        Laplace standard deviation; absent for scales at 0 and what they govern.
    objective, optimum
        What was maximised, None where nothing could be, and its maximum.
    left_out
        School types whose data do not bound the likelihood from above, so that no maximum
        exists with them in.
    """

    values: dict[str, float]
    sd: dict[str, float]
    objective: Objective | None
    optimum: Optimum
    left_out: tuple[str, ...] = ()


def maximum_a_posteriori(
    spec: Specification,
    tables: Tables,
    priors: Mapping[str, Prior],
    start: np.ndarray | None = None,
) -> PointEstimates:
    """Mode of the marginal posterior of common coefficients, sigmas and scales, in points.

    It is a mode of the parameters as they are, not of their logarithms.
    """
    return _estimate(spec, tables, priors, Kind.POSTERIOR, start)


def maximum_likelihood(
    spec: Specification,
    tables: Tables,
    priors: Mapping[str, Prior],
    kind: Kind = Kind.LIKELIHOOD,
) -> PointEstimates:
    """Maximum of the marginal likelihood; without levels and factors, ordinary least squares.

    School types whose sigma the likelihood does not bound away from 0 are left out of it.

    Parameters
    ----------
    spec, tables
        Model and data.
    priors
        Only choose where numbers are measured from.
    kind
        ``RESTRICTED`` for restricted maximum likelihood.
    """
    left_out = unbounded(spec, tables)
    return replace(_estimate(spec, tables.without(left_out), priors, kind), left_out=left_out)


def _estimate(
    spec: Specification,
    tables: Tables,
    priors: Mapping[str, Prior],
    kind: Kind,
    start: np.ndarray | None = None,
) -> PointEstimates:
    if not len(tables.sums):
        return PointEstimates({}, {}, None, no_optimum("few"))
    density = Objective(tables.design(spec), priors, kind)
    optimum = maximise(density, start)
    if optimum.problem:
        return PointEstimates({}, {}, density, optimum)
    # in the order of the tables: common coefficients, scales, sigmas, all others
    design, mean = density.design, density.coefficients(optimum.vector)[0]
    names, size = [*design.names, *density.names], len(mean)
    own, sigmas_end = size - design.common, size + density.groups
    values = [*design.lines @ mean, *optimum.vector]
    sd = [*laplace_sd(density, optimum), *np.sqrt(np.diag(optimum.covariance))]
    common, scales = range(own, size), range(sigmas_end, len(names))
    order = [*common, *scales, *range(size, sigmas_end), *range(own)]
    ordered = {names[i]: float(values[i]) for i in order}
    # a scale at 0 has no sd, and what it governs none either
    sds = {names[i]: float(sd[i]) for i in order if sd[i] > 0}
    return PointEstimates(ordered, sds, density, optimum)


def laplace_sd(density: Objective, optimum: Optimum) -> np.ndarray:
    """Standard deviations of the tables' coefficients under the Laplace approximation, (P,).

    Conditional variance at the optimum plus the delta-method variance from sigmas and scales.
    """
    lines, (_, covariance) = density.design.lines, density.coefficients(optimum.vector)
    variance = np.einsum("np,pq,nq->n", lines, covariance, lines)
    inside = np.flatnonzero(~optimum.on_boundary)
    slopes = np.array(
        [lines @ coefficient_slope(density, optimum.vector, i) for i in inside]
    ).reshape(len(inside), len(lines))
    of_scales = optimum.covariance[np.ix_(inside, inside)]
    return np.sqrt(variance + np.einsum("pn,pq,qn->n", slopes, of_scales, slopes))


def coefficient_slope(density: Objective, vector: np.ndarray, index: int) -> np.ndarray:
    """Derivative of the coefficients' means by one sigma or scale, (P,)."""
    step = np.zeros_like(vector)
    step[index] = STEP * max(0.1 * vector[index], 1.0)
    rise = density.coefficients(vector + step)[0] - density.coefficients(vector - step)[0]
    return rise / (2 * step[index])


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
