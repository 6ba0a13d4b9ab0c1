"""Simulation-based calibration: ranks of parameters drawn from the prior among posterior draws.

Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788; the likelihood as a test
quantity after Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková, Gelman & Vehtari (2023),
Simulation-based calibration checking for Bayesian computation, Bayesian Analysis.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import xarray as xr

from enem.fit.posterior import complete_posterior
from enem.fit.sample import sample_scales
from enem.models.parameters import parameter_draws
from enem.models.specification import SPECIFICATIONS, Specification
from studies.validation.ranks import Pair, Ranks, rank, rank_study
from studies.validation.setting import SEED, SMALL, empty_grid, project_priors, sampler
from studies.validation.simulate import allocate, draw_truth, log_likelihood, simulate_cells
from studies.validation.study import Study

LIKELIHOOD = "log likelihood"
SETTINGS = sampler(chains=2, tune=500, draws=1000)
THIN = 20
"""Every 20th draw is kept: 100 nearly independent ones."""
SIMULATIONS = {"pooled": 2000, "school_type": 500, "income": 500, "school_type_income": 500}
"""Data sets of each model.

Among the first 500 of `pooled` true intercepts seldom rank highest; the many more tell chance from
fault, and this model costs least.
"""

SOME_CELLS = ("A", "F", "Q")
"""Brackets whose deviations are ranked (lowest, middle, highest income)."""


def quantities(posterior: xr.Dataset, log_density: xr.DataArray) -> xr.DataArray:
    """Arrange the ranked quantities: (chain, draw, parameter)."""
    draws = parameter_draws(posterior)
    names = [str(name) for name in draws["parameter"].to_numpy()]
    kept = [name for name in names if not name.startswith("deviation") or _ranked_cell(name)]
    likelihood = log_density.expand_dims(parameter=[LIKELIHOOD], axis=-1)
    return xr.concat([draws.sel(parameter=kept), likelihood], dim="parameter", coords="minimal")


def _ranked_cell(name: str) -> bool:
    *group, bracket = name.removeprefix("deviation[").removesuffix("]").split(", ")
    # of the four school types the largest and the empty one
    return bracket in SOME_CELLS and (not group or group[0] in ("estadual", "municipal"))


def simulate_ranks(spec: Specification, simulations: int, rng: np.random.Generator) -> Ranks:
    """Rank the truth of each simulated data set among its posterior draws.

    Parameters
    ----------
    spec
        The model under study.
    simulations
        Data sets.
    rng
        Source of truths, data and conditional draws; the sampler's seeds come from it too.
    """
    return rank(_pairs(spec, simulations, rng))


def _pairs(spec: Specification, simulations: int, rng: np.random.Generator) -> Iterator[Pair]:
    grid, priors = empty_grid(), project_priors()
    for _ in range(simulations):
        truth = draw_truth(spec, grid, priors, rng)
        data = simulate_cells(truth, grid, allocate(grid, SMALL, rng), rng)
        # one seed for all would give all data sets the same standardised draws
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        sampled = sample_scales(spec, data, priors, settings, cores=1)
        divergences = int(sampled["sample_stats"]["diverging"].sum())
        thinned = sampled.isel(draw=slice(THIN - 1, None, THIN))
        tree = complete_posterior(thinned, spec, data, priors, rng)
        posterior = tree["posterior"].to_dataset()
        found = quantities(posterior, log_likelihood(posterior, data))
        known = quantities(truth, log_likelihood(truth, data))
        names = [str(name) for name in found["parameter"].to_numpy()]
        size = len(names)
        yield Pair(
            known.to_numpy().reshape(size),
            found.to_numpy().reshape(-1, size),
            divergences,
            names,
        )


def calibration(
    simulations: int | None = None, models: tuple[str, ...] = tuple(SPECIFICATIONS)
) -> Study:
    """Calibrate the models on small, unbalanced groups, one of them empty.

    Parameters
    ----------
    simulations
        Data sets of every model, instead of `SIMULATIONS`.
    models
        Names of models.
    """
    found = {}
    for index, name in enumerate(models):
        rng = np.random.default_rng([SEED, index])
        count = simulations or SIMULATIONS[name]
        found[name] = simulate_ranks(SPECIFICATIONS[name], count, rng)
    return rank_study("calibration", found)
