"""Lines of each school type under no, partial and complete pooling."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from enem.models.cells import CellGrid

LINE = ("intercept", "slope")


def separate_lines(grid: CellGrid, mass: float) -> pd.DataFrame:
    """Fit each school type alone by ordinary least squares (no pooling).

    Intervals are Student-t with n - 2 degrees of freedom, which is also the posterior under
    flat priors on the line and on log sigma.

    Returns
    -------
    pandas.DataFrame
        ``school_type, parameter, pooling, n, mean, sd, interval_low, interval_high``; numbers
        are missing where a group has fewer than three participants or a single income bracket.
    """
    rows = []
    for g, school_type in enumerate(grid.school_types):
        fit = _least_squares(grid.n[g], grid.mean[g], grid.ss[g].sum(), grid.x, mass)
        for parameter in LINE:
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


STATISTICS = ("mean", "sd", "interval_low", "interval_high")


def _least_squares(
    n: np.ndarray, mean: np.ndarray, ss: float, x: np.ndarray, mass: float
) -> dict[str, dict[str, float]]:
    total = n.sum()
    if total < 3 or (n > 0).sum() < 2:
        return {}
    design = np.stack([np.ones_like(x), x], axis=1)
    information = design.T @ (n[:, None] * design)
    line = np.linalg.solve(information, design.T @ (n * mean))
    squares = ss + (n * (mean - design @ line) ** 2).sum()
    sd = np.sqrt(squares / (total - 2) * np.diag(np.linalg.inv(information)))
    half = stats.t.ppf((1 + mass) / 2, total - 2) * sd
    numbers = zip(line, sd, line - half, line + half, strict=True)
    return {
        parameter: dict(zip(STATISTICS, map(float, values), strict=True))
        for parameter, values in zip(LINE, numbers, strict=True)
    }


def pooling_table(
    grid: CellGrid, summaries: Mapping[str, pd.DataFrame], mass: float
) -> pd.DataFrame:
    """Put the lines of ``school_type`` between separate lines and the line of ``pooled``.

    Parameters
    ----------
    grid
        Full grid of cells.
    summaries
        Posterior summaries by model; kinds of pooling whose model is absent are left out.
    mass
        Probability of the intervals.
    """
    tables = [separate_lines(grid, mass)]
    for pooling, model in (("partial", "school_type"), ("complete", "pooled")):
        if model in summaries:
            tables.append(_from_summary(tables[0], summaries[model], pooling))
    return pd.concat(tables, ignore_index=True)


def _from_summary(separate: pd.DataFrame, summary: pd.DataFrame, pooling: str) -> pd.DataFrame:
    names = separate["parameter"]
    if pooling == "partial":
        names = names + "[" + separate["school_type"] + "]"
    chosen = summary.set_index("parameter").loc[names, list(STATISTICS)].reset_index(drop=True)
    keys = separate[["school_type", "parameter", "pooling", "n"]].assign(pooling=pooling)
    return pd.concat([keys, chosen], axis=1)
