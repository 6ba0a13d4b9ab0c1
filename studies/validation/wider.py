"""Simulation-based calibration of the wider models: covariates, all scores together, all states.

Participants are drawn one by one, so that the library's sums over them are tried as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from enem.wide.adjusted import complete_posterior
from enem.wide.joint import complete_joint, joint_model
from enem.wide.model import WideModel
from enem.wide.moments import moments_of_rows
from enem.wide.sample import sample
from enem.wide.states import complete_states, state_model
from enem.wide.structure import covariate_blocks, covariate_model, line_blocks

from enem.models.specification import SPECIFICATIONS, Specification
from enem.names import SCHOOL_TYPES, SCORES
from studies.validation.calibration import LIKELIHOOD, quantities
from studies.validation.ranks import Pair, Ranks, rank, rank_study
from studies.validation.setting import (
    SEED,
    SMALL,
    config,
    empty_grid,
    project_priors,
    sampler,
    wide_priors,
)
from studies.validation.simulate_wider import (
    SHARES,
    draw_correlations,
    draw_covariate_truth,
    draw_joint_truth,
    draw_participants,
    draw_scores,
    draw_state_truth,
    log_likelihood,
)
from studies.validation.study import Study

SETTINGS = sampler(chains=2, tune=300, draws=600)
THIN = 12
"""Every 12th draw is kept: 100 nearly independent ones."""
SIMULATIONS = {
    "covariates_income": 200,
    "covariates_school_type_income": 200,
    "joint": 200,
    "states": 60,
}
"""Data sets of each model; one of 27 states takes as long as twenty of one state."""
COUNTRY = {name: 4 * size for name, size in SMALL.items()}
"""Participants of a small country: most of its 27 states have fewer than twenty."""

KINDS = ("tau_", "correlation[")
"""Beginnings of the names of what is ranked in every model: scales and correlations."""
RANKED = {
    "covariates": ("effect_sex[F]", "effect_race[parda]", "effect_race[indigena]"),
    "joint": (
        *("intercept[CN]", "slope[REDACAO]", "sigma[estadual, CN]", "sigma[privada, REDACAO]"),
        *("slope[estadual, MT]", "intercept[municipal, CH]"),
    ),
    "states": (
        *("intercept_state[AC]", "slope_state[AC]", "slope_state[AC, estadual]"),
        *("intercept_state[AC, privada]", "intercept_state[AC, municipal]"),
    ),
}
"""What else is ranked of each kind of model, beside what models of one state have too."""
OF_ONE_STATE = (
    *("intercept", "slope", "sigma", "sigma[estadual]", "sigma[municipal]"),
    *("slope[estadual]", "intercept[municipal]", "deviation[estadual, A]"),
    *("deviation[A]", "deviation[Q]"),
)


class Case(NamedTuple):
    """One simulated data set: its truth and model, and how draws of the model are completed."""

    truth: xr.Dataset
    participants: pd.DataFrame
    scores: np.ndarray
    model: WideModel
    complete: Callable[[xr.DataTree, WideModel, np.random.Generator], xr.DataTree]


def covariate_cases(name: str, count: int, rng: np.random.Generator) -> Iterator[Case]:
    """Simulate data for one of the four models with the covariates of `SHARES`."""
    grid, spec = empty_grid(), SPECIFICATIONS[name]
    known, wide = project_priors(), wide_priors()
    blocks = covariate_blocks(grid.brackets, list(SHARES))
    for _ in range(count):
        people = draw_participants(grid, SMALL, rng)
        truth = draw_covariate_truth(spec, grid, {**known, **wide}, people, rng)
        scores = draw_scores(truth, people, rng)
        moments = moments_of_rows(people.assign(score=scores), blocks, SCHOOL_TYPES)
        model = covariate_model(spec, moments, known, wide)
        yield Case(truth, people, scores, model, partial(_complete, spec))


def _complete(
    spec: Specification, sampled: xr.DataTree, model: WideModel, rng: np.random.Generator
) -> xr.DataTree:
    return complete_posterior(sampled, spec, model, rng)


def joint_cases(count: int, rng: np.random.Generator) -> Iterator[Case]:
    """Simulate the five scores of participants."""
    grid, known, eta = empty_grid(), project_priors(), config()["wide"]["lkj_eta"]
    blocks = [block for block in line_blocks(()) if block.name != "deviation"]
    for correlation in draw_correlations(eta, count, rng):
        people = draw_participants(grid, SMALL, rng)
        truth = draw_joint_truth(grid, known, correlation, rng)
        scores = draw_scores(truth, people, rng)
        rows = people.assign(**dict(zip(SCORES, scores.T, strict=True)))
        moments = moments_of_rows(rows, blocks, SCHOOL_TYPES, SCORES)
        yield Case(truth, people, scores, joint_model(moments, known, eta), complete_joint)


def state_cases(count: int, rng: np.random.Generator) -> Iterator[Case]:
    """Simulate a small country and add its participants up to cells."""
    grid, known, wide = empty_grid(), project_priors(), wide_priors()
    income = pd.DataFrame({"income_bracket": grid.brackets, "x": grid.x})
    for _ in range(count):
        people = draw_participants(grid, COUNTRY, rng)
        truth = draw_state_truth(grid, {**known, **wide}, rng)
        scores = draw_scores(truth, people, rng)
        model = state_model(cells_of(people, scores), income, SCHOOL_TYPES, known, wide)
        yield Case(truth, people, scores, model, complete_states)


def cells_of(participants: pd.DataFrame, scores: np.ndarray) -> pd.DataFrame:
    """Count, mean and sum of squares of each cell of state, school type and bracket."""
    keys = ["state", "school_type", "income_bracket"]
    groups = participants.assign(score=scores).groupby(keys)["score"]
    table = groups.agg(n="size", mean="mean", ss=lambda y: ((y - y.mean()) ** 2).sum())
    return table.reset_index()


CASES = {
    "covariates_income": partial(covariate_cases, "income"),
    "covariates_school_type_income": partial(covariate_cases, "school_type_income"),
    "joint": joint_cases,
    "states": state_cases,
}
"""Makes the simulated data of each model."""


def _pairs(name: str, cases: Iterator[Case], rng: np.random.Generator) -> Iterator[Pair]:
    for case in cases:
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        sampled = sample(case.model, settings, cores=1)
        divergences = int(sampled["sample_stats"]["diverging"].sum())
        thinned = sampled.isel(draw=slice(THIN - 1, None, THIN))
        posterior = case.complete(thinned, case.model, rng)["posterior"].to_dataset()
        found, known = (_ranked(name, each, case) for each in (posterior, case.truth))
        names = [str(each) for each in found["parameter"].to_numpy()]
        yield Pair(
            known.sel(parameter=names).to_numpy().reshape(len(names)),
            found.to_numpy().reshape(-1, len(names)),
            divergences,
            names,
        )


def _ranked(name: str, parameters: xr.Dataset, case: Case) -> xr.DataArray:
    likelihood = log_likelihood(parameters, case.participants, case.scores)
    all_of_it = quantities(parameters, likelihood)
    wanted = (*OF_ONE_STATE, *RANKED[name.split("_")[0]], LIKELIHOOD)
    names = [str(each) for each in all_of_it["parameter"].to_numpy()]
    kept = [n for n in names if n in wanted or n.startswith(KINDS)]
    return all_of_it.sel(parameter=kept)


def simulate_wider_ranks(name: str, simulations: int, rng: np.random.Generator) -> Ranks:
    """Rank the truths of one of the `CASES` among their posterior draws."""
    return rank(_pairs(name, CASES[name](simulations, rng), rng))


def wider(simulations: int | None = None, models: tuple[str, ...] = tuple(CASES)) -> Study:
    """Calibrate the wider models on small, unbalanced groups and levels, some of them empty.

    Parameters
    ----------
    simulations
        Data sets of every model, instead of `SIMULATIONS`.
    models
        Names of `CASES`.
    """
    found = {}
    for index, name in enumerate(models):
        rng = np.random.default_rng([SEED, index, 1])
        found[name] = simulate_wider_ranks(name, simulations or SIMULATIONS[name], rng)
    return rank_study("wider", found)
