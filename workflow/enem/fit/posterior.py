"""Complete the sampled scales to the full posterior and keep it in one file."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from enem.fit.netcdf import read_tree, write_tree
from enem.models.cells import CellGrid
from enem.models.group_effects import draw_cell_deviations, draw_common_line, draw_group_lines
from enem.models.priors import Prior, line_prior_mean, line_prior_sd
from enem.models.specification import Specification

DIMS = ("chain", "draw", "school_type", "income_bracket")
STATISTICS = (
    "diverging",
    "energy",
    "logp",
    "lp",
    "depth",
    "tree_depth",
    "n_steps",
    "step_size",
    "mean_tree_accept",
    "acceptance_rate",
)
"""Sampler statistics that both engines' files keep (each engine has its own subset)."""


def complete_posterior(
    sampled: xr.DataTree,
    spec: Specification,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    rng: np.random.Generator,
) -> xr.DataTree:
    """Draw everything that was integrated out, given each draw of the scales.

    Parameters
    ----------
    sampled
        What `enem.fit.sample.CompiledModel.sample` returned.
    spec, grid, priors
        Of the same model.
    rng
        Source of the exact conditional draws.

    Returns
    -------
    xarray.DataTree
        ``posterior`` with ``intercept``, ``slope``, the scales, ``sigma`` and, where the model
        has them, ``intercept_school_type``, ``slope_school_type`` (chain, draw, school_type) and
        ``deviation`` (chain, draw[, school_type], income_bracket); ``sample_stats``;
        ``observed_data`` with the cells.
    """
    data = spec.data(grid)
    scales = sampled["posterior"].to_dataset()[[*spec.scales, "sigma"]]
    draws = _conditional_draws(spec, data, _columns(spec, scales), priors, rng)
    shape = (scales.sizes["chain"], scales.sizes["draw"])
    # made in one go of plain arrays: aligning labels variable by variable takes far longer
    arrays = {name: (v.dims, v.to_numpy()) for name, v in scales.items()}
    arrays |= {name: _with_dims(name, values, shape) for name, values in draws.items()}
    used = {dim for dims, _ in arrays.values() for dim in dims}
    labels = _labels(data) | {dim: scales[dim].to_numpy() for dim in DIMS[:2]}
    posterior = xr.Dataset(arrays, {dim: labels[dim] for dim in DIMS if dim in used})
    statistics = sampled["sample_stats"].to_dataset()
    kept = [name for name in STATISTICS if name in statistics]
    return xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "sample_stats": statistics[kept].drop_attrs(),
            "observed_data": _observed(grid),
        }
    )


def _columns(spec: Specification, scales: xr.Dataset) -> dict[str, np.ndarray]:
    """Reshape draws to (chain * draw, G or 1, 1), under the likelihood's names."""
    count = scales.sizes["chain"] * scales.sizes["draw"]
    return {spec.role(str(k)): v.to_numpy().reshape(count, -1, 1) for k, v in scales.items()}


def _conditional_draws(
    spec: Specification,
    data: CellGrid,
    parameters: dict[str, np.ndarray],
    priors: Mapping[str, Prior],
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    centre = parameters | line_prior_mean(priors)
    intercept, slope = draw_common_line(centre, line_prior_sd(priors), data, rng)
    parameters |= {"intercept": intercept, "slope": slope}
    draws = {"intercept": intercept[:, 0, 0], "slope": slope[:, 0, 0]}
    if spec.by_school_type:
        intercept, slope = draw_group_lines(parameters, data, rng)
        draws["intercept_school_type"] = intercept[..., 0]
        draws["slope_school_type"] = slope[..., 0]
    if spec.deviation_scale:
        line = intercept + slope * data.x
        deviation = draw_cell_deviations(parameters, line, data, rng)
        draws["deviation"] = deviation if spec.by_school_type else deviation[:, 0]
    return draws


def _with_dims(
    name: str, values: np.ndarray, shape: tuple[int, int]
) -> tuple[list[str], np.ndarray]:
    """Dims of a variable, and its (chain * draw, ...) values in their shape."""
    dims = list(DIMS[:2])
    if name.endswith("_school_type") or values.ndim == 3:
        dims.append("school_type")
    if name == "deviation":
        dims.append("income_bracket")
    return dims, values.reshape(*shape, *values.shape[1:])


def _labels(grid: CellGrid) -> dict[str, list[str]]:
    return {"school_type": list(grid.school_types), "income_bracket": list(grid.brackets)}


def _observed(grid: CellGrid) -> xr.Dataset:
    cells = {name: (DIMS[2:], getattr(grid, name)) for name in ("n", "mean", "ss")}
    return xr.Dataset({**cells, "x": (DIMS[3:], grid.x)}, coords=_labels(grid))


def write_posterior(tree: xr.DataTree, path: Path, provenance: Mapping[str, object]) -> None:
    """Write the draws as NetCDF, with what made them in the root's attributes."""
    tree.attrs = {k: v if isinstance(v, str) else json.dumps(v) for k, v in provenance.items()}
    write_tree(tree, path)


def read_posterior(path: Path) -> xr.DataTree:
    """Read a file of `write_posterior` into memory."""
    return read_tree(path)
