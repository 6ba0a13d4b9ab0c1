"""What binning costs: the mode of the Student-t likelihood at several widths of bins."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from enem.sensitivity.student_t import bin_rows, mode
from enem.tabulate.grid import CellGrid

SMALLEST = 30
"""Participants and LEAST_BRACKETS occupied brackets that a school type needs for a mode."""
LEAST_BRACKETS = 3
SAMPLE = 2_000
"""Participants of the subsample that is also computed unbinned."""
FACTORS = (0.5, 1, 2, 4)
COLUMNS = [
    *("rows", "participants", "width", "bins", "parameter", "mode", "sd"),
    *("difference", "difference_in_sd"),
]


def binning_table(
    rows: pd.DataFrame, grid: CellGrid, width: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Compare modes at several widths with the finest: unbinned rows on a subsample.

    School types with too few participants for a mode of their own are left out.

    Parameters
    ----------
    rows, grid
        Analysed participants and their cells.
    width
        Of the bins of the analysis, points.
    rng
        Chooses the subsample.

    Returns
    -------
    pandas.DataFrame
        ``rows`` (``sample`` or ``all``), ``participants, width`` (0: unbinned), ``bins,
        parameter, mode, sd, difference, difference_in_sd``; differences from the first width.
    """
    chosen = rows.iloc[np.sort(rng.permutation(len(rows))[:SAMPLE])]
    widths = [factor * width for factor in FACTORS] if width else [0.0]
    parts = {"sample": (chosen, list(dict.fromkeys([0.0, *widths]))), "all": (rows, widths)}
    tables = [table for name, part in parts.items() for table in _of(name, *part, grid)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _of(
    name: str, rows: pd.DataFrame, widths: list[float], grid: CellGrid
) -> Iterator[pd.DataFrame]:
    groups = rows.groupby("school_type", observed=True)["income_bracket"]
    enough = groups.size().ge(SMALLEST) & groups.nunique().ge(LEAST_BRACKETS)
    usable = rows[rows["school_type"].isin(enough.index[enough])]
    finest = None
    for width in widths if len(usable) else []:
        bins = bin_rows(usable, grid, width)
        found = mode(bins, grid)
        finest = finest or found
        moved = found.value - finest.value
        numbers = found.names, found.value, finest.sd, moved, moved / finest.sd
        keys = {"rows": name, "participants": len(usable), "width": width, "bins": len(bins.n)}
        yield pd.DataFrame({**keys, **dict(zip(COLUMNS[len(keys) :], numbers, strict=True))})
