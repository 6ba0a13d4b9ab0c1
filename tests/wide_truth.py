"""Made cells and participants of wider models, with their true coefficients."""

import numpy as np
import pandas as pd

from enem.names import SCHOOL_TYPES, STATES

LETTERS = tuple("ABCDEFGHIJKLMNOPQ")
X = np.linspace(-3.0, 3.6, len(LETTERS))
INCOME = pd.DataFrame({"income_bracket": LETTERS, "x": X})
SHARE_OF_TYPE = np.array([0.03, 0.76, 0.006, 0.204])
SIGMA = np.array([70.0, 72.0, 75.0, 68.0])


def country(rng, participants, tau=(20.0, 3.0, 8.0, 1.5)):
    """Cells of all states drawn from their sampling distributions, and the true lines.

    `tau`: standard deviations of the states' intercepts and slopes, and of what a state and a
    school type add together.

    Returns
    -------
    tuple
        The cells as `enem.wide.states.cells_by_state` gives them, and the true intercepts and
        slopes, shape (27, 4) each.
    """
    size = (len(STATES), len(SCHOOL_TYPES))
    intercept = np.array([560.0, 505.0, 515.0, 570.0]) + rng.normal(0, tau[2], size)
    intercept += rng.normal(0, tau[0], (len(STATES), 1))
    slope = np.array([16.0, 17.0, 17.0, 15.0]) + rng.normal(0, tau[3], size)
    slope += rng.normal(0, tau[1], (len(STATES), 1))
    deviation = rng.normal(0, 4.0, (len(SCHOOL_TYPES), len(X)))
    of_state = rng.dirichlet(np.full(len(STATES), 1.5))
    centre = np.array([0.0, -1.5, -1.5, 1.5])
    of_bracket = np.exp(-0.5 * ((X - centre[:, None]) / 1.3) ** 2)
    of_bracket /= of_bracket.sum(axis=1, keepdims=True)
    share = of_state[:, None, None] * SHARE_OF_TYPE[:, None] * of_bracket
    n = rng.multinomial(participants, share.ravel()).reshape(share.shape)
    expected = intercept[..., None] + slope[..., None] * X + deviation
    sigma = np.broadcast_to(SIGMA[:, None], n.shape)
    mean = rng.normal(expected, sigma / np.sqrt(np.maximum(n, 1)))
    ss = sigma**2 * rng.chisquare(np.maximum(n - 1, 1e-9))
    index = pd.MultiIndex.from_product(
        [STATES, SCHOOL_TYPES, LETTERS], names=["state", "school_type", "income_bracket"]
    )
    cells = pd.DataFrame(
        {"n": n.ravel(), "mean": mean.ravel(), "ss": np.where(n > 1, ss, 0.0).ravel()}, index
    ).reset_index()
    return cells[cells["n"] > 0].reset_index(drop=True), intercept, slope
