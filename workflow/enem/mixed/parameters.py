"""Parameters under the names that tables and people use: ``slope[privada]``, ``cell[privada, A]``.

The factor of a coefficient stands in its variable's name or is the variable itself, so the labels
in brackets are enough to tell parameters apart.
"""

from itertools import product

import numpy as np
import xarray as xr

from enem.mixed.specification import FACTOR_NAMES
from enem.mixed.variables import categorical

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
        Dims (chain, draw, parameter), `parameter` labelled by `table_name`: the common
        coefficients, the scales, sigma, the lines of school types, what else varies by a factor.
    """
    order = sorted(posterior.data_vars, key=lambda name: _rank(str(name), posterior[name].ndim))
    names = []
    for variable in order:
        dims = [dim for dim in posterior[variable].dims if dim not in ("chain", "draw")]
        levels = [list(map(str, posterior[dim].to_numpy())) for dim in dims]
        names += [table_name(str(variable), labels) for labels in product(*levels)]
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], -1)
    columns = [posterior[k].transpose("chain", "draw", ...).to_numpy() for k in order]
    values = np.concatenate([column.reshape(shape) for column in columns], axis=-1)
    coords = {dim: posterior[dim].to_numpy() for dim in ("chain", "draw")}
    return xr.DataArray(values, {**coords, "parameter": names}, ("chain", "draw", "parameter"))


LINES = ("intercept", "slope", "context")
"""Coefficients of the columns that lines are made of."""

COLUMNS = LINES[1:]
"""Coefficients per doubling of an income; those that vary by a factor end in one of these."""

FACTORS = {
    **dict.fromkeys((*LINES, "sigma"), ("school_type",)),
    **{"_".join(factor): factor for factor in FACTOR_NAMES},
    **{name: factor for factor, name in FACTOR_NAMES.items()},
}
"""Factors by the names of coefficients that do not spell them."""


def factors_of(variable: str) -> tuple[str, ...]:
    """Categorical variables by which a coefficient varies, as its name spells them."""
    for column in COLUMNS if variable not in FACTORS else ():
        variable = variable.removesuffix(f"_{column}")
    if variable in FACTORS:
        return FACTORS[variable]
    for name in sorted(categorical(), key=len, reverse=True):
        if variable == name or variable.startswith(f"{name}_"):
            rest = variable.removeprefix(name).removeprefix("_")
            return (name, *factors_of(rest)) if rest else (name,)
    return (variable,)


ORDER = (*LINES, "tau_", "sigma", *(f"{name}{GROUP_SUFFIX}" for name in LINES))


def _rank(name: str, ndim: int) -> tuple[int, int]:
    exact = [i for i, known in enumerate(ORDER) if known in (name, name[:4])]
    return (exact[0] if exact else len(ORDER), ndim)
