"""Draws of a model's coefficients by column of its design, and the lines that they make."""

import numpy as np
import xarray as xr
from scipy import sparse

from enem.compare.cell_means import ratio
from enem.mixed.design import Coefficient, Design

SAMPLE = ("chain", "draw")


def flat(values: xr.DataArray) -> np.ndarray:
    """Draws of all chains one after the other, (S, ...)."""
    array = values.transpose(*SAMPLE, ...).to_numpy()
    return array.reshape(-1, *array.shape[2:])


def coefficient_draws(posterior: xr.Dataset, design: Design) -> np.ndarray:
    """Arrange draws as the columns of the design, points, (S, P)."""
    return np.stack([_column(posterior, of) for of in design.coefficients], axis=1)


def _column(posterior: xr.Dataset, of: Coefficient) -> np.ndarray:
    values = posterior[of.variable]
    dims = [str(dim) for dim in values.dims if dim not in SAMPLE]
    draws = flat(values.sel(dict(zip(dims, of.labels, strict=True))))
    common = of.variable.removesuffix("_school_type")
    if common != of.variable and common in posterior:
        # lines of school types are kept whole: what they add to the common line is a column
        return draws - flat(posterior[common])
    return draws


def cell_columns(design: Design) -> np.ndarray:
    """Mean of the columns over the participants of each cell, (T * B, P); NaN where nobody is."""
    count = len(design.school_types) * len(design.brackets)
    size = (count, len(design.patterns))
    weights = sparse.coo_array((design.n, (design.cell, design.pattern)), shape=size).tocsr()
    return ratio(weights @ design.patterns, weights.sum(axis=1)[:, None])


def line_scores(coefficients: np.ndarray, design: Design) -> np.ndarray:
    """Average the lines over the participants of cells, levels left out: points, (S, T, B)."""
    scores = coefficients @ cell_columns(design).T
    return scores.reshape(-1, len(design.school_types), len(design.brackets))


def line_slopes(posterior: xr.Dataset, design: Design, role: str = "slope") -> np.ndarray:
    """Slope (or ``context``) of each school type's line, (S, T); 0 where the model has none."""
    if f"{role}_school_type" in posterior:
        return flat(posterior[f"{role}_school_type"].sel(school_type=list(design.school_types)))
    draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    common = flat(posterior[role]) if role in posterior else np.zeros(draws)
    return np.repeat(common[:, None], len(design.school_types), axis=1)
