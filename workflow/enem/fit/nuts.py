"""nutpie's NUTS with the settings of the configuration; imports no PyMC."""

import warnings
from typing import Any

import xarray as xr

from enem.fit.settings import SamplerSettings

with warnings.catch_warnings():
    # an optional accelerator's absence is no news to somebody who asked for numba
    warnings.simplefilter("ignore")
    import nutpie


def run_nutpie(compiled: Any, settings: SamplerSettings, cores: int) -> xr.DataTree:
    """Sample what nutpie has compiled, or been given as a function.

    Parameters
    ----------
    compiled
        A model of nutpie, its data in place.
    settings
        Sampler settings; their engine is not looked at.
    cores
        Chains that run at once.
    """
    return nutpie.sample(
        compiled,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=cores,
        seed=settings.seed,
        target_accept=settings.target_accept,
        save_warmup=False,
        progress_bar=False,
    )
