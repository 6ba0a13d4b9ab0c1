"""Run NUTS on the scales of a model: nutpie on the compiled density, or PyMC on its own model."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from enem.fit.compiled import compiled_density
from enem.fit.nuts import run_nutpie
from enem.fit.settings import SamplerSettings
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification


def sample_scales(
    spec: Specification,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    settings: SamplerSettings,
    cores: int,
) -> xr.DataTree:
    """Draw the scales of one model, everything Gaussian integrated out.

    Parameters
    ----------
    spec
        The model.
    grid
        All cells.
    priors
        By parameter name, points.
    settings
        Sampler settings.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` (chain, draw, ...), with ``sigma`` and `spec.scales`, and
        ``sample_stats``.
    """
    data = spec.data(grid)
    if settings.engine == "pymc":
        # imported here: the usual way does without PyMC, whose import takes seconds
        from enem.fit.pymc_model import build_model, run_pymc

        drawn = run_pymc(build_model(spec, grid, priors), settings, cores)
        posterior = drawn["posterior"].to_dataset()[["sigma", *spec.scales]]
    else:
        drawn = run_nutpie(compiled_density(spec, data, priors), settings, cores)
        posterior = _named(spec, data, drawn["posterior"]["value"])
    statistics = drawn["sample_stats"].to_dataset()
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": statistics})


def _named(spec: Specification, data: CellGrid, values: xr.DataArray) -> xr.Dataset:
    """Name the sigmas and scales that `compiled_density` puts side by side."""
    groups, draws = len(data.school_types), values.to_numpy()
    coords = {"chain": values["chain"].to_numpy(), "draw": np.arange(values.sizes["draw"])}
    dims = ("chain", "draw")
    if spec.by_school_type:
        coords["school_type"] = list(data.school_types)
        named = {"sigma": ((*dims, "school_type"), draws[..., :groups])}
    else:
        named = {"sigma": (dims, draws[..., 0])}
    scales = {name: (dims, draws[..., groups + k]) for k, name in enumerate(spec.scales)}
    return xr.Dataset(named | scales, coords)
