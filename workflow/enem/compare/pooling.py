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


def _variables_by_pooling(line: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Name the variables of the model that pools lines so, and of no other."""
    own = tuple(f"{name}_school_type" for name in line)
    return {"partial": (*line, *own), "complete": tuple(line)}


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
        columns = np.stack([np.ones_like(grid.x), grid.x][: len(line)], axis=1)
        fit = _least_squares(grid.n[g], grid.mean[g], grid.ss[g].sum(), columns, mass)
        for parameter in line:
            numbers = fit.get(parameter, {})
            rows.append(
                {
                    "school_type": school_type,
                    "parameter": parameter,
                    "pooling": "none",
                    "n": int(grid.participants[g]),
                    **numbers,
                }
            )
    columns = ["school_type", "parameter", "pooling", "n", *STATISTICS]
    return pd.DataFrame(rows).reindex(columns=columns)


def _least_squares(
    n: np.ndarray, mean: np.ndarray, ss: float, design: np.ndarray, mass: float
) -> dict[str, dict[str, float]]:
    free = n.sum() - design.shape[1]
    if free < 1 or (n > 0).sum() < design.shape[1]:
        return {}
    information = design.T @ (n[:, None] * design)
    line = np.linalg.solve(information, design.T @ (n * mean))
    squares = ss + (n * (mean - design @ line) ** 2).sum()
    sd = np.sqrt(squares / free * np.diag(np.linalg.inv(information)))
    half = stats.t.ppf((1 + mass) / 2, free) * sd
    numbers = zip(line, sd, line - half, line + half, strict=True)
    return {
        parameter: dict(zip(STATISTICS, map(float, values), strict=True))
        for parameter, values in zip(LINE[: len(line)], numbers, strict=True)
    }


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
    tables = [separate_lines(grid, mass)]
    for pooling, model in models_of_pooling(specs, line_of(grid)).items():
        tables.append(_from_summary(tables[0], summaries[model], pooling))
    return pd.concat(tables, ignore_index=True)


def models_of_pooling(
    specs: Mapping[str, Specification], line: Sequence[str] = LINE
) -> dict[str, str]:
    """Name the first model of each kind of pooling; kinds that no model has are left out."""
    of = {_variables(spec): name for name, spec in reversed(specs.items())}
    wanted = _variables_by_pooling(line)
    return {pooling: of[names] for pooling, names in wanted.items() if names in of}


def _variables(spec: Specification) -> tuple[str, ...]:
    """Names of a model's coefficients."""
    return tuple(each.variable for each in (*spec.common, *spec.blocks))


def _from_summary(separate: pd.DataFrame, summary: pd.DataFrame, pooling: str) -> pd.DataFrame:
    names = separate["parameter"]
    if pooling == "partial":
        names = names + "[" + separate["school_type"] + "]"
    chosen = summary.set_index("parameter").loc[names, list(STATISTICS)].reset_index(drop=True)
    keys = separate[["school_type", "parameter", "pooling", "n"]].assign(pooling=pooling)
    return pd.concat([keys, chosen], axis=1)
