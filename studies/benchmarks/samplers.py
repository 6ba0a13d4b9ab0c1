"""Ways to the posterior of `school_type` with levels, timed."""

import time
from typing import NamedTuple

import arviz_stats as azs
import numpy as np
import pymc as pm
import xarray as xr

from enem.mixed.design import Design
from enem.mixed.fit import fit
from enem.mixed.pymc_model import build_model
from enem.mixed.settings import SamplerSettings
from studies.validation.setting import SEED, project_priors


class Sampled(NamedTuple):
    """What sampling gave: mean and sd of sigmas and scales, its seconds, the smallest bulk ESS."""

    mean: np.ndarray
    sd: np.ndarray
    seconds: float
    ess_min: float

    @property
    def ess_per_second(self) -> float:
        """Effective draws per second of the sigma or scale that has fewest."""
        return self.ess_min / self.seconds


def here(design: Design, settings: SamplerSettings, cores: int) -> tuple[Sampled, xr.DataTree]:
    """Sample the scales, and draw coefficients, schools and expected scores given them."""
    start = time.perf_counter()
    tree = fit(design, project_priors(), settings, cores)
    return _sampled(tree, design, time.perf_counter() - start), tree


def explicit_effects(design: Design, settings: SamplerSettings) -> Sampled:
    """Sample the same model with every effect explicit by PyMC's NUTS; compilation is not timed."""
    with build_model(design, project_priors()):
        step = pm.NUTS(target_accept=settings.target_accept)
        start = time.perf_counter()
        drawn = pm.sample(
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            cores=1,
            step=step,
            random_seed=SEED,
            progressbar=False,
            compute_convergence_checks=False,
        )
        return _sampled(drawn, design, time.perf_counter() - start)


def _sampled(tree: xr.DataTree, design: Design, seconds: float) -> Sampled:
    names = ["sigma", *design.spec.scales]
    posterior = tree["posterior"].to_dataset()[names]
    ess = azs.ess(posterior, method="bulk")
    draws = [posterior[name].to_numpy() for name in names]
    flat = np.concatenate([of.reshape(of.shape[0] * of.shape[1], -1) for of in draws], axis=1)
    smallest = min(float(ess[name].min()) for name in names)
    return Sampled(flat.mean(axis=0), flat.std(axis=0), seconds, smallest)
