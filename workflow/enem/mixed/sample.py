"""Draw the scales of a mixed model by nutpie's NUTS on the compiled density."""

from functools import partial

import numpy as np
import xarray as xr

from enem.mixed.coordinates import values_for_nutpie
from enem.mixed.mode import posterior_peak, whitening
from enem.mixed.nuts import run_nutpie
from enem.mixed.settings import SamplerSettings
from enem.mixed.unpacking import outcomes_of

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
        Sampler settings.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        ``posterior`` with ``value`` (chain, draw, D): sigmas, then scales, points, and of several
        outcomes partial correlations; ``sample_stats``.
    """
    if outcomes_of(packed) == 1:
        from enem.mixed.sampled import density_for_nutpie, log_posterior
    else:
        from enem.mixed.sampled_outcomes import density_for_nutpie, log_posterior
    peak = posterior_peak(log_posterior, packed)
    factor = whitening(peak.hessian)
    data = np.concatenate([[0.0], peak.point, factor.ravel(), packed])
    data[0] = len(data)
    size, functions = len(peak.point), (density_for_nutpie, values_for_nutpie)
    return run_nutpie("value", size, functions, partial(_start, size), data, settings, cores)


def _start(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, START_SPREAD, size)
