"""Draw the scales of a mixed model by nutpie's NUTS on the compiled density."""

import sys
import warnings
from ctypes import POINTER, c_double
from functools import cache, partial
from math import inf
from typing import Any

import arviz_base
import numpy as np
import xarray as xr
from numba import carray, cfunc, njit, types

from enem.machine_code import kept_as_long_as
from enem.mixed import coordinates, density, outcomes
from enem.mixed.coordinates import add_prior, inside, natural
from enem.mixed.density import log_likelihood
from enem.mixed.mode import Gradient, highest, whitening
from enem.mixed.outcomes import log_likelihood_of_several
from enem.mixed.settings import SamplerSettings
from enem.mixed.unpacking import unpack

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


NOT_FINITE = 3
"""What nutpie is told of a point without a density: a divergent step, not a fault."""

_NUMBERS = types.CPointer(types.double)
_AT = POINTER(c_double)
CALLED_BY_NUTPIE = types.int64(types.uint64, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS)
"""Size of a point, point, gradient, value, data: signature of a density."""


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
    size = unpack(packed).coordinates.shape[1]
    peak = highest(log_posterior(packed), np.zeros(size))
    data = _data(peak.point, whitening(peak.hessian), packed)
    return nutpie.sample(
        _model(size, _density(bool(packed[11] > 1) or None), data),
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=cores,
        seed=settings.seed,
        target_accept=settings.target_accept,
        save_warmup=False,
        progress_bar=False,
    )


def log_posterior(packed: np.ndarray) -> Gradient:
    """Log posterior density of the coordinates, up to a constant, and its gradient, of packed data.

    Minus infinity outside the guard of `enem.mixed.coordinates.inside`.  Called as nutpie calls it:
    compiled as a function of its own, it would take as long once more.
    """
    size = unpack(packed).coordinates.shape[1]
    called = _density(bool(packed[11] > 1) or None).ctypes
    data = _data(np.zeros(size), np.eye(size), packed)

    def log_density(point: np.ndarray) -> tuple[float, np.ndarray]:
        arrays = np.array(point, float), np.empty(size), np.empty(1), data
        called(size, *(array.ctypes.data_as(_AT) for array in arrays))
        return arrays[2].item(), arrays[1]

    return log_density


def _data(centre: np.ndarray, factor: np.ndarray, packed: np.ndarray) -> np.ndarray:
    """Return what `_place` reads, of a point that stands for ``centre + factor point``."""
    data = np.concatenate([[0.0], centre, factor.ravel(), packed])
    data[0] = len(data)
    return data


def _model(size: int, density: object, data: np.ndarray) -> CompiledPyMCModel:
    """Hand nutpie what is compiled, in the class in which it keeps its own.

    It compiles a PyMC model anew in every process, which takes longer than sampling does.
    """
    return CompiledPyMCModel(
        dims={},
        compiled_logp_func=density,
        compiled_expand_func=_values,
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


SOURCES = (__file__, *coordinates.SOURCES, *density.SOURCES, *outcomes.SOURCES)

with kept_as_long_as(*SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _place(size: int, point: Any, data: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Coordinates ``mode + L point``, L, and packed data, of what nutpie passes.

        Data are their length, mode, L in rows, and packed data, one after the other.
        """
        whole, end = carray(data, (int(carray(data, (1,))[0]),)), 1 + size
        factor = whole[end : end + size * size].reshape(size, size)
        whitened = carray(point, (size,)).copy()
        return whole[1:end] + np.dot(factor, whitened), factor, whole[end + size * size :]

    @cfunc(types.int64(types.uint64, types.uint64, _NUMBERS, _NUMBERS, _NUMBERS), cache=True)
    def _values(size: int, _expanded: int, point: Any, values: Any, data: Any) -> int:
        """`natural` at a whitened point, as nutpie calls it."""
        place, _, packed = _place(int(size), point, data)
        carray(values, (size,))[:] = natural(place, packed)
        return 0


@cache
def _density(several: bool | None) -> Any:
    """`log_posterior` as nutpie calls it; not 0 reports that the point is not to be used.

    Of one outcome `several` is None: the branch that is not taken is not compiled then, which takes
    longer than many a fit.
    """

    def called(size: int, point: Any, gradient: Any, value: Any, data: Any) -> int:
        place, factor, packed = _place(int(size), point, data)
        values, slopes, found = natural(place, packed), np.zeros(size), -inf
        if inside(values, packed):
            if several is None:
                sigma, tau = values[: int(packed[1])], values[int(packed[1]) :]
                found = log_likelihood(sigma, tau, packed, np.bool_(False), np.bool_(True), slopes)
            else:
                found = log_likelihood_of_several(values, packed, slopes)
            found += add_prior(place, values, packed, slopes)
        carray(gradient, (size,))[:] = np.dot(factor.T, slopes)
        carray(value, (1,))[0] = found
        return 0 if np.isfinite(found) and np.isfinite(slopes).all() else NOT_FINITE

    with kept_as_long_as(*SOURCES):
        return cfunc(CALLED_BY_NUTPIE, cache=True)(called)
