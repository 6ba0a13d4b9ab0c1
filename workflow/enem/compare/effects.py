"""Effects that people ask for, each draw by draw, with definitions."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.scores import cell_parameters
from enem.compare.asked import Asked
from enem.compare.describe import STATISTICS, describe
from enem.compare.gaps import gap_draws, gap_effects
from enem.compare.profiles import profile_effects
from enem.models.cells import CellGrid
from enem.models.specification import Specification

COLUMNS = ["effect", "group", "contrast", "unit", *STATISTICS, "definition"]


def gap_table(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, income: pd.DataFrame, mass: float
) -> pd.DataFrame:
    """Summarise `enem.compare.gaps.gap_draws` by bracket; empty where there is no gap.

    Returns
    -------
    pandas.DataFrame
        ``model, income_bracket, value_min_wages, x, mean, sd, interval_low, interval_high``.
    """
    table = income[["income_bracket", "value_min_wages", "x"]].copy()
    table.insert(0, "model", spec.name)
    gap = None
    if spec.by_school_type:
        gap = gap_draws(cell_parameters(posterior, spec, grid)[0], grid)
    if gap is None:
        return table.iloc[:0].reindex(columns=[*table.columns, *STATISTICS])
    return table.join(pd.DataFrame([describe(column, mass) for column in gap.T]))


def effects_table(
    posterior: xr.Dataset,
    spec: Specification,
    grid: CellGrid,
    mass: float,
    asked: Asked | None = None,
) -> pd.DataFrame:
    """Compute every effect that the model supports.

    School types without participants have no rows.

    Parameters
    ----------
    posterior, spec, grid
        Draws, dims (chain, draw, ...), the model and its cells.
    mass
        Probability of intervals.
    asked
        Incomes, sizes and profiles of the configuration; None for the effects that need none.

    Returns
    -------
    pandas.DataFrame
        ``effect, group, contrast, unit, mean, sd, interval_low, interval_high, definition``.
    """
    rows = [
        *_slopes(posterior, spec, grid, mass),
        *gap_effects(posterior, spec, grid, mass, asked),
        *(profile_effects(posterior, spec, grid, mass, asked) if asked else ()),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def overall_slope(slopes: np.ndarray, grid: CellGrid) -> np.ndarray:
    """Average slopes of shape (draws, G) over the participants of the school types, (draws,)."""
    return slopes @ (grid.participants / grid.participants.sum())


def _slopes(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float
) -> Iterator[dict]:
    definition = "expected difference in score between families of which one earns twice as much"
    row = {"effect": "income_doubling", "contrast": "twice the income", "unit": "points"}
    if not spec.by_school_type:
        draws = posterior["slope"].to_numpy().ravel()
        yield {**row, "group": "all", **describe(draws, mass), "definition": definition}
        return
    stacked = posterior["slope_school_type"].stack(sample=("chain", "draw"))
    slopes = stacked.transpose("sample", "school_type").to_numpy()
    for g in np.flatnonzero(grid.participants > 0):
        yield {
            **row,
            "group": grid.school_types[g],
            **describe(slopes[:, g], mass),
            "definition": f"{definition}, within this school type",
        }
    yield {
        **row,
        "group": "all",
        **describe(overall_slope(slopes, grid), mass),
        "definition": f"{definition} and both go to the same school type, averaged over the "
        "school types by their participants",
    }
