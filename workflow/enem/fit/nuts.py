"""nutpie's NUTS with the settings of the configuration; imports no PyMC."""

import warnings
from dataclasses import dataclass
from typing import Any

import xarray as xr

with warnings.catch_warnings():
    # an optional accelerator's absence is no news to somebody who asked for numba
    warnings.simplefilter("ignore")
    import nutpie


@dataclass(frozen=True)
class SamplerSettings:
    """The ``sampler`` section of config.yaml.

    Attributes
    ----------
    engine
        ``nutpie`` or ``pymc``.
    draws, tune, chains
        Kept draws and warm-up draws per chain, and chains.
    target_accept
        Acceptance rate that the step size is adapted to.
    seed
        Seed of the sampler and of the exact draws that follow it.
    """

    engine: str
    draws: int
    tune: int
    chains: int
    target_accept: float
    seed: int


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
