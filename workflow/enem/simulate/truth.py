"""The parameters that an analysis of the simulated release should find, in closed form.

Scores are held within INEP's limits, essays are rounded to 20 points and some are zero, so the
lines of the *published* scores differ a little from the stated ones.  The truth is the line of
least squares of the published score on income in the whole simulated population, blank answer
sheets left out, over which the effects of schools and municipalities have mean zero: the line of a
typical school.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from enem.names import BRAZIL, OUTCOMES, SCHOOL_TYPES, STATES
from enem.simulate.design import Design
from enem.simulate.moments import Moments, least_squares_line, outcome_moments
from enem.simulate.parameters import Parameters, state_shares

COLUMNS = ("state", "school_type", "outcome", "zero_essays", "parameter", "value")
LINE = ("intercept", "slope", "sigma")
LEVELS = ("tau_school", "tau_municipality")


class Truth(NamedTuple):
    """True parameters under one rule of zero essays.

    Attributes
    ----------
    lines
        Intercept, slope and residual sd within a school, shape (4 types, 27 states + Brazil, 3, 6).
    levels
        Standard deviations of the effects of schools and of municipalities, shape (28, 2, 6).
    """

    lines: np.ndarray
    levels: np.ndarray


def write_truth(path: Path, design: Design) -> None:
    """Write the truth table, one line per state, school type, outcome, rule and parameter.

    The standard deviations of levels have no school type.

    Parameters
    ----------
    path
        The CSV to write.
    design
        What the release is made from.
    """
    found = [_rows(rule, find_truth(of, design)) for rule, of in moments_by_rule(design).items()]
    pd.DataFrame(chain(*found), columns=COLUMNS).to_csv(path, index=False)


def moments_by_rule(design: Design) -> dict[str, Moments]:
    """Moments when zero essays are kept (``include``) and when they are not (``exclude``)."""
    shares = {"include": design.parameters.zero_essay, "exclude": 0.0}
    return {
        rule: outcome_moments(design.parameters, design.x, design.shifts, share)
        for rule, share in shares.items()
    }


def mean_response(moments: Moments, parameters: Parameters) -> np.ndarray:
    """Response averaged over incomes, shape (4 types, 27 states, 6 outcomes)."""
    return np.einsum("tb,tsbo->tso", _income(parameters), moments.response)


def find_truth(moments: Moments, design: Design) -> Truth:
    """Split the variance about the lines into levels and residual.

    In Brazil as a whole the shift of a state is a part of the effects of its municipalities.
    """
    parameters, shares = design.parameters, state_shares()
    response = mean_response(moments, parameters) ** 2
    stated = np.array([parameters.school_sd, parameters.municipality_sd]) ** 2
    types = parameters.by_school_type("school_type")
    levels = stated[:, None] * np.einsum("t,tso->so", types / types.sum(), response)[:, None]
    country = shares @ levels.reshape(len(STATES), -1)
    country = country.reshape(1, *levels.shape[1:])
    country[0, LEVELS.index("tau_municipality")] += _variance_of_states(moments, design)
    lines = _lines(moments, parameters, design.x)
    residual = lines[:, :-1, 2] ** 2 - stated.sum() * response
    lines[:, :-1, 2] = np.sqrt(residual)
    lines[:, -1, 2] = np.sqrt(np.einsum("s,tso->to", shares, residual))
    return Truth(lines, np.sqrt(np.concatenate([levels, country])))


def _income(parameters: Parameters) -> np.ndarray:
    """Shares of the brackets by school type, shape (4, 17)."""
    income = parameters.by_school_type("income_per_thousand")
    return income / income.sum(axis=1, keepdims=True)


def _lines(moments: Moments, parameters: Parameters, x: np.ndarray) -> np.ndarray:
    """Lines of least squares, shape (4 types, 27 states + Brazil, 3, 6 outcomes)."""
    income = _income(parameters)
    weights = (*np.eye(len(STATES)), state_shares())
    lines = [
        least_squares_line(
            np.tile(x, len(STATES)),
            np.outer(weight, income[index]).ravel(),
            moments.mean[index].reshape(-1, len(OUTCOMES)),
            moments.variance[index].reshape(-1, len(OUTCOMES)),
        )
        for index in range(len(SCHOOL_TYPES))
        for weight in weights
    ]
    return np.array(lines).reshape(len(SCHOOL_TYPES), len(weights), len(LINE), len(OUTCOMES))


def _variance_of_states(moments: Moments, design: Design) -> np.ndarray:
    """Variance of the states' means, each counting once for a municipality; shape (6,)."""
    types = design.parameters.by_school_type("school_type")
    income = _income(design.parameters) * (types / types.sum())[:, None]
    mean = np.einsum("tb,tsbo->so", income, moments.mean)
    of_schools = np.unique(design.schools.municipality)
    weight = np.bincount(design.places.state[of_schools], minlength=len(STATES)) / len(of_schools)
    return weight @ (mean - weight @ mean) ** 2


def _rows(rule: str, truth: Truth) -> Iterator[tuple[str, ...]]:
    for number, state in enumerate((*STATES, BRAZIL)):
        for index, school_type in enumerate(SCHOOL_TYPES):
            for (row, column), value in np.ndenumerate(truth.lines[index, number]):
                yield state, school_type, OUTCOMES[column], rule, LINE[row], f"{value:.4f}"
        for (row, column), value in np.ndenumerate(truth.levels[number]):
            yield state, "", OUTCOMES[column], rule, LEVELS[row], f"{value:.4f}"
