"""Group lines and cell deviations at an optimum, with their Laplace standard deviations."""

import numpy as np

from enem.estimate.optimum import Optimum
from enem.estimate.vector import Objective
from enem.models.cells import CellGrid
from enem.models.group_effects import cell_deviations, group_lines
from enem.models.parameters import table_name
from enem.models.specification import Specification


def effect_names(spec: Specification, data: CellGrid) -> list[str]:
    """Table names of the effects, in the order of `effects_at`."""
    names = []
    if spec.by_school_type:
        names += [table_name("intercept", (g,)) for g in data.school_types]
        names += [table_name("slope", (g,)) for g in data.school_types]
    if spec.deviation_scale:
        groups = [(g,) for g in data.school_types] if spec.by_school_type else [()]
        names += [table_name("deviation", (*g, b)) for g in groups for b in data.brackets]
    return names


def effects_at(objective: Objective, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Conditional means and variances of all effects given hyperparameters.

    The conditional is Gaussian, so its mean is also its mode: at the MLE these are the best
    linear unbiased predictions, at the MAP the empirical Bayes estimates.

    Parameters
    ----------
    objective
        Supplies model and cells.
    vector
        Hyperparameters, shape (..., P), real or complex.

    Returns
    -------
    tuple of ndarray
        Means and variances, each (..., E), in the order of `effect_names`.
    """
    parameters, data = objective.parameters(vector), objective.data
    line, line_variance, means, variances = _lines(objective, parameters)
    if objective.spec.deviation_scale:
        shrinkage_mean, own_variance = cell_deviations(parameters, line, data)
        weight = data.n * parameters["tau_cell"] ** 2
        weight = weight / (parameters["sigma"] ** 2 + weight)
        means.append(_flat(shrinkage_mean))
        variances.append(_flat(own_variance + weight**2 * line_variance))
    return np.concatenate(means, axis=-1), np.concatenate(variances, axis=-1)


def _lines(objective: Objective, parameters: dict[str, np.ndarray]) -> tuple:
    """Expected cell scores on the lines, their variance, and the lines' own moments."""
    x = objective.data.x
    if not objective.spec.by_school_type:
        line = parameters["intercept"] + parameters["slope"] * x
        return line, np.zeros_like(line), [], []
    g = group_lines(parameters, objective.data)
    intercept = parameters["intercept"] + g.shift1
    slope = parameters["slope"] + g.shift2
    variance = g.cov11 + 2 * x * g.cov12 + x**2 * g.cov22
    moments = [_flat(intercept), _flat(slope)], [_flat(g.cov11), _flat(g.cov22)]
    return intercept + slope * x, variance, *moments


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(*array.shape[:-2], -1)


def laplace_sd(objective: Objective, optimum: Optimum) -> np.ndarray:
    """Standard deviations of the effects under the Laplace approximation, shape (E,).

    Conditional variance at the optimum plus the delta-method variance from the hyperparameters.
    """
    _, conditional = effects_at(objective, optimum.vector)

    def mean_sum(direction: np.ndarray) -> np.ndarray:
        return effects_at(objective, direction)[0]

    jacobian = _jacobian(mean_sum, optimum.vector)
    inside = ~optimum.on_boundary
    covariance = optimum.covariance[np.ix_(inside, inside)]
    delta = np.einsum("pe,pq,qe->e", jacobian[inside], covariance, jacobian[inside])
    return np.sqrt(conditional.real + delta)


def _jacobian(function: object, vector: np.ndarray) -> np.ndarray:
    """Derivatives of a vector function, shape (P, E), by complex steps."""
    step = 1e-30
    moved = function(vector + 1j * step * np.eye(len(vector)))
    return moved.imag / step
