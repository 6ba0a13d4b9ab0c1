"""Sample the sigmas and scales of several outcomes by NUTS."""

from functools import partial

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from enem.mixed.nuts import run_nutpie
from enem.mixed.settings import SamplerSettings
from enem.several.model import Model

START_SPREAD = 0.3
"""Standard deviation of the chains' starting points around the prior medians, on log scales."""


def sample(model: Model, settings: SamplerSettings, cores: int) -> xr.DataTree:
    """Draw points of the sampler's space.

    Parameters
    ----------
    model
        What to sample.
    settings
        Sampler settings; nutpie's NUTS is used whatever their engine.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        ``posterior`` with ``point`` (chain, draw, dimension), and ``sample_stats``.
    """
    # imported here: numba compiles it at once where it has not yet, for seconds
    from enem.several.density import density_for_nutpie, pack, point_for_nutpie

    functions, start = (density_for_nutpie, point_for_nutpie), partial(_start, model)
    with threadpool_limits(1):  # matrices are small, and chains are what runs side by side
        return run_nutpie("point", model.size, functions, start, pack(model), settings, cores)


def _start(model: Model, seed: int) -> np.ndarray:
    """Start near the size of the errors and of typical prior scales."""
    rng = np.random.default_rng(seed)
    groups, m = len(model.moments.strata), len(model.moments.outcomes)
    yy = np.diagonal(model.data.yy, axis1=1, axis2=2).sum(axis=0)
    typical = np.sqrt(yy / model.data.n.sum())
    scales = [np.median(prior.draw(rng, 999)) for prior in model.priors.scales.values()]
    free = model.size - (groups + len(scales)) * m
    start = [np.tile(np.log(typical), groups), np.repeat(np.log(scales), m), np.zeros(free)]
    return np.concatenate(start) + START_SPREAD * rng.standard_normal(model.size)
