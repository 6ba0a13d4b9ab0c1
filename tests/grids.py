"""Made rows, the cells they collapse to, and the dense row-level model of the same data."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from enem.mixed.priors import parse_priors
from enem.names import SCHOOL_TYPES
from enem.tabulate.grid import CellGrid

X = np.array([-3.0, -1.0, 0.0, 1.2, 2.5, 4.0])
BRACKETS = tuple("ABCDEF")
UNEQUAL = {"federal": 25, "estadual": 110, "municipal": 0, "privada": 40}
"""Participants by school type: very unequal, one type empty."""

PRIORS = parse_priors(
    {
        "intercept": {"family": "normal", "mean": 500, "sd": 100},
        "slope": {"family": "normal", "mean": 0, "sd": 50},
        "sigma": {"family": "log_normal", "median": 90, "log_sd": 0.6},
        "tau_intercept": {"family": "half_normal", "sd": 50},
        "tau_slope": {"family": "half_normal", "sd": 25},
        "tau_bracket": {"family": "half_normal", "sd": 25},
        "tau_cell": {"family": "half_student_t", "df": 4, "scale": 25},
    }
)

HYPERPARAMETERS = {
    "pooled": {},
    "school_type": {"tau_intercept": 35.0, "tau_slope": 7.0},
    "income": {"tau_cell": 14.0},
    "school_type_income": {"tau_intercept": 35.0, "tau_slope": 7.0, "tau_cell": 14.0},
}
"""Scales of each model under the likelihood's names."""


def hyperparameters(model, groups=4, **changes):
    """Arbitrary values of one model's hyperparameters, shaped for the likelihood."""
    by_group = np.array([[70.0], [95.0], [60.0], [110.0], [85.0], [75.0], [90.0], [100.0]])
    sigma = by_group[:groups] if model.startswith("school_type") else np.array([[82.0]])
    scales = {k: v for k, v in changes.items() if k in HYPERPARAMETERS[model]}
    line = {"intercept": 497.0, "slope": 16.0}
    return line | HYPERPARAMETERS[model] | scales | {"sigma": sigma}


def made_rows(rng, sizes=UNEQUAL, tau=(30.0, 6.0, 10.0), sigma=(60, 100), line=(500.0, 18.0), x=X):
    """Draw row-level scores of each school type; n = 1 cells arise in the thin brackets."""
    pieces = []
    share = np.linspace(1, 0.02, len(x)) / np.linspace(1, 0.02, len(x)).sum()
    for group, size in sizes.items():
        bracket = rng.choice(len(x), size, p=share)
        intercept, slope = rng.normal(line, tau[:2])
        cell = intercept + slope * x + rng.normal(0, tau[2], len(x))
        score = rng.normal(cell[bracket], rng.uniform(*sigma))
        columns = {"school_type": group, "income_bracket": np.array(BRACKETS)[bracket]}
        pieces.append(pd.DataFrame(columns | {"score": score}))
    return pd.concat(pieces, ignore_index=True)


def collapse(rows, school_types=SCHOOL_TYPES, x=X):
    """Collapse rows to a grid with plain loops."""
    shape = (len(school_types), len(x))
    n, mean, ss = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    group, bracket, score = (rows[k].to_numpy() for k in rows.columns)
    for g in range(len(school_types)):
        for b in range(len(x)):
            cell = score[(group == school_types[g]) & (bracket == BRACKETS[b])]
            if len(cell):
                n[g, b], mean[g, b] = len(cell), cell.mean()
                ss[g, b] = np.square(cell - cell.mean()).sum()
    return CellGrid(tuple(school_types), BRACKETS[: len(x)], x, n, mean, ss)


def merged(rows):
    """The rows as a model without school types sees them."""
    return rows.assign(school_type="all")


class Dense(NamedTuple):
    """y = expected + effects' design @ effects + noise, with nothing collapsed.

    The effects are (shift of the common line), group intercepts, group slopes and cell
    deviations, G + G + G * B of them after the common line's two.
    """

    y: np.ndarray
    expected: np.ndarray
    design: np.ndarray
    effect_variance: np.ndarray
    noise: np.ndarray

    @property
    def covariance(self):
        return (self.design * self.effect_variance) @ self.design.T + np.diag(self.noise)

    def conditional(self):
        """Mean and covariance of all effects given the scores (valid for zero variances)."""
        gain = np.linalg.solve(self.covariance, self.design * self.effect_variance).T
        mean = gain @ (self.y - self.expected)
        spread = np.diag(self.effect_variance)
        return mean, spread - gain @ (self.design * self.effect_variance)


def dense(rows, school_types, parameters, line_sd=(0.0, 0.0), x=X):
    """Build the row-level Gaussian model; `line_sd` 0 holds the common line at its value."""
    g = np.array([school_types.index(t) for t in rows["school_type"]], int)
    b = np.array([BRACKETS.index(t) for t in rows["income_bracket"]], int)
    groups, brackets = len(school_types), len(x)
    of_group = np.eye(groups)[g].reshape(-1, groups)
    of_cell = np.eye(groups * brackets)[g * brackets + b].reshape(-1, groups * brackets)
    income = x[b]
    line = np.stack([np.ones_like(income), income], axis=1)
    design = np.hstack([line, of_group, of_group * income[:, None], of_cell])
    scales = [parameters.get(k, 0.0) for k in ("tau_intercept", "tau_slope", "tau_cell")]
    sd = np.repeat([*line_sd, *scales], [1, 1, groups, groups, groups * brackets])
    sigma = np.broadcast_to(np.ravel(parameters["sigma"]), groups)[g]
    expected = line @ np.array([parameters["intercept"], parameters["slope"]])
    return Dense(rows["score"].to_numpy(float), expected, design, sd**2, sigma**2)
