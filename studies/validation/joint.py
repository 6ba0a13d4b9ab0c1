"""Simulation-based calibration of the five scores together, participants drawn one by one."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from enem.mixed.parameters import parameter_draws
from enem.names import SCHOOL_TYPES, SCORES
from enem.several.joint import BLOCKS, complete_joint, joint_model
from enem.several.moments import moments_of_rows
from enem.several.sample import sample
from studies.validation.calibration import LIKELIHOOD, MUNICIPALITIES, SCHOOLS, SMALL
from studies.validation.ranks import Pair, rank, rank_study
from studies.validation.setting import SEED, config, project_priors, sampler
from studies.validation.simulate import draw_rows
from studies.validation.simulate_joint import (
    draw_correlations,
    draw_joint_truth,
    draw_scores,
    joint_log_likelihood,
)
from studies.validation.study import Study

SETTINGS = sampler(chains=2, draws=600)
THIN = 12
"""Every 12th draw is kept: 100 nearly independent ones."""
SIMULATIONS = 200

KINDS = ("tau_", "correlation[")
"""Beginnings of the names of what is ranked in any case: scales and correlations."""
RANKED = (
    *("intercept[CN]", "slope[REDACAO]", "sigma[estadual, CN]", "sigma[privada, REDACAO]"),
    *("slope[estadual, MT]", "intercept[municipal, CH]"),
)


def draw_people(rng: np.random.Generator) -> pd.DataFrame:
    """Draw participants of a hard case, one a row."""
    rows = draw_rows(SMALL, SCHOOLS, MUNICIPALITIES, rng)
    return rows.loc[rows.index.repeat(rows["n"])].reset_index(drop=True)


def _pairs(simulations: int, rng: np.random.Generator) -> Iterator[Pair]:
    priors, eta = project_priors(), config()["priors"]["correlation"]["eta"]
    for correlation in draw_correlations(eta, simulations, rng):
        people = draw_people(rng)
        truth = draw_joint_truth(people, priors, correlation, rng)
        scores = draw_scores(truth, people, rng)
        rows = people.assign(**dict(zip(SCORES, scores.T, strict=True)))
        model = joint_model(moments_of_rows(rows, BLOCKS, SCHOOL_TYPES, SCORES), priors)
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        sampled = sample(model, settings, cores=1)
        thinned = sampled.isel(draw=slice(THIN - 1, None, THIN))
        posterior = complete_joint(thinned, model, rng)["posterior"].to_dataset()
        found, known = (_ranked(each, people, scores) for each in (posterior, truth))
        names = [str(each) for each in found["parameter"].to_numpy()]
        yield Pair(
            known.sel(parameter=names).to_numpy().ravel(),
            found.to_numpy().reshape(-1, len(names)),
            int(sampled["sample_stats"]["diverging"].sum()),
            names,
        )


def _ranked(parameters: xr.Dataset, people: pd.DataFrame, scores: np.ndarray) -> xr.DataArray:
    draws = parameter_draws(parameters)
    names = draws["parameter"].to_numpy().astype(str)
    kept = [name for name in names if name in RANKED or name.startswith(KINDS)]
    likelihood = joint_log_likelihood(parameters, people, scores)
    parts = [draws.sel(parameter=kept), likelihood.expand_dims(parameter=[LIKELIHOOD], axis=-1)]
    return xr.concat(parts, dim="parameter", coords="minimal", compat="override")


def joint(simulations: int = SIMULATIONS) -> Study:
    """Calibrate lines, sigmas and correlations of all scores on small, unbalanced groups."""
    rng = np.random.default_rng([SEED, 1])
    return rank_study("joint", {"joint": rank(_pairs(simulations, rng))})
