"""Draw the scales of a mixed model by nutpie's NUTS on the compiled density."""

from functools import partial

import numpy as np
import xarray as xr

from enem.mixed.density import density_for_nutpie, values_for_nutpie
from enem.mixed.mode import posterior_peak, whitening
from enem.mixed.nuts import run_nutpie
from enem.mixed.settings import SamplerSettings

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
    size, functions = len(peak.point), (density_for_nutpie, values_for_nutpie)
    return run_nutpie("value", size, functions, partial(_start, size), data, settings, cores)


def _start(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, START_SPREAD, size)
