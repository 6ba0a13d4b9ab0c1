"""nutpie's NUTS on compiled densities; imports neither PyMC nor what draws."""

import sys
import warnings
from collections.abc import Callable
from typing import Any

import arviz_base
import numpy as np
import xarray as xr

from enem.mixed.settings import SamplerSettings

with warnings.catch_warnings():
    # an optional accelerator's absence is no news to somebody who asked for numba
    warnings.simplefilter("ignore")
    # of arviz nutpie calls `from_dict`; the whole brings Matplotlib, which takes longer than a fit
    whole = sys.modules.setdefault("arviz", arviz_base) is not arviz_base
    import nutpie
    from nutpie.compile_pymc import CompiledPyMCModel

    if not whole:
        del sys.modules["arviz"]


def run_nutpie(
    name: str,
    size: int,
    functions: tuple[Any, Any],
    start: Callable[[int], np.ndarray],
    data: np.ndarray,
    settings: SamplerSettings,
    cores: int,
) -> xr.DataTree:
    """Sample a density in machine code.

    nutpie compiles a PyMC model anew in every process, which takes longer than sampling does; so
    it is handed what was compiled once, in the class in which it keeps its own.

    Parameters
    ----------
    name
        Of the one variable.
    size
        Of a point, and of the variable.
    functions
        Density with gradient, and the variable at a point, compiled as nutpie calls them, with
        the address of `data` at the end.
    start
        Makes a starting point of a seed.
    data
        Numbers that both read.
    settings
        Sampler settings; their engine is not looked at.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        ``posterior`` with the variable (chain, draw, size), and ``sample_stats``.
    """
    density, expand = functions
    model = CompiledPyMCModel(
        dims={},
        compiled_logp_func=density,
        compiled_expand_func=expand,
        initial_point_func=start,
        shared_data={},
        shared_var_keys={},
        user_data=data,
        n_expanded=size,
        shape_info=([name], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
        _n_dim=size,
        _shapes={name: (size,)},
        _coords={},
    )
    return nutpie.sample(
        model,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=cores,
        seed=settings.seed,
        target_accept=settings.target_accept,
        save_warmup=False,
        progress_bar=False,
    )
