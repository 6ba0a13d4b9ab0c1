"""Lines of each school type under no, partial and complete pooling."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from enem.compare.describe import STATISTICS
from enem.mixed.specification import Specification
from enem.tabulate.grid import CellGrid

LINE = ("intercept", "slope")
"""Parameters of a school type's line; of an edition without income, the intercept is its mean."""

KEYS = ["school_type", "parameter", "pooling", "n"]


def line_of(grid: CellGrid) -> tuple[str, ...]:
    """Parameters of the lines that an edition's cells can tell."""
    return LINE if np.isfinite(grid.x).all() else LINE[:1]


def separate_lines(grid: CellGrid, mass: float) -> pd.DataFrame:
    """Fit each school type alone by ordinary least squares (no pooling).

    Intervals are Student-t with n less the line's parameters as degrees of freedom, which is also
    the posterior under flat priors on the line and on log sigma.

    Returns
    -------
    pandas.DataFrame
        ``school_type, parameter, pooling, n, mean, sd, interval_low, interval_high``; numbers
        are missing where a group has fewer than three participants or a single income bracket.
    """
    rows, line = [], line_of(grid)
    for g, school_type in enumerate(grid.school_types):
        numbers = _least_squares(grid, g, len(line), mass)
        keys = {"school_type": school_type, "pooling": "none", "n": int(grid.participants[g])}
        for parameter, found in zip(line, numbers.T, strict=True):
            rows.append(keys | {"parameter": parameter} | dict(zip(STATISTICS, found, strict=True)))
    return pd.DataFrame(rows)[[*KEYS, *STATISTICS]]


def _least_squares(grid: CellGrid, g: int, size: int, mass: float) -> np.ndarray:
    """Estimates, their sds and the ends of their intervals, (4, size); NaN where undefined."""
    n, mean = grid.n[g], grid.mean[g]
    columns = np.stack([np.ones_like(grid.x), grid.x][:size], axis=1)
    free = n.sum() - size
    if free < 1 or (n > 0).sum() < size:
        return np.full((len(STATISTICS), size), np.nan)
    information = columns.T @ (n[:, None] * columns)
    line = np.linalg.solve(information, columns.T @ (n * mean))
    squares = grid.ss[g].sum() + (n * (mean - columns @ line) ** 2).sum()
    sd = np.sqrt(squares / free * np.diag(np.linalg.inv(information)))
    half = stats.t.ppf((1 + mass) / 2, free) * sd
    return np.stack([line, sd, line - half, line + half])


def pooling_table(
    grid: CellGrid,
    summaries: Mapping[str, pd.DataFrame],
    specs: Mapping[str, Specification],
    mass: float,
) -> pd.DataFrame:
    """Put partially pooled lines of school types between separate lines and one line for all.

    Lines of a model with levels are those of a typical school; separate lines and the one for all
    are those of participants.

    Parameters
    ----------
    grid
        Full grid of cells.
    summaries
        Posterior summaries by model.
    specs
        The models; kinds of pooling that none of them has are left out.
    mass
        Probability of the intervals.
    """
    separate = separate_lines(grid, mass)
    tables, name = [separate], separate["parameter"]
    of_type = {"partial": name + "[" + separate["school_type"] + "]", "complete": name}
    for pooling, model in models_of_pooling(specs, line_of(grid)).items():
        found = summaries[model].set_index("parameter").loc[of_type[pooling], list(STATISTICS)]
        keys = separate[KEYS].assign(pooling=pooling)
        tables.append(keys.join(found.reset_index(drop=True)))
    return pd.concat(tables, ignore_index=True)


def models_of_pooling(
    specs: Mapping[str, Specification], line: Sequence[str] = LINE
) -> dict[str, str]:
    """Name the first model of each kind of pooling; kinds that no model has are left out.

    A model pools lines partially, or completely, if it has the coefficients for it and no others.
    """
    own = [f"{name}_school_type" for name in line]
    wanted = {"partial": [*line, *own], "complete": [*line]}
    of = {
        tuple(each.variable for each in (*spec.common, *spec.blocks)): name
        for name, spec in reversed(specs.items())
    }
    found = {pooling: of.get(tuple(names)) for pooling, names in wanted.items()}
    return {pooling: name for pooling, name in found.items() if name}
