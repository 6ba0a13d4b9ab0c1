"""Draw parameters of the wider models from their priors, and participants from the parameters.

Written from the models' equations, without the library's code for moments and conditionals.  All
parameters are given under the names and with the meaning of the library's completed posteriors.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from scipy.stats import multivariate_normal

from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS, Specification
from enem.names import SCORES, STATES
from studies.validation.simulate import draw_truth

LINES = ("intercept", "slope")
UPPER = np.triu_indices(len(SCORES), 1)
"""Places of the pairs of scores in their correlation matrix."""
SHARES: Mapping[str, Mapping[str, float]] = {
    "sex": {"M": 0.4, "F": 0.6, "sem_resposta": 0.0},
    "race": {
        "branca": 0.35,
        "parda": 0.47,
        "preta": 0.1,
        "amarela": 0.03,
        "indigena": 0.01,
        "nao_declarada": 0.04,
        "sem_resposta": 0.0,
    },
}
"""Shares of participants at the levels of the covariates of the study; nobody at some."""


def draw_participants(
    grid: CellGrid, sizes: Mapping[str, int], rng: np.random.Generator
) -> pd.DataFrame:
    """Draw who sits the exam: ``school_type, income_bracket, x, state`` and the covariates."""
    types = np.repeat(list(sizes), list(sizes.values()))
    bracket = rng.beta(1.0, 2.5, len(types)) * len(grid.brackets)
    place = bracket.astype(int)
    table = pd.DataFrame(
        {
            "school_type": types,
            "income_bracket": np.array(grid.brackets)[place],
            "x": grid.x[place],
            # a few large states, and some that nobody comes from
            "state": rng.choice(STATES, len(types), p=rng.dirichlet(np.full(len(STATES), 0.5))),
        }
    )
    for name, shares in SHARES.items():
        table[name] = rng.choice(list(shares), len(types), p=list(shares.values()))
    return table


def draw_covariate_truth(
    spec: Specification,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    participants: pd.DataFrame,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draw a model with covariates; effects are told around their mean over the participants."""
    truth = draw_truth(spec, grid, priors, rng)
    for name, shares in SHARES.items():
        if name == "sex":
            scale = priors["two_levels"].arguments["sd"]
        else:
            scale = float(priors["tau_covariate"].draw(rng, 1)[0])
            truth[f"tau_{name}"] = (("chain", "draw"), [[scale]])
        effect = dict(zip(shares, scale * rng.standard_normal(len(shares)), strict=True))
        mean = participants[name].map(effect).mean()
        values = [[[value - mean for value in effect.values()]]]
        truth[f"effect_{name}"] = (("chain", "draw", name), values)
        truth = truth.assign_coords({name: list(shares)})
        for line in ("intercept", "intercept_school_type"):
            if line in truth:
                truth[line] = truth[line] + mean
    return truth


