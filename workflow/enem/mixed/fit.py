"""Fit one mixed model: draw its scales, then everything that was integrated out."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from enem.mixed.design import Design
from enem.mixed.packing import pack
from enem.mixed.posterior import complete_posterior
from enem.mixed.priors import Prior
from enem.mixed.settings import SamplerSettings


def fit(
    design: Design,
    priors: Mapping[str, Prior],
    settings: SamplerSettings,
    cores: int,
) -> xr.DataTree:
    """Draw from the posterior of one model.

    Parameters
    ----------
    design
        Columns, groups and sums.
    priors
        By key of config.yaml, points.
    settings
        Sampler settings; their seed also feeds the exact draws.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        As `enem.mixed.posterior.complete_posterior` describes it.
    """
    packed = pack(design, priors)
    rng = np.random.default_rng([settings.seed, sum(map(ord, design.spec.name))])
    with threadpool_limits(1):  # matrices are small, and chains are what runs side by side
        if settings.engine == "pymc":
            # imported here: the usual way does without PyMC, whose import takes seconds
            from enem.mixed import pymc_model

            sampled = pymc_model.draw_scales(design, priors, settings, cores)
        else:
            from enem.mixed.sample import draw_scales

            sampled = draw_scales(packed, settings, cores)
        return complete_posterior(sampled, design, packed, priors, rng)
