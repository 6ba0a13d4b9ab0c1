"""Densities of participants under point estimates, in sample and with each one left out.

A point estimate is made a prediction by plugging it in: the participant's score is Gaussian
around the expected score of the cell, group effects at their conditional means.  Out of sample
the estimate is made again without the participant (leave-one-out cross-validation: Stone, Journal
of the Royal Statistical Society B 36 (1974) 111-147), hyperparameters included.  That is exact
and affordable, since leaving a row out changes the size, mean and sum of squares of one cell, and
within a cell the answer depends smoothly on the row's score alone.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from enem.check.cell_nodes import cell_nodes, interpolate_rows
from enem.estimate.point_estimates import bounds_sigma
from enem.estimate.vector import Objective
from enem.estimation.many import refit
from enem.models.cells import CellGrid
from enem.models.group_effects import cell_deviations, group_lines

NODES = 14
"""Scores per cell at which estimates are made again; between them rows are interpolated."""
CHUNK = 512
"""Data sets that are fitted at once."""


def expected_cells(objective: Objective, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Plug in: expected score (..., G, B) and sigma (..., G) at hyperparameters (..., P)."""
    parameters, data = objective.parameters(vectors), objective.data
    intercept, slope = parameters["intercept"], parameters["slope"]
    if objective.spec.by_school_type:
        lines = group_lines(parameters, data)
        intercept, slope = intercept + lines.shift1, slope + lines.shift2
    expected = intercept + slope * data.x
    if objective.spec.deviation_scale:
        expected = expected + cell_deviations(parameters, expected, data)[0]
    return expected, parameters["sigma"][..., 0]


def in_sample(objective: Objective, vector: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Log density of every row under the estimate from all rows, nats; NaN in groups left out."""
    expected, sigma = expected_cells(objective, vector)
    data = objective.data
    g = pd.Index(data.school_types).get_indexer(rows["school_type"])
    b = pd.Index(data.brackets).get_indexer(rows["income_bracket"])
    found = log_normal_density(rows["score"].to_numpy(float), expected[g, b], sigma[g])
    return np.where(g >= 0, found, np.nan)


def out_of_sample(objective: Objective, vector: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Log density of every row under the estimate from all other rows, nats.

    Parameters
    ----------
    objective
        Likelihood, or posterior density, of the hyperparameters.
    vector
        Its maximum, (P,).
    rows
        Participants, ``school_type`` as the model groups them: ``school_type, income_bracket,
        score``.

    Returns
    -------
    ndarray
        One value a row; NaN where there is no estimate without the row.
    """
    nodes = left_out_nodes(objective, vector, rows)
    known = rows["school_type"].isin(objective.data.school_types).to_numpy()
    found = np.full(len(rows), np.nan)
    (found[known],) = interpolate_rows(rows[known], nodes, "log_density")
    return found


def left_out_nodes(objective: Objective, vector: np.ndarray, rows: pd.DataFrame) -> pd.DataFrame:
    """Log density with the row left out, at scores across every occupied cell.

    Returns
    -------
    pandas.DataFrame
        ``school_type, income_bracket, score, log_density``.
    """
    data = objective.data
    pieces = []
    for (group, bracket), cell in rows.groupby(["school_type", "income_bracket"], observed=True):
        if group in data.school_types:
            scores = cell_nodes(cell["score"].to_numpy(float), NODES)
            keys = {"school_type": group, "income_bracket": bracket, "score": scores}
            pieces.append(pd.DataFrame(keys))
    nodes = pd.concat(pieces, ignore_index=True)
    g = np.array([data.school_types.index(name) for name in nodes["school_type"]])
    b = np.array([data.brackets.index(name) for name in nodes["income_bracket"]])
    score = nodes["score"].to_numpy()
    chunks = [slice(i, i + CHUNK) for i in range(0, len(nodes), CHUNK)]
    found = [_left_out_density(objective, vector, g[c], b[c], score[c]) for c in chunks]
    return nodes.assign(log_density=np.concatenate(found))


def _left_out_density(
    objective: Objective, vector: np.ndarray, g: np.ndarray, b: np.ndarray, scores: np.ndarray
) -> np.ndarray:
    many = without_rows(objective.data, g, b, scores)
    exists = _still_bounded(objective, many, g)
    found = np.full(len(scores), np.nan)
    if exists.any():
        kept = replace(many, n=many.n[exists], mean=many.mean[exists], ss=many.ss[exists])
        vectors = refit(objective, vector, kept)
        expected, sigma = expected_cells(replace(objective, data=kept), vectors)
        k, g, b = np.arange(len(vectors)), g[exists], b[exists]
        found[exists] = log_normal_density(scores[exists], expected[k, g, b], sigma[k, g])
    return found


def _still_bounded(objective: Objective, many: CellGrid, g: np.ndarray) -> np.ndarray:
    """Whether the likelihood still has a maximum for the group that lost a row, shape (K,)."""
    if objective.priors is not None:
        return np.ones(len(g), bool)
    k = np.arange(len(g))
    own = replace(many, n=many.n[k, g], mean=many.mean[k, g], ss=many.ss[k, g])
    return bounds_sigma(objective.spec, own)


def without_rows(data: CellGrid, g: np.ndarray, b: np.ndarray, scores: np.ndarray) -> CellGrid:
    """Take a row of score `scores[k]` out of cell (g[k], b[k]); statistics (K, G, B)."""
    k = np.arange(len(scores))
    n, mean, ss = (np.repeat(a[None], len(k), axis=0) for a in (data.n, data.mean, data.ss))
    before, centre = data.n[g, b], data.mean[g, b]
    left = before - 1
    share = before / np.maximum(left, 1)
    n[k, g, b] = left
    mean[k, g, b] = np.where(left > 0, centre - (scores - centre) / np.maximum(left, 1), 0.0)
    remaining = data.ss[g, b] - share * (scores - centre) ** 2
    # what is left of equal scores is rounding, and would pass for a spread
    spread = (left > 1) & (remaining > 1e-9 * data.ss[g, b])
    ss[k, g, b] = np.where(spread, remaining, 0.0)
    return replace(data, n=n, mean=mean, ss=ss)


def log_normal_density(score: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Log density of a Gaussian, nats (of a density per point)."""
    return -0.5 * ((score - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
