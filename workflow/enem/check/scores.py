"""Expected cell scores, sigmas and hyperparameters, draw by draw."""

import numpy as np
import xarray as xr

from enem.models.cells import CellGrid
from enem.models.specification import Specification


def cell_parameters(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid
) -> tuple[np.ndarray, np.ndarray]:
    """Expected score and sigma of every cell of the full grid.

    Parameters
    ----------
    posterior
        Draws, dims (chain, draw, ...).
    spec, grid
        Model and full grid (G, B); groups that the model merges share their values.

    Returns
    -------
    tuple of ndarray
        Expected scores, points, (draws, G, B), and sigma, points, (draws, G).
    """
    count = posterior.sizes["chain"] * posterior.sizes["draw"]
    suffix = "_school_type" if spec.by_school_type else ""
    names = ("intercept" + suffix, "slope" + suffix, "sigma")
    intercept, slope, sigma = (_groups(posterior[name], count) for name in names)
    expected = intercept[..., None] + slope[..., None] * grid.x
    if spec.deviation_scale:
        expected = expected + _groups(posterior["deviation"], count).reshape(count, -1, len(grid.x))
    shape = (len(grid.school_types), len(grid.x))
    return (
        np.broadcast_to(expected, (count, *shape)),
        np.broadcast_to(sigma, (count, shape[0])),
    )


def hyperparameter_columns(posterior: xr.Dataset, spec: Specification) -> dict[str, np.ndarray]:
    """Draws of the hyperparameters as the likelihood takes them, each (draws, G or 1, 1)."""
    count = posterior.sizes["chain"] * posterior.sizes["draw"]
    names = ("intercept", "slope", *spec.scales, "sigma")
    return {spec.role(n): _groups(posterior[n], count)[..., None] for n in names}


def _groups(values: xr.DataArray, count: int) -> np.ndarray:
    """Draws of all chains one after the other, (count, groups); much faster than `stack`."""
    return values.transpose("chain", "draw", ...).to_numpy().reshape(count, -1)
