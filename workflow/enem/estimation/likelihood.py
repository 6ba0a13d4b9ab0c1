"""The likelihood of the pooled model around its maximum, and least squares beside it."""

import numpy as np
import pandas as pd

from enem.estimate.optimum import Optimum
from enem.estimate.point_estimates import maximum_likelihood
from enem.estimate.vector import Objective
from enem.models.cells import CellGrid
from enem.models.specification import SPECIFICATIONS

POOLED = SPECIFICATIONS["pooled"]
REACH = 4.0
"""Standard errors on each side of the maximum over which the curves go."""
POINTS = 81
PARAMETERS = ("intercept", "slope", "sigma")


def pooled_likelihood(grid: CellGrid) -> tuple[Objective, Optimum]:
    """Return the log likelihood of the pooled model and its verified maximum."""
    objective = Objective(POOLED, POOLED.data(grid), None)
    return objective, maximum_likelihood(POOLED, grid).optimum


def likelihood_curves(grid: CellGrid) -> pd.DataFrame:
    """Evaluate the profile likelihood of slope and sigma around the maximum.

    All other parameters are maximised at each value, in closed form: given the slope, the line
    goes through the means and sigma is the root mean square residual; given sigma, the line is
    that of least squares.

    Returns
    -------
    pandas.DataFrame
        ``parameter, value, log_likelihood, likelihood, gaussian, cross_entropy``: logarithm and
        likelihood relative to the maximum, the parabola of the same curvature (nats), and how far
        the cross-entropy of the scores lies above its minimum (nats per participant), which is
        minus the log likelihood over the participants.
    """
    objective, optimum = pooled_likelihood(grid)
    if optimum.problem:
        return pd.DataFrame(columns=COLUMNS)
    se = np.sqrt(np.diag(optimum.covariance))
    tables = []
    for index, name in ((1, "slope"), (2, "sigma")):
        steps = np.linspace(-REACH, REACH, POINTS)
        value = optimum.vector[index] + se[index] * steps
        # sigma is positive, and a small sample's curve may reach 0
        value, steps = value[(index == 1) | (value > 0)], steps[(index == 1) | (value > 0)]
        vectors = _slopes(objective, value) if index == 1 else _sigmas(optimum.vector, value)
        relative = objective(vectors) - optimum.log_density
        columns = (name, value, relative, np.exp(relative), -0.5 * steps**2)
        excess = -relative / objective.data.n.sum()
        tables.append(pd.DataFrame(dict(zip(COLUMNS, (*columns, excess), strict=True))))
    return pd.concat(tables, ignore_index=True)


COLUMNS = ["parameter", "value", "log_likelihood", "likelihood", "gaussian", "cross_entropy"]


def _slopes(objective: Objective, slope: np.ndarray) -> np.ndarray:
    """Best intercept and sigma at each slope, vectors (K, 3)."""
    data = objective.data
    n, mean, total = data.n[0], data.mean[0], data.n.sum()
    intercept = (n @ mean - slope * (n @ data.x)) / total
    residual = mean - intercept[:, None] - slope[:, None] * data.x
    squares = data.ss.sum() + (n * residual**2).sum(axis=1)
    return np.stack([intercept, slope, np.sqrt(squares / total)], axis=1)


def _sigmas(maximum: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    vectors = np.tile(maximum, (len(sigma), 1))
    vectors[:, 2] = sigma
    return vectors


def least_squares_table(rows: pd.DataFrame, grid: CellGrid) -> pd.DataFrame:
    """Put ordinary least squares on the participants beside the maximum of the likelihood.

    Parameters
    ----------
    rows
        Analysed participants: ``income_bracket, score``.
    grid
        Their cells, on which the likelihood is maximised by Newton steps.

    Returns
    -------
    pandas.DataFrame
        ``parameter, least_squares, mle, standard_error``; sigma by least squares is the root mean
        square residual (divided by n, not by n - 2).
    """
    _, optimum = pooled_likelihood(grid)
    missing = np.full(3, np.nan)
    known = not optimum.problem
    columns = {
        "parameter": PARAMETERS,
        "least_squares": _least_squares(rows, grid) if known else missing,
        "mle": optimum.vector if known else missing,
        "standard_error": np.sqrt(np.diag(optimum.covariance)) if known else missing,
    }
    return pd.DataFrame(columns)


def _least_squares(rows: pd.DataFrame, grid: CellGrid) -> np.ndarray:
    x = rows["income_bracket"].map(dict(zip(grid.brackets, grid.x, strict=True))).to_numpy(float)
    score = rows["score"].to_numpy(float)
    design = np.stack([np.ones_like(x), x], axis=1)
    line, *_ = np.linalg.lstsq(design, score, rcond=None)
    return np.array([*line, np.sqrt(np.mean((score - design @ line) ** 2))])
