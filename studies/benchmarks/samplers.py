"""Ways to the same posterior, timed: cells or rows, nutpie or PyMC's own NUTS."""

import time
from collections.abc import Callable
from typing import NamedTuple

import arviz_stats as azs
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import xarray as xr

from enem.fit.nuts import run_nutpie
from enem.fit.posterior import complete_posterior
from enem.fit.sample import sample_scales
from enem.fit.settings import SamplerSettings
from enem.models.parameters import parameter_draws
from enem.models.specification import SPECIFICATIONS
from studies.benchmarks.participants import cells_of
from studies.validation.moments import moments
from studies.validation.rows_in_pymc import RAW, rows_model
from studies.validation.setting import SEED, empty_grid, project_priors


class Sampled(NamedTuple):
    """What sampling gave: moments of every parameter, its seconds, the smallest bulk ESS."""

    moments: pd.DataFrame
    seconds: float
    ess_min: float

    @property
    def ess_per_second(self) -> float:
        """Effective draws per second of the parameter that has fewest."""
        return self.ess_min / self.seconds


def nutpie_on_cells(rows: pd.DataFrame, model: str, settings: SamplerSettings) -> Sampled:
    """Sample the scales given the cells of `rows`, and draw everything else given them."""
    spec, grid, priors = SPECIFICATIONS[model], cells_of(rows), project_priors()
    start = time.perf_counter()
    scales = sample_scales(spec, grid, priors, settings, cores=1)
    tree = complete_posterior(scales, spec, grid, priors, np.random.default_rng(SEED))
    return _sampled(tree, time.perf_counter() - start)


def nutpie_on_rows(rows: pd.DataFrame, model: str, settings: SamplerSettings) -> Sampled:
    """Sample a model with a term for each row with nutpie; compilation is not timed."""
    compiled = nutpie.compile_pymc_model(ON_ROWS[model](rows))
    start = time.perf_counter()
    tree = run_nutpie(compiled, settings, cores=1)
    return _sampled(tree, time.perf_counter() - start)


def pymc_on_rows(rows: pd.DataFrame, model: str, settings: SamplerSettings) -> Sampled:
    """Sample a model with a term for each row with PyMC's NUTS; compilation is not timed."""
    with ON_ROWS[model](rows):
        step = pm.NUTS(target_accept=settings.target_accept)
        start = time.perf_counter()
        tree = pm.sample(
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            cores=1,
            step=step,
            random_seed=SEED,
            progressbar=False,
            compute_convergence_checks=False,
        )
        return _sampled(tree, time.perf_counter() - start)


def _pooled(rows: pd.DataFrame) -> pm.Model:
    a = {name: prior.arguments for name, prior in project_priors().items()}
    with pm.Model() as model:
        intercept = pm.Normal("intercept", a["intercept"]["mean"], a["intercept"]["sd"])
        slope = pm.Normal("slope", a["slope"]["mean"], a["slope"]["sd"])
        sigma = pm.LogNormal("sigma", np.log(a["sigma"]["median"]), a["sigma"]["log_sd"])
        expected = intercept + slope * rows["x"].to_numpy()
        pm.Normal("score", expected, sigma, observed=rows["score"].to_numpy())
    return model


def _school_type(rows: pd.DataFrame) -> pm.Model:
    return rows_model(rows, empty_grid().school_types, project_priors())


ON_ROWS: dict[str, Callable[[pd.DataFrame], pm.Model]] = {
    "pooled": _pooled,
    "school_type": _school_type,
}
"""The models written on rows, sharing no likelihood with the library."""


def _sampled(tree: xr.DataTree, seconds: float) -> Sampled:
    posterior = tree["posterior"].to_dataset()
    own = [name for name in posterior.data_vars if name not in RAW and "__" not in str(name)]
    posterior = posterior[own]
    draws = parameter_draws(posterior).to_dataset(name="value")
    smallest = float(azs.ess(draws, method="bulk")["value"].min())
    return Sampled(moments(posterior), seconds, smallest)