def draw_correlations(eta: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw correlation matrices of the scores from PyMC's LKJ distribution, (count, 5, 5)."""
    roots = pm.draw(pm.LKJCorr.dist(n=len(SCORES), eta=eta), draws=count, random_seed=rng)
    roots = np.reshape(roots, (count, len(SCORES), len(SCORES)))  # one draw has no axis of its own
    return roots @ np.swapaxes(roots, -1, -2)


def draw_joint_truth(
    grid: CellGrid, priors: Mapping[str, Prior], correlation: np.ndarray, rng: np.random.Generator
) -> xr.Dataset:
    """Draw lines and sigmas of each score, beside a correlation of them all."""
    spec = SPECIFICATIONS["school_type"]
    each = [draw_truth(spec, grid, priors, rng) for _ in SCORES]
    truth = xr.concat(each, pd.Index(SCORES, name="outcome")).transpose(
        "chain", "draw", "school_type", "outcome"
    )
    pairs = [f"{SCORES[a]}-{SCORES[b]}" for a, b in zip(*UPPER, strict=True)]
    truth["correlation"] = (("chain", "draw", "pair"), correlation[UPPER][None, None])
    return truth.assign_coords(pair=pairs)


def draw_state_truth(
    grid: CellGrid, priors: Mapping[str, Prior], rng: np.random.Generator
) -> xr.Dataset:
    """Draw the country: lines of the school types, the states and of both together."""
    truth = draw_truth(SPECIFICATIONS["school_type_income"], grid, priors, rng)
    prior_of_state = {"intercept": priors["tau_state"], "slope": priors["tau_state_slope"]}
    truth = truth.assign_coords(state=list(STATES))
    for line in LINES:
        size = {"state": (len(STATES),), "both": (len(STATES), len(grid.school_types))}
        scale = {kind: float(prior_of_state[line].draw(rng, 1)[0]) for kind in size}
        drawn = {kind: scale[kind] * rng.standard_normal(size[kind]) for kind in size}
        truth[f"tau_{line}_state"] = (("chain", "draw"), [[scale["state"]]])
        truth[f"tau_{line}_state_school_type"] = (("chain", "draw"), [[scale["both"]]])
        state = xr.DataArray(drawn["state"], dims="state")
        both = xr.DataArray(drawn["both"], dims=("state", "school_type"))
        truth[f"{line}_state"] = truth[line] + state
        whole = truth[f"{line}_school_type"] + state + both
        truth[f"{line}_state_school_type"] = whole.transpose(
            "chain", "draw", "state", "school_type"
        )
    return truth


def expected(parameters: xr.Dataset, participants: pd.DataFrame) -> xr.DataArray:
    """Expected score of each participant, points; (chain, draw, participant) and outcomes."""
    at = {
        name: xr.DataArray(participants[name].to_numpy(), dims="participant")
        for name in ("school_type", "income_bracket", "state", *SHARES)
    }
    x = xr.DataArray(participants["x"].to_numpy(), dims="participant")
    for suffix in ("_state_school_type", "_school_type", ""):
        if f"slope{suffix}" in parameters:
            line = [_of(parameters[f"{name}{suffix}"], at) for name in LINES]
            break
    total = line[0] + line[1] * x
    for name in ("deviation", *(f"effect_{covariate}" for covariate in SHARES)):
        if name in parameters:
            total = total + _of(parameters[name], at)
    return total


def _of(values: xr.DataArray, at: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """Pick each participant's value."""
    return values.sel({name: where for name, where in at.items() if name in values.dims})


def draw_scores(
    truth: xr.Dataset, participants: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Draw the scores, (participants,) or (participants, outcomes)."""
    one = truth.isel(chain=[0], draw=[0])
    mean = expected(one, participants).isel(chain=0, draw=0).transpose("participant", ...)
    sigma = _sigma(one, participants).isel(chain=0, draw=0)
    if "outcome" not in mean.dims:
        return (mean + sigma * rng.standard_normal(mean.shape)).to_numpy()
    errors = rng.multivariate_normal(
        np.zeros(len(SCORES)), correlation_matrices(one)[0], len(participants), method="cholesky"
    )
    return (mean + sigma.transpose("participant", "outcome") * errors).to_numpy()


def _sigma(parameters: xr.Dataset, participants: pd.DataFrame) -> xr.DataArray:
    types = xr.DataArray(participants["school_type"].to_numpy(), dims="participant")
    sigma = parameters["sigma"]
    if "school_type" in sigma.dims:
        return sigma.sel(school_type=types)
    return sigma.expand_dims(participant=len(participants), axis=-1)


def correlation_matrices(parameters: xr.Dataset) -> np.ndarray:
    """Correlation of the errors of the scores, (chain x draw, 5, 5)."""
    pairs = parameters["correlation"].to_numpy().reshape(-1, parameters.sizes["pair"])
    matrices = np.tile(np.eye(len(SCORES)), (len(pairs), 1, 1))
    first, second = UPPER
    matrices[:, first, second] = matrices[:, second, first] = pairs
    return matrices


def log_likelihood(
    parameters: xr.Dataset, participants: pd.DataFrame, scores: np.ndarray
) -> xr.DataArray:
    """Log density of all scores given *all* parameters, up to a constant; (chain, draw)."""
    y = xr.DataArray(scores, dims=("participant", "outcome")[: scores.ndim])
    sigma = _sigma(parameters, participants)
    errors = (y - expected(parameters, participants)) / sigma
    if "outcome" not in errors.dims:
        return (-np.log(sigma) - errors**2 / 2).sum("participant").transpose("chain", "draw")
    dims = ("chain", "draw", "participant", "outcome")
    flat = errors.transpose(*dims).to_numpy().reshape(-1, *scores.shape)
    zero = np.zeros(len(SCORES))
    density = [
        multivariate_normal.logpdf(each, zero, matrix, allow_singular=True).sum()
        for each, matrix in zip(flat, correlation_matrices(parameters), strict=True)
    ]
    shape = (parameters.sizes["chain"], parameters.sizes["draw"])
    spread = np.log(sigma).sum(("participant", "outcome")).transpose("chain", "draw")
    return xr.DataArray(np.reshape(density, shape), dims=("chain", "draw")) - spread
