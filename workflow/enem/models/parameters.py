"""Parameters under the names that tables and people use: ``slope[privada]``."""

from itertools import product

import numpy as np
import xarray as xr

GROUP_SUFFIX = "_school_type"


def table_name(variable: str, labels: tuple[str, ...]) -> str:
    """Name one parameter: groups in brackets, ``slope_school_type`` as ``slope``."""
    if not labels:
        return variable
    return f"{variable.removesuffix(GROUP_SUFFIX)}[{', '.join(labels)}]"


def parameter_draws(posterior: xr.Dataset) -> xr.DataArray:
    """Arrange all draws as one array.

    Returns
    -------
    xarray.DataArray
        Dims (chain, draw, parameter), `parameter` labelled by `table_name`: the common line, the
        scales, sigma, the groups' lines, the deviations.
    """
    order = sorted(posterior.data_vars, key=lambda name: _rank(str(name), posterior[name].ndim))
    names = [name for variable in order for name in _labels(str(variable), posterior[variable])]
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], -1)
    columns = [posterior[k].transpose("chain", "draw", ...).to_numpy() for k in order]
    values = np.concatenate([column.reshape(shape) for column in columns], axis=-1)
    coords = {dim: posterior[dim].to_numpy() for dim in ("chain", "draw")}
    return xr.DataArray(values, {**coords, "parameter": names}, ("chain", "draw", "parameter"))


ORDER = ("intercept", "slope", "tau_", "sigma", f"intercept{GROUP_SUFFIX}", f"slope{GROUP_SUFFIX}")


def _rank(name: str, ndim: int) -> tuple[int, int]:
    exact = [i for i, known in enumerate(ORDER) if known in (name, name[:4])]
    return (exact[0] if exact else len(ORDER), ndim)


def _labels(name: str, values: xr.DataArray) -> list[str]:
    """Name a variable's parameters in the order in which its array holds them."""
    dims = [dim for dim in values.dims if dim not in ("chain", "draw")]
    levels = [map(str, values[dim].to_numpy()) for dim in dims]
    return [table_name(name, labels) for labels in product(*levels)]
