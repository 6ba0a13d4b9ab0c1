"""Effects that people ask for, each draw by draw, with definitions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.scores import cell_parameters
from enem.models.cells import CellGrid
from enem.models.specification import Specification
from enem.names import PRIVATE, PUBLIC

STATISTICS = ("mean", "sd", "interval_low", "interval_high")


def describe(draws: np.ndarray, mass: float) -> dict[str, float]:
    """Mean, sd and equal-tailed interval of draws, shape (draws,)."""
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2])
    values = (draws.mean(), draws.std(ddof=1), low, high)
    return dict(zip(STATISTICS, map(float, values), strict=True))


def _is_public(grid: CellGrid) -> np.ndarray:
    return np.array([g in PUBLIC for g in grid.school_types])


def public_weights(grid: CellGrid) -> np.ndarray:
    """Weights of the public school types, by their participants; 0 for the others, shape (G,)."""
    counts = np.where(_is_public(grid), grid.participants, 0.0)
    return counts / counts.sum() if counts.sum() else counts


def gap_draws(posterior: xr.Dataset, spec: Specification, grid: CellGrid) -> np.ndarray | None:
    """Private minus public expected score at each bracket, shape (draws, B).

    Public is the mean of the public school types weighted by their participants, the same
    weights at every income; part-private schooling is on neither side.  None when either side
    has no participants or the model does not distinguish them.
    """
    weights = public_weights(grid)
    private = np.array([g == PRIVATE for g in grid.school_types])
    observed = bool(weights.sum()) and grid.participants[private].sum() > 0
    if not spec.by_school_type or not observed:
        return None
    expected, _ = cell_parameters(posterior, spec, grid)
    return expected[:, private, :].sum(axis=1) - np.einsum("g,sgb->sb", weights, expected)


def gap_table(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, income: pd.DataFrame, mass: float
) -> pd.DataFrame:
    """Summarise `gap_draws` by bracket; empty where there is no gap to speak of.

    Returns
    -------
    pandas.DataFrame
        ``model, income_bracket, value_min_wages, x, mean, sd, interval_low, interval_high``.
    """
    table = income[["income_bracket", "value_min_wages", "x"]].copy()
    table.insert(0, "model", spec.name)
    gap = gap_draws(posterior, spec, grid)
    if gap is None:
        return table.iloc[:0].reindex(columns=[*table.columns, *STATISTICS])
    return table.join(pd.DataFrame([describe(column, mass) for column in gap.T]))


def effects_table(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float
) -> pd.DataFrame:
    """Compute every effect that the model supports.

    Returns
    -------
    pandas.DataFrame
        ``effect, group, contrast, unit, mean, sd, interval_low, interval_high, definition``.
    """
    rows = [*_slopes(posterior, spec, grid, mass), *_gaps(posterior, spec, grid, mass)]
    columns = ["effect", "group", "contrast", "unit", *STATISTICS, "definition"]
    return pd.DataFrame(rows, columns=columns)


def _slopes(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float
) -> Sequence[dict]:
    definition = "expected difference in score between families of which one earns twice as much"
    row = {"effect": "income_doubling", "contrast": "twice the income", "unit": "points"}
    if not spec.by_school_type:
        draws = posterior["slope"].to_numpy().ravel()
        return [{**row, "group": "all", **describe(draws, mass), "definition": definition}]
    slopes = posterior["slope_school_type"]
    return [
        {
            **row,
            "group": school_type,
            **describe(slopes.sel(school_type=school_type).to_numpy().ravel(), mass),
            "definition": f"{definition}, within this school type",
        }
        for school_type, n in zip(grid.school_types, grid.participants, strict=True)
        if n > 0
    ]


def _gaps(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float
) -> Sequence[dict]:
    gap = gap_draws(posterior, spec, grid)
    if gap is None:
        return []
    adjusted = gap @ _private_mix(grid)
    raw = _raw_gap_draws(posterior, spec, grid)
    row = {"group": "all", "contrast": "private minus public", "unit": "points"}
    return [
        {
            **row,
            "effect": "raw_gap",
            **describe(raw, mass),
            "definition": "difference of expected mean scores, each side at its own incomes",
        },
        {
            **row,
            "effect": "gap_at_equal_income",
            **describe(adjusted, mass),
            "definition": "difference of expected scores at the same income, averaged over the "
            "incomes of private-school participants; public school types weighted by size",
        },
        {
            **row,
            "effect": "gap_explained_by_income",
            "unit": "share of the raw gap",
            **describe(1 - adjusted / raw, mass),
            "definition": "one minus the gap at equal income over the raw gap",
        },
    ]


def _private_mix(grid: CellGrid) -> np.ndarray:
    private = grid.n[[g == PRIVATE for g in grid.school_types]].sum(axis=0)
    return private / private.sum()


def _raw_gap_draws(posterior: xr.Dataset, spec: Specification, grid: CellGrid) -> np.ndarray:
    expected, _ = cell_parameters(posterior, spec, grid)
    public = grid.n * _is_public(grid)[:, None]
    mean_private = expected[:, [g == PRIVATE for g in grid.school_types]].sum(axis=1)
    return mean_private @ _private_mix(grid) - np.einsum(
        "gb,sgb->s", public / public.sum(), expected
    )
