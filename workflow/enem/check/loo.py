"""PSIS-LOO of every participant from few evaluations, in bounded memory.

Group lines and cell deviations are Gaussian given the hyperparameters, so the density of a row
given all other rows and the hyperparameters is known in closed form, and only the hyperparameters
are importance-sampled (integrated importance sampling: Vehtari, Mononen, Tolvanen, Sivula &
Winther, JMLR 17(103) (2016), section 3.6).  A group of three people would else give one of them
a Pareto k near 1.

Within a cell that density depends on the row's score alone, and smoothly: nearly a parabola.  So
it is computed at a cell's distinct scores where they are few, and else at nodes across the cell's
range, between which rows are interpolated.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats
from scipy.special import logsumexp

from enem.check.cell_nodes import FEW, cell_nodes
from enem.models.cells import CellGrid
from enem.models.likelihood import Information, cell_information, integrate_line

CHUNK = 256
"""Nodes whose draws are held at once: 256 x 4,000 draws are 8 MB an array."""


def loo_nodes(
    rows: pd.DataFrame,
    data: CellGrid,
    parameters: Mapping[str, np.ndarray],
    expected: np.ndarray,
    relative_efficiency: float,
) -> pd.DataFrame:
    """Compute PSIS-LOO at the nodes of every occupied cell.

    Parameters
    ----------
    rows
        Analysed participants, their ``school_type`` as the model groups it:
        ``school_type, income_bracket, score``.
    data
        Cells as the model groups them, (G, B).
    parameters
        Draws of the hyperparameters under the likelihood's names, (S, G or 1, 1).
    expected
        Draws of the expected cell scores, points, (S, G, B).
    relative_efficiency
        Effective draws per draw.

    Returns
    -------
    pandas.DataFrame
        ``school_type, income_bracket, score, elpd_loo, lppd, pareto_k``, one row a node.
    """
    own = cell_information(parameters, data.n, data.mean, data.x)
    tables = []
    for (group, bracket), cell in rows.groupby(["school_type", "income_bracket"], observed=True):
        g, b = data.school_types.index(group), data.brackets.index(bracket)
        place = _Cell(data, parameters, own, g, b)
        nodes = cell_nodes(cell["score"].to_numpy(float), FEW)
        pieces = [
            _evaluate(place, nodes[i : i + CHUNK], expected[:, g, b], relative_efficiency)
            for i in range(0, len(nodes), CHUNK)
        ]
        found = dict(zip(COLUMNS, np.concatenate(pieces, axis=1), strict=True))
        keys = {"school_type": group, "income_bracket": bracket, "score": nodes}
        tables.append(pd.DataFrame(keys | found))
    return pd.concat(tables, ignore_index=True)


COLUMNS = ("elpd_loo", "lppd", "pareto_k")


def log_density_without(
    data: CellGrid, parameters: Mapping[str, np.ndarray], g: int, b: int, scores: np.ndarray
) -> np.ndarray:
    """Log density of each score of a cell given all other rows and draws of the hyperparameters.

    Parameters
    ----------
    data
        Cells as the model groups them, these scores' rows among them.
    parameters
        As in `loo_nodes`.
    g, b
        The cell.
    scores
        Points, (N,).

    Returns
    -------
    ndarray
        Shape (N, S).
    """
    own = cell_information(parameters, data.n, data.mean, data.x)
    return _Cell(data, parameters, own, g, b).log_density_without(scores)


class _Cell:
    """One cell among the draws: what its rows' densities need."""

    def __init__(
        self,
        data: CellGrid,
        parameters: Mapping[str, np.ndarray],
        own: Information,
        g: int,
        b: int,
    ) -> None:
        self.n, self.mean, self.x = data.n[g, b], data.mean[g, b], data.x[b]
        self.sigma = _group(parameters["sigma"], g)
        self.line = _group(parameters["intercept"] + parameters["slope"] * self.x, g)
        zero = np.zeros(1)
        names = ("tau_intercept", "tau_slope", "tau_cell")
        self.tau = [_group(parameters[k], g) if k in parameters else zero for k in names]
        self.information = Information(*(_group(entry, g) for entry in own))

    def log_density_without(self, scores: np.ndarray) -> np.ndarray:
        """Log density of each score given all other rows and the draws, (nodes, S)."""
        y = scores[:, None]
        remaining = self.n - 1
        mean = (self.n * self.mean - y) / max(remaining, 1)
        line_mean, line_variance = self._line_without(remaining, mean)
        share, own_variance = self._shrinkage(remaining)
        centre = (1 - share) * line_mean + share * mean
        variance = self.sigma**2 + own_variance + (1 - share) ** 2 * line_variance
        return -0.5 * ((y - centre) ** 2 / variance + np.log(2 * np.pi * variance))

    def _shrinkage(self, n: float) -> tuple[np.ndarray, np.ndarray]:
        """Weight of the cell's own mean against its line, and the deviation's variance."""
        tau2, sigma2 = self.tau[2] ** 2, self.sigma**2
        return n * tau2 / (sigma2 + n * tau2), tau2 * sigma2 / (sigma2 + n * tau2)

    def _line_without(self, remaining: float, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of the group's line at this income, one row taken out."""
        change = [
            after - before
            for after, before in zip(
                self._terms(remaining, mean), self._terms(self.n, self.mean), strict=True
            )
        ]
        without = Information(*(o + c for o, c in zip(self.information, change, strict=True)))
        line = integrate_line(without, self.tau[0], self.tau[1], np)
        variance = line.cov11 + 2 * self.x * line.cov12 + self.x**2 * line.cov22
        return self.line + line.shift1 + self.x * line.shift2, variance

    def _terms(self, n: float, mean: np.ndarray | float) -> tuple[np.ndarray, ...]:
        """Return the cell's own contribution to its group's information."""
        weight = n / (self.sigma**2 + n * self.tau[2] ** 2)
        score = weight * (mean - self.line)
        return weight, weight * self.x, weight * self.x**2, score, score * self.x


def _group(values: np.ndarray, g: int) -> np.ndarray:
    """Pick one group of (S, G or 1, 1) draws, shape (S,)."""
    return values[:, g if values.shape[1] > 1 else 0, 0]


def _evaluate(
    cell: _Cell, scores: np.ndarray, expected: np.ndarray, relative_efficiency: float
) -> np.ndarray:
    """Return elpd, lppd and Pareto k at scores of one cell, shape (3, nodes)."""
    without = cell.log_density_without(scores)
    log_weight, pareto_k = array_stats.psislw(without, r_eff=relative_efficiency, axis=-1)
    z = (scores[:, None] - expected) / cell.sigma
    given = -0.5 * (z**2 + np.log(2 * np.pi)) - np.log(cell.sigma)
    lppd = logsumexp(given, axis=-1) - np.log(given.shape[-1])
    return np.stack([logsumexp(log_weight + without, axis=-1), lppd, pareto_k])
