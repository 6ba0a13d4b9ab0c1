"""What a prior does to the maximum: weight of all priors, and ridge regression on the slope."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from enem.estimate.optimum import maximise, newton
from enem.estimate.vector import Objective
from enem.estimation.likelihood import POOLED, pooled_likelihood
from enem.models.cells import CellGrid
from enem.models.priors import Prior

WEIGHTS = (0.0, *10.0 ** np.linspace(-3, 3, 25))
"""Powers to which all priors are raised; 0 is flat, 1 the configured priors."""
POINTS = 61


@dataclass(frozen=True)
class Tempered(Objective):
    """Log posterior density with the priors raised to a power."""

    weight: float = 1.0

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """Evaluate as `Objective` does."""
        likelihood = Objective(self.spec, self.data, None)(vector)
        return likelihood + self.weight * (super().__call__(vector) - likelihood)


def prior_weight_path(grid: CellGrid, priors: Mapping[str, Prior]) -> pd.DataFrame:
    """MAP of the pooled model as its priors are made weaker and stronger.

    A Gaussian prior to the power w is a Gaussian of sd / sqrt(w); at w = 0 every prior is flat.

    Returns
    -------
    pandas.DataFrame
        ``prior_weight, parameter, map, mle, map_minus_mle_in_se``, the distance in standard
        errors of the MLE.
    """
    _, mle = pooled_likelihood(grid)
    columns = ["prior_weight", "parameter", "map", "mle", "map_minus_mle_in_se"]
    if mle.problem:
        return pd.DataFrame(columns=columns)
    se = np.sqrt(np.diag(mle.covariance))
    tables = []
    for weight in WEIGHTS:
        found = maximise(Tempered(POOLED, POOLED.data(grid), priors, weight)).vector
        values = (weight, mle.names, found, mle.vector, (found - mle.vector) / se)
        tables.append(pd.DataFrame(dict(zip(columns, values, strict=True))))
    return pd.concat(tables, ignore_index=True)


def ridge_path(grid: CellGrid, prior: Prior) -> pd.DataFrame:
    r"""Slope of the pooled model under Gaussian priors of different width, sigma at its MLE.

    The log posterior density is, up to a constant,
    :math:`-\frac{1}{2\sigma^2} [\sum_i (y_i - \alpha - \beta x_i)^2 + \lambda (\beta - m)^2]`
    with :math:`\lambda = \sigma^2 / s^2` for the prior Normal(m, s): ridge regression towards m,
    the intercept unpenalised (Hoerl & Kennard, Technometrics 12 (1970) 55-67).

    Parameters
    ----------
    grid
        Cells.
    prior
        The configured prior of the slope; its mean is kept, its sd is one of the points.

    Returns
    -------
    pandas.DataFrame
        ``prior_sd, ridge_lambda, map, ridge, mle, configured``: the mode found by Newton steps on
        likelihood and prior, and the ridge estimate in closed form.
    """
    objective, mle = pooled_likelihood(grid)
    columns = ["prior_sd", "ridge_lambda", "map", "ridge", "mle", "configured"]
    if mle.problem:
        return pd.DataFrame(columns=columns)
    own, se, sigma = prior.arguments["sd"], np.sqrt(mle.covariance[1, 1]), mle.vector[2]
    widths = np.geomspace(se / 10, max(10 * se, 2 * own), POINTS)
    widths = np.sort(np.append(widths, own))
    rows = [
        (
            width,
            sigma**2 / width**2,
            _mode(objective, mle.vector, Prior("normal", {**prior.arguments, "sd": width})),
            _ridge(objective.data, sigma**2 / width**2, prior.arguments["mean"]),
            mle.vector[1],
            width == own,
        )
        for width in widths
    ]
    return pd.DataFrame(rows, columns=columns)


def _mode(objective: Objective, maximum: np.ndarray, prior: Prior) -> float:
    """Maximise likelihood times prior over intercept and slope."""
    sigma = maximum[2]
    # standard errors of a line at the mean income, about: the search wants unit scale
    unit = sigma / np.sqrt(objective.data.n.sum())

    def log_density(z: np.ndarray) -> np.ndarray:
        line = maximum[:2] + unit * z
        vector = np.concatenate([line, np.broadcast_to(sigma, (*line.shape[:-1], 1))], axis=-1)
        return objective(vector) + prior.log_density(line[..., 1])

    return float(maximum[1] + unit * newton(log_density, np.zeros(2))[1])


def _ridge(data: CellGrid, penalty: float, centre: float) -> float:
    """Minimise squared errors plus `penalty` times the squared distance of slope and centre."""
    n, total = data.n[0], data.n.sum()
    x = data.x - n @ data.x / total
    return float((n @ (x * data.mean[0]) + penalty * centre) / (n @ x**2 + penalty))
