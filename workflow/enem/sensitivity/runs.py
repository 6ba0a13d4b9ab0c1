"""Estimate the same quantities under each assumption, and set them beside the main analysis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.scores import cell_parameters
from enem.check.summary import summarise
from enem.compare.effects import overall_slope
from enem.compare.gaps import gap_draws, income_mixes
from enem.models.cells import CellGrid
from enem.models.specification import SPECIFICATIONS
from enem.names import PRIVATE, PUBLIC
from enem.sensitivity.gibbs import Errors
from enem.sensitivity.names import MAIN

LINES = SPECIFICATIONS["school_type"]
GAP = "gap_at_equal_income"
COLUMNS = [
    *("assumption", "alternative", "parameter", "n", "mean", "sd", "interval_low"),
    *("interval_high", "difference", "difference_in_sd", "mcse_mean", "r_hat", "note"),
]


@dataclass(frozen=True)
class Run:
    """One alternative.

    Attributes
    ----------
    assumption
        What is changed: a dotted key of config.yaml, ``errors``, ``sigma``, or ``main``.
    alternative
        To what.
    grid
        Cells; None where there is nothing to estimate.
    errors
        What is assumed of the errors.
    note
        Why there is nothing, or that nothing changes; empty otherwise.
    """

    assumption: str
    alternative: str
    grid: CellGrid | None
    errors: Errors = field(default_factory=Errors)
    note: str = ""


def same_cells(a: CellGrid, b: CellGrid) -> bool:
    """Whether two grids hold the same participants, to the rounding of a file."""
    pairs = ((a.n, b.n), (a.mean, b.mean), (a.ss, b.ss), (a.x, b.x))
    alike = a.school_types == b.school_types
    return alike and all(np.allclose(p, q, rtol=1e-9, atol=1e-6) for p, q in pairs)


def quantities(draws: xr.Dataset, grid: CellGrid) -> xr.Dataset:
    """Compute the overall slope, the slopes of school types with participants, and the gap.

    The gap is averaged over the incomes of the private-school participants of `grid`, as in
    ``effects.csv``; absent where a side has nobody.  Student-t errors also have ``nu``.
    """
    slopes = draws["slope_school_type"].transpose("chain", "draw", "school_type")
    dims = ("chain", "draw")
    overall = overall_slope(slopes.to_numpy(), grid)
    found = {
        "slope": (dims, overall),
        "slope_school_type": slopes.isel(school_type=grid.participants > 0),
    }
    gap = gap_draws(cell_parameters(draws, LINES, grid)[0], grid)
    if gap is not None:
        found[GAP] = (dims, (gap @ income_mixes(grid)[""]).reshape(overall.shape))
    if "nu" in draws:
        found["nu"] = draws["nu"]
    return xr.Dataset(found)


def summary_of(draws: xr.Dataset, grid: CellGrid, mass: float) -> pd.DataFrame:
    """Summarise the quantities, each with the participants behind it."""
    table = summarise(quantities(draws, grid), mass)
    table["n"] = [behind(name, grid) for name in table["parameter"]]
    return table


def behind(parameter: str, grid: CellGrid) -> int:
    """Count the participants behind a quantity: of the group, of both sides of the gap, or all."""
    sides = dict(zip(grid.school_types, grid.participants, strict=True))
    group = parameter.partition("[")[2].rstrip("]")
    if group:
        return int(sides[group])
    if parameter == GAP:
        return int(sum(n for g, n in sides.items() if g == PRIVATE or g in PUBLIC))
    return int(sum(sides.values()))


def assumptions_table(runs: Sequence[Run], summaries: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """Put every alternative beside the main analysis.

    Parameters
    ----------
    runs
        The main one first.
    summaries
        By position of the run; a run without cells has none.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; `difference` is alternative minus main, blank for parameters that the main
        analysis lacks, `difference_in_sd` the same in posterior sds of the main analysis.
    """
    main = summaries[0].set_index("parameter")
    rows = [row for k, run in enumerate(runs) for row in _rows(run, summaries.get(k), main)]
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _rows(run: Run, summary: pd.DataFrame | None, main: pd.DataFrame) -> Iterator[dict]:
    keys = {"assumption": run.assumption, "alternative": run.alternative, "note": run.note}
    if summary is None:
        yield keys
        return
    for row in summary.to_dict("records"):
        known = row["parameter"] in main.index and run.assumption != MAIN
        if known:
            base = main.loc[row["parameter"]]
            difference = row["mean"] - base["mean"]
            row = {**row, "difference": difference, "difference_in_sd": difference / base["sd"]}
        yield {**row, **keys}
