"""Simulation-based calibration of the five scores together, participants drawn one by one."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from enem.mixed.fit import fit
from enem.mixed.parameters import parameter_draws
from enem.mixed.specification import five_scores
from enem.names import SCORES
from enem.tabulate.sums import collapse_to_sums
from studies.validation.calibration import LIKELIHOOD, MUNICIPALITIES, SCHOOLS, SMALL
from studies.validation.ranks import Pair, rank, rank_study
from studies.validation.setting import SEED, config, project_priors, sampler, tables
from studies.validation.simulate import draw_rows, with_levels
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

KINDS = ("tau_", "correlation")
"""Beginnings of the names of what is ranked in any case: scales and correlations."""
RANKED = (
    *("intercept[CN]", "slope[REDACAO]", "sigma[estadual, CN]", "sigma[privada, REDACAO]"),
    *("slope[estadual, MT]", "intercept[municipal, CH]", "school[estadual-0, CN]"),
    "school[privada-0, MT]",
)


def draw_people(rng: np.random.Generator) -> pd.DataFrame:
    """Draw participants of a hard case, one a row."""
    rows = draw_rows(SMALL, SCHOOLS, MUNICIPALITIES, rng)
    return rows.loc[rows.index.repeat(rows["n"])].reset_index(drop=True)


def _pairs(simulations: int, rng: np.random.Generator) -> Iterator[Pair]:
    priors, eta = project_priors(), config()["priors"]["correlation"]["eta"]
    spec = five_scores(config()["levels"])
    for correlations in draw_correlations(eta, 3 * simulations, rng).reshape(-1, 3, 5, 5):
        people = draw_people(rng)
        truth = draw_joint_truth(people, priors, correlations, rng)
        scores = draw_scores(truth, people, rng)
        rows = people.assign(**dict(zip(SCORES, scores.T, strict=True)))
        design = tables(collapse_to_sums(rows, (), SCORES)).design(spec)
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        tree = fit(design, priors, settings, cores=1)
        posterior = with_levels(tree).isel(draw=slice(THIN - 1, None, THIN))
        found, known = (_ranked(each, people, scores) for each in (posterior, truth))
        names = [str(each) for each in found["parameter"].to_numpy()]
        yield Pair(
            known.sel(parameter=names).to_numpy().ravel(),
            found.to_numpy().reshape(-1, len(names)),
            int(tree["sample_stats"]["diverging"].sum()),
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
    """Calibrate lines, levels and correlations of all scores on small, unbalanced groups."""
    rng = np.random.default_rng([SEED, 1])
    return rank_study("joint", {"joint": rank(_pairs(simulations, rng))})
