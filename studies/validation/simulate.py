"""Draw parameters from the priors, and cells from the parameters, exactly."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification


def draw_truth(
    spec: Specification, grid: CellGrid, priors: Mapping[str, Prior], rng: np.random.Generator
) -> xr.Dataset:
    """Draw every parameter of a model from its prior.

    Written from the model's equations, without the library's code for conditionals.

    Returns
    -------
    xarray.Dataset
        The variables of `enem.fit.posterior.complete_posterior`, one chain of one draw, points.
    """
    groups = len(grid.school_types) if spec.by_school_type else 1
    value = {name: priors[name].draw(rng, 1) for name in ("intercept", "slope", *spec.scales)}
    value["sigma"] = priors["sigma"].draw(rng, groups)
    if spec.by_school_type:
        for name in ("intercept", "slope"):
            centre, scale = value[name], value[f"tau_{name}"]
            value[f"{name}_school_type"] = centre + scale * rng.standard_normal(groups)
    if spec.deviation_scale:
        deviates = rng.standard_normal((groups, len(grid.brackets)))
        value["deviation"] = value[spec.deviation_scale] * deviates
    return xr.Dataset({name: _variable(name, v, spec, grid) for name, v in value.items()})


def _variable(name: str, value: np.ndarray, spec: Specification, grid: CellGrid) -> xr.DataArray:
    coords = {"chain": [0], "draw": [0]}
    if spec.by_school_type and (name in ("sigma", "deviation") or name.endswith("_school_type")):
        coords["school_type"] = list(grid.school_types)
    if name == "deviation":
        coords["income_bracket"] = list(grid.brackets)
    shape = [len(labels) for labels in coords.values()]
    return xr.DataArray(value.reshape(shape), dims=list(coords), coords=coords)


def expected_scores(parameters: xr.Dataset, grid: CellGrid) -> xr.DataArray:
    """Expected score of each cell, points; without school types the same for all of them."""
    x = xr.DataArray(grid.x, dims="income_bracket", coords={"income_bracket": list(grid.brackets)})
    intercept = parameters.get("intercept_school_type", parameters["intercept"])
    slope = parameters.get("slope_school_type", parameters["slope"])
    return intercept + slope * x + parameters.get("deviation", 0.0)


def log_likelihood(parameters: xr.Dataset, grid: CellGrid) -> xr.DataArray:
    """Log density of all scores given *all* parameters, up to a constant; (chain, draw)."""
    dims = ("school_type", "income_bracket")
    coords = {"school_type": list(grid.school_types), "income_bracket": list(grid.brackets)}
    n, mean, ss = (xr.DataArray(a, coords, dims) for a in (grid.n, grid.mean, grid.ss))
    sigma = parameters["sigma"]
    squares = ss + n * (mean - expected_scores(parameters, grid)) ** 2
    return (-n * np.log(sigma) - squares / (2 * sigma**2)).sum(dims).transpose("chain", "draw")


def allocate(
    grid: CellGrid, participants: Mapping[str, int], rng: np.random.Generator
) -> np.ndarray:
    """Spread each school type's participants over the brackets, most at low incomes; (G, B)."""
    weight = np.linspace(1.0, 0.05, len(grid.brackets))
    sizes = [participants[name] for name in grid.school_types]
    return np.stack([rng.multinomial(size, weight / weight.sum()) for size in sizes]).astype(float)


def simulate_cells(
    truth: xr.Dataset, grid: CellGrid, n: np.ndarray, rng: np.random.Generator
) -> CellGrid:
    r"""Draw the statistics of cells of given sizes without drawing their rows.

    .. math:: \bar y \sim N(\mu, \sigma / \sqrt n), \quad ss \sim \sigma^2 \chi^2_{n-1},

    independent of each other (Cochran's theorem).
    """
    one = truth.isel(chain=0, draw=0, drop=True)
    full = xr.DataArray(n, dims=("school_type", "income_bracket"))
    expected = (expected_scores(one, grid) + 0 * full).transpose(*full.dims).to_numpy()
    sigma = (one["sigma"] + 0 * full).transpose(*full.dims).to_numpy()
    noise = sigma / np.sqrt(np.maximum(n, 1)) * rng.standard_normal(n.shape)
    ss = sigma**2 * rng.chisquare(np.maximum(n - 1, 1))
    return replace(
        grid, n=n, mean=np.where(n > 0, expected + noise, 0.0), ss=np.where(n > 1, ss, 0.0)
    )
