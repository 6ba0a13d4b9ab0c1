"""Point estimates of a model under the names of the tables: maxima and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from enem.mixed.bounds import unbounded
from enem.mixed.design import Design
from enem.mixed.maximum import Optimum, maximise, no_optimum
from enem.mixed.objective import Kind, Objective, objective
from enem.mixed.parameters import table_name
from enem.mixed.priors import Prior
from enem.mixed.specification import SCHOOL_TYPE, Specification
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
    density = objective(tables.design(spec), priors, kind)
    optimum = maximise(density, start)
    if optimum.problem:
        return PointEstimates({}, {}, density, optimum)
    return _named(density, optimum)


def _named(density: Objective, optimum: Optimum) -> PointEstimates:
    """Order everything as the tables do: common coefficients, scales, sigmas, all others."""
    names, lines = lines_of(density.design)
    mean, _ = density.coefficients(optimum.vector)
    sd = laplace_sd(density, optimum, lines)
    common, groups = density.design.common, density.groups
    own = (optimum.vector, np.sqrt(np.diag(optimum.covariance)))
    columns = []
    for of_coefficients, of_scales in zip((lines @ mean, sd), own, strict=True):
        parts = (of_coefficients[:common], of_scales[groups:], of_scales[:groups])
        columns.append(np.concatenate([*parts, of_coefficients[common:]]))
    ordered = [*names[:common], *optimum.names[groups:], *optimum.names[:groups], *names[common:]]
    values = {name: float(value) for name, value in zip(ordered, columns[0], strict=True)}
    # a scale at 0 has no sd, and what it governs none either
    sds = {n: float(s) for n, s in zip(ordered, columns[1], strict=True) if s > 0}
    return PointEstimates(values, sds, density, optimum)


def lines_of(design: Design) -> tuple[list[str], np.ndarray]:
    """Table names of coefficients, and what they are made of, (P, P): common coefficients first.

    Those of school types are whole lines, the common coefficient and their own.
    """
    of = design.coefficients
    own = len(of) - design.common
    order = [*range(own, len(of)), *range(own)]
    common = {of[i].variable: i for i in range(own, len(of)) if not of[i].labels}
    factors = {block.variable: block.factor for block in design.spec.blocks}
    made = np.eye(len(of))
    for i in range(own):
        whole = common.get(of[i].variable.removesuffix("_school_type"))
        if factors[of[i].variable] == SCHOOL_TYPE and whole is not None:
            made[i, whole] = 1.0
    return [table_name(of[i].variable, of[i].labels) for i in order], made[order]


def laplace_sd(density: Objective, optimum: Optimum, lines: np.ndarray) -> np.ndarray:
    """Standard deviations of combinations (N, P) of coefficients under the Laplace approximation.

    Conditional variance at the optimum plus the delta-method variance from sigmas and scales.
    """
    _, covariance = density.coefficients(optimum.vector)
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
