"""Draw the scales of a mixed model by nutpie's NUTS on the compiled density."""

import warnings
from functools import partial

import numpy as np
import xarray as xr
from nutpie.compile_pymc import CompiledPyMCModel

from enem.fit.settings import SamplerSettings
from enem.mixed.density import density_for_nutpie, values_for_nutpie
from enem.mixed.mode import posterior_peak, whitening

with warnings.catch_warnings():
    # an optional accelerator's absence is no news to somebody who asked for numba
    warnings.simplefilter("ignore")
    import nutpie

START_SPREAD = 0.5
"""Standard deviation of the chains' starting points, in posterior sds around the mode."""


def draw_scales(packed: np.ndarray, settings: SamplerSettings, cores: int) -> xr.DataTree:
    """Draw sigmas and scales, everything Gaussian integrated out.

    Coordinates are whitened by the curvature at the mode, so that a short warm-up serves.

    Parameters
    ----------
    packed
        Of `enem.mixed.packing.pack`.
    settings
        Sampler settings.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        ``posterior`` with ``value`` (chain, draw, G + K), points; ``sample_stats``.
    """
    peak = posterior_peak(packed)
    factor = whitening(peak.hessian)
    data = np.concatenate([[0.0], peak.point, factor.ravel(), packed])
    data[0] = len(data)
    return nutpie.sample(
        _model(len(peak.point), data),
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=cores,
        seed=settings.seed,
        target_accept=settings.target_accept,
        save_warmup=False,
        progress_bar=False,
    )


def _model(size: int, data: np.ndarray) -> CompiledPyMCModel:
    """Put the compiled density into the class in which nutpie keeps its own.

    nutpie compiles a PyMC model anew in every process, which takes longer than sampling does.
    """
    return CompiledPyMCModel(
        dims={},
        compiled_logp_func=density_for_nutpie,
        compiled_expand_func=values_for_nutpie,
        initial_point_func=partial(_start, size),
        shared_data={},
        shared_var_keys={},
        user_data=data,
        n_expanded=size,
        shape_info=(["value"], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
        _n_dim=size,
        _shapes={"value": (size,)},
        _coords={},
    )


def _start(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, START_SPREAD, size)
