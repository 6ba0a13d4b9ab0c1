"""Draw the scales of a mixed model by nutpie's NUTS on the compiled density."""

import sys
import warnings
from functools import partial

import arviz_base
import numpy as np
import xarray as xr

from enem.mixed.coordinates import values_for_nutpie
from enem.mixed.mode import posterior_peak, whitening
from enem.mixed.sampled import SEVERAL, density_for_nutpie, log_posterior
from enem.mixed.settings import SamplerSettings
from enem.mixed.unpacking import outcomes_of

with warnings.catch_warnings():
    # an optional accelerator's absence is no news to somebody who asked for numba
    warnings.simplefilter("ignore")
    # of arviz nutpie calls `from_dict`; the whole brings Matplotlib, which takes longer than a fit
    whole = sys.modules.setdefault("arviz", arviz_base) is not arviz_base
    import nutpie
    from nutpie.compile_pymc import CompiledPyMCModel

    if not whole:
        del sys.modules["arviz"]

START_SPREAD = 0.5
"""Standard deviation of the chains' starting points, in posterior sds around the mode."""


def draw_scales(packed: np.ndarray, settings: SamplerSettings, cores: int) -> xr.DataTree:
    """Draw what is not Gaussian, everything Gaussian integrated out.

    Coordinates are whitened by the curvature at the mode, so that a short warm-up serves.

    Parameters
    ----------
    packed
        Of `enem.mixed.packing.pack`.
    settings
        Sampler settings; their engine is not looked at.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        ``posterior`` with ``value`` (chain, draw, D): sigmas, then scales, points, and of several
        outcomes partial correlations; ``sample_stats``.
    """
    several = SEVERAL if outcomes_of(packed) > 1 else None
    peak = posterior_peak(partial(log_posterior, several=several), packed)
    data = np.concatenate([[0.0], peak.point, whitening(peak.hessian).ravel(), packed])
    data[0] = len(data)
    return nutpie.sample(
        _model(len(peak.point), density_for_nutpie(several), data),
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=cores,
        seed=settings.seed,
        target_accept=settings.target_accept,
        save_warmup=False,
        progress_bar=False,
    )


def _model(size: int, density: object, data: np.ndarray) -> CompiledPyMCModel:
    """Hand nutpie what is compiled, in the class in which it keeps its own.

    It compiles a PyMC model anew in every process, which takes longer than sampling does.
    """
    return CompiledPyMCModel(
        dims={},
        compiled_logp_func=density,
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
