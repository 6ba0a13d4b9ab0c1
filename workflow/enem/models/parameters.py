"""Parameters under the names that tables and people use: ``slope[privada]``."""

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
    pieces = [_flatten(str(name), posterior[name]) for name in order]
    return xr.concat(pieces, dim="parameter", coords="minimal", compat="override", join="override")


ORDER = ("intercept", "slope", "tau_", "sigma", f"intercept{GROUP_SUFFIX}", f"slope{GROUP_SUFFIX}")


def _rank(name: str, ndim: int) -> tuple[int, int]:
    exact = [i for i, known in enumerate(ORDER) if known in (name, name[:4])]
    return (exact[0] if exact else len(ORDER), ndim)


def _flatten(name: str, values: xr.DataArray) -> xr.DataArray:
    dims = [dim for dim in values.dims if dim not in ("chain", "draw")]
    if not dims:
        flat = values.expand_dims(parameter=[table_name(name, ())])
    else:
        flat = values.stack(parameter=dims)
        labels = [tuple(map(str, index)) for index in flat.indexes["parameter"]]
        flat = flat.drop_vars(["parameter", *dims])
        flat = flat.assign_coords(parameter=[table_name(name, label) for label in labels])
    return flat.transpose("chain", "draw", "parameter").reset_coords(drop=True)
