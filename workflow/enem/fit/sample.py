"""Run NUTS on the scales of a model: nutpie on the compiled density, or PyMC on its own model."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from enem.fit.compiled import compiled_density
from enem.fit.nuts import SamplerSettings, run_nutpie
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
    if settings.engine == "pymc":
        # imported here: the usual way does without PyMC, whose import takes seconds
        from enem.fit.pymc_model import sample_pymc

        return sample_pymc(spec, grid, priors, settings, cores)
    data = spec.data(grid)
    drawn = run_nutpie(compiled_density(spec, data, priors), settings, cores)
    values = drawn["posterior"]["value"]
    groups = len(data.school_types)
    sigma = values[..., :groups].to_numpy()
    named = {"sigma": (("chain", "draw", "school_type"), sigma)}
    if not spec.by_school_type:
        named = {"sigma": (("chain", "draw"), sigma[..., 0])}
    for k, name in enumerate(spec.scales):
        named[name] = (("chain", "draw"), values[..., groups + k].to_numpy())
    coords = {"chain": values["chain"].to_numpy(), "draw": np.arange(values.sizes["draw"])}
    if spec.by_school_type:
        coords["school_type"] = list(data.school_types)
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(named, coords),
            "sample_stats": drawn["sample_stats"].to_dataset(),
        }
    )
