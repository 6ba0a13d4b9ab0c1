"""The likelihood of the textbook regression around its maximum, and least squares beside it."""

import numpy as np
import pandas as pd

from enem.estimation.regression import Cells
from enem.mixed.estimates import PointEstimates

REACH = 4.0
"""Standard errors on each side of the maximum over which the curves go."""

POINTS = 81
PARAMETERS = ("intercept", "slope", "sigma")
COLUMNS = ["parameter", "value", "log_likelihood", "likelihood", "gaussian", "cross_entropy"]


def likelihood_curves(cells: Cells, mle: PointEstimates) -> pd.DataFrame:
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
    if not mle.values:
        return pd.DataFrame(columns=COLUMNS)
    tables = []
    for name in ("slope", "sigma"):
        steps = np.linspace(-REACH, REACH, POINTS)
        if name == "sigma":
            # it is positive, and a small sample's curve may reach 0
            steps = steps[mle.values[name] + mle.sd[name] * steps > 0]
        value = mle.values[name] + mle.sd[name] * steps
        squares, sigma = _profile(cells, mle, name, value)
        total = cells.total
        density = -total * np.log(sigma) - squares / (2 * sigma**2)
        relative = density + total * (np.log(mle.values["sigma"]) + 0.5)
        columns = (name, value, relative, np.exp(relative), -0.5 * steps**2, -relative / total)
        tables.append(pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))))
    return pd.concat(tables, ignore_index=True)


def _profile(
    cells: Cells, mle: PointEstimates, name: str, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squares and sigma at each value, all else at its best."""
    if name == "sigma":
        line = mle.values["intercept"] + mle.values["slope"] * cells.x
        return np.broadcast_to(cells.squares(line), value.shape), value
    centre = (cells.n * cells.x).sum() / cells.total
    squares = cells.squares(cells.level + value[:, None] * (cells.x - centre))
    return squares, np.sqrt(squares / cells.total)


def least_squares_table(
    rows: pd.DataFrame, income: pd.DataFrame, mle: PointEstimates
) -> pd.DataFrame:
    """Put ordinary least squares on the participants beside the maximum of the likelihood.

    Parameters
    ----------
    rows
        Analysed participants: ``income_bracket, score``.
    income
        ``income_bracket, x``.
    mle
        Maximum of the likelihood of their sums, found by BFGS and Newton steps.

    Returns
    -------
    pandas.DataFrame
        ``parameter, least_squares, mle, standard_error``; sigma by least squares is the root mean
        square residual (divided by n, not by n - 2).
    """
    known = bool(mle.values)
    x = rows["income_bracket"].map(income.set_index("income_bracket")["x"]).to_numpy(float)
    score = rows["score"].to_numpy(float)
    slope, intercept = np.polyfit(x, score, 1) if known else (np.nan, np.nan)
    found = [intercept, slope, np.sqrt(np.mean((score - intercept - slope * x) ** 2))]
    return pd.DataFrame(
        {
            "parameter": PARAMETERS,
            "least_squares": found,
            "mle": [mle.values.get(name, np.nan) for name in PARAMETERS],
            "standard_error": [mle.sd.get(name, np.nan) for name in PARAMETERS],
        }
    )
