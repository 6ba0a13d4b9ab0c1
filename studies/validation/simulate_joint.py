"""Draw the five scores of participants together, from the equations of their model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from scipy.stats import multivariate_normal

from enem.mixed.priors import Prior
from enem.names import SCORES
from studies.validation.setting import models
from studies.validation.simulate import draw_truth, expected_scores, row_sigma

UPPER = np.triu_indices(len(SCORES), 1)
"""Places of the pairs of scores in their correlation matrix."""


def draw_correlations(eta: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw correlation matrices of the scores from PyMC's LKJ distribution, (count, 5, 5)."""
    roots = pm.draw(pm.LKJCorr.dist(n=len(SCORES), eta=eta), draws=count, random_seed=rng)
    roots = np.reshape(roots, (count, len(SCORES), len(SCORES)))  # one draw has no axis of its own
    return roots @ np.swapaxes(roots, -1, -2)


def draw_joint_truth(
    people: pd.DataFrame,
    priors: Mapping[str, Prior],
    correlations: np.ndarray,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draw lines, sigmas and effects of levels of each score.

    `correlations` (3, 5, 5) are those of errors, of municipalities and of schools.
    """
    spec = models()["school_type"]
    each = [draw_truth(spec, people, priors, rng) for _ in SCORES]
    truth = xr.concat(each, pd.Index(SCORES, name="outcome")).transpose(
        "chain", "draw", "school_type", "group", "outcome"
    )
    for level, matrix in zip(spec.levels, correlations[1:], strict=True):
        # the same standard Gaussian numbers, mixed between scores
        standard, tau = truth[level] / truth[f"tau_{level}"], truth[f"tau_{level}"].to_numpy()
        mixed = standard.to_numpy() @ np.linalg.cholesky(matrix).T * tau[..., None, :]
        truth[level] = (standard.dims, mixed)
    pairs = [f"{SCORES[a]}-{SCORES[b]}" for a, b in zip(*UPPER, strict=True)]
    names = ["correlation", *(f"correlation_{level}" for level in spec.levels)]
    for name, matrix in zip(names, correlations, strict=True):
        truth[name] = (("chain", "draw", "pair"), matrix[UPPER][None, None])
    return truth.assign_coords(pair=pairs)


def draw_scores(truth: xr.Dataset, people: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw the scores of participants, (participants, 5)."""
    mean, sigma = expected_scores(truth, people), row_sigma(truth, people)
    errors = rng.multivariate_normal(
        np.zeros(len(SCORES)), correlation_matrices(truth)[0], len(people), method="cholesky"
    )
    return (mean + sigma * errors).transpose("chain", "draw", "row", "outcome").to_numpy()[0, 0]


def correlation_matrices(parameters: xr.Dataset) -> np.ndarray:
    """Correlation of the errors of the scores, (chain x draw, 5, 5)."""
    pairs = parameters["correlation"].to_numpy().reshape(-1, parameters.sizes["pair"])
    matrices = np.tile(np.eye(len(SCORES)), (len(pairs), 1, 1))
    first, second = UPPER
    matrices[:, first, second] = matrices[:, second, first] = pairs
    return matrices


def joint_log_likelihood(
    parameters: xr.Dataset, people: pd.DataFrame, scores: np.ndarray
) -> xr.DataArray:
    """Log density of all scores given *all* parameters, up to a constant; (chain, draw)."""
    y, sigma = xr.DataArray(scores, dims=("row", "outcome")), row_sigma(parameters, people)
    errors = (y - expected_scores(parameters, people)) / sigma
    flat = errors.transpose("chain", "draw", "row", "outcome").to_numpy()
    zero = np.zeros(len(SCORES))
    density = [
        multivariate_normal.logpdf(each, zero, matrix, allow_singular=True).sum()
        for each, matrix in zip(
            flat.reshape(-1, *scores.shape), correlation_matrices(parameters), strict=True
        )
    ]
    spread = np.log(sigma).sum(("row", "outcome")).transpose("chain", "draw")
    return xr.DataArray(np.reshape(density, spread.shape), dims=("chain", "draw")) - spread
