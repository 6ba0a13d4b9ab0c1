"""The textbook regression of scores on income, on many samples at once.

All participants are independent: one line, one sigma, three parameters, everything in closed form
given sigma.  Samples are reduced to their cells of equal income; where arrays have a leading
axis, it is that of samples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from enem.compare.cell_means import least_squares_slope
from enem.mixed.formula import parse_formula
from enem.mixed.priors import Prior
from enem.mixed.specification import Specification

REGRESSION = Specification("pooled", parse_formula("score ~ income", "formulas.pooled"), ())
"""The same as a mixed model without levels."""

SMALLEST, LARGEST = 1e-2, 1e4
"""Points between which sigma is looked for."""

HALVINGS = 60


@dataclass(frozen=True)
class Cells:
    """Participants by income bracket.

    Attributes
    ----------
    brackets, x
        Labels and incomes, B and (B,).
    n, mean, ss
        Participants, mean score (0 where nobody is) and sum of squares around it, (..., B).
    """

    brackets: tuple[str, ...]
    x: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    ss: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Participants, (...)."""
        return self.n.sum(axis=-1)

    @property
    def level(self) -> np.ndarray:
        """Mean score, (...)."""
        return (self.n * self.mean).sum(axis=-1) / self.total

    def squares(self, expected: np.ndarray) -> np.ndarray:
        """Sum of squared distances of the scores from those expected of brackets, (...)."""
        return (self.ss + self.n * (self.mean - expected) ** 2).sum(axis=-1)


def cells_of(rows: pd.DataFrame, income: pd.DataFrame) -> Cells:
    """Collapse participants to cells.

    Parameters
    ----------
    rows
        ``income_bracket, score``.
    income
        ``income_bracket, x`` of each bracket.
    """
    brackets = tuple(income["income_bracket"])
    code = pd.Index(brackets).get_indexer(rows["income_bracket"])
    score = rows["score"].to_numpy(float)
    n = np.bincount(code, minlength=len(brackets)).astype(float)
    mean = np.bincount(code, score, len(brackets)) / np.maximum(n, 1)
    ss = np.bincount(code, (score - mean[code]) ** 2, len(brackets))
    return Cells(brackets, income["x"].to_numpy(float), n, mean, ss)


def least_squares(cells: Cells) -> np.ndarray:
    """Intercept, slope and root mean square residual of each sample, (..., 3).

    NaN where all participants have the same income.
    """
    slope = least_squares_slope(cells.mean, cells.n, cells.x)
    intercept = cells.level - slope * (cells.n * cells.x).sum(axis=-1) / cells.total
    squares = cells.squares(intercept[..., None] + slope[..., None] * cells.x)
    return np.stack([intercept, slope, np.sqrt(squares / cells.total)], axis=-1)


class Line(NamedTuple):
    """Gaussian of intercept and slope given sigma, and the log of the integral over them.

    The log is up to a constant that hangs on neither sigma nor line.
    """

    intercept: np.ndarray
    slope: np.ndarray
    slope_variance: np.ndarray
    log_integral: np.ndarray

    def at(self, x: np.ndarray) -> np.ndarray:
        """Expected scores of brackets, (..., B)."""
        return self.intercept[..., None] + self.slope[..., None] * x


def line_given(
    cells: Cells, sigma: np.ndarray, priors: Mapping[str, Prior], weight: float = 1.0
) -> Line:
    """Posterior of the line given sigma (...); its priors raised to the power `weight`."""
    (m1, s1), (m2, s2) = (
        (priors[name].arguments["mean"], priors[name].arguments["sd"])
        for name in ("intercept", "slope")
    )
    n, x, y, variance = cells.n, cells.x, cells.mean - m1 - m2 * cells.x, sigma**2
    p11 = n.sum(axis=-1) / variance + weight / s1**2
    p12 = (n * x).sum(axis=-1) / variance
    p22 = (n * x**2).sum(axis=-1) / variance + weight / s2**2
    u1, u2 = (n * y).sum(axis=-1) / variance, (n * x * y).sum(axis=-1) / variance
    determinant = p11 * p22 - p12**2
    shift1, shift2 = (p22 * u1 - p12 * u2) / determinant, (p11 * u2 - p12 * u1) / determinant
    squares = (cells.ss + n * y**2).sum(axis=-1) / variance
    log_integral = -cells.total * np.log(sigma) - 0.5 * np.log(determinant)
    log_integral = log_integral + 0.5 * (u1 * shift1 + u2 * shift2 - squares)
    return Line(m1 + shift1, m2 + shift2, p11 / determinant, log_integral)


def posterior_modes(
    cells: Cells, priors: Mapping[str, Prior], weight: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """MAP of each sample, (..., 3), and Laplace sd of its slope, (...).

    The density at the best line falls or rises in sigma by `_rise`, whose change of sign is found
    by halving.
    """
    low = np.full(cells.total.shape, np.log(SMALLEST))
    high = np.full(cells.total.shape, np.log(LARGEST))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rises = _rise(cells, np.exp(middle), priors, weight) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    sigma = np.exp((low + high) / 2)
    line, step = line_given(cells, sigma, priors, weight), 1e-5 * sigma
    curvature = -(
        _rise(cells, sigma + step, priors, weight) - _rise(cells, sigma - step, priors, weight)
    ) / (2 * step)
    # the line is analytic in sigma: a complex step gives its derivative to rounding
    bend = line_given(cells, sigma + 1e-30j, priors, weight).slope.imag / 1e-30
    sd = np.sqrt(line.slope_variance + bend**2 / curvature)
    return np.stack([line.intercept, line.slope, sigma], axis=-1), sd


def _rise(
    cells: Cells, sigma: np.ndarray, priors: Mapping[str, Prior], weight: float
) -> np.ndarray:
    """Derivative by sigma of the log posterior density at the best line."""
    squares = cells.squares(line_given(cells, sigma, priors, weight).at(cells.x))
    of_prior = priors["sigma"].log_density(sigma + 1e-30j).imag / 1e-30
    return squares / sigma**3 - cells.total / sigma + weight * of_prior


def log_posterior_of_sigma(
    cells: Cells, sigma: np.ndarray, priors: Mapping[str, Prior]
) -> tuple[np.ndarray, Line]:
    """Log posterior density of sigma, the line integrated out, up to a constant; the line."""
    line = line_given(cells, sigma, priors)
    return line.log_integral + priors["sigma"].log_density(sigma), line
