"""How well other errors, and lines without levels, predict participants left out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from scipy.interpolate import CubicSpline

from enem.check.leave_out import smoothed
from enem.compare.models import standard_error
from enem.mixed.design import finest_groups
from enem.sensitivity.names import STUDENT_T, WITHOUT_LEVELS
from enem.sensitivity.student_t import log_density
from enem.tabulate.grid import CellGrid

EFFICIENCY = 0.5
"""Effective draws per draw that the smoothing of the largest weights is told; it is not sensitive
to them (Vehtari, Simpson, Gelman, Yao & Gabry, JMLR 25(72) (2024))."""

GAUSSIAN = "gaussian"

NODES = 48
"""Scores of a cell at which Student-t densities are computed; between them lies a spline."""


def predictions_table(rows: pd.DataFrame, left_out: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare assumptions by PSIS-LOO of the same participants.

    Parameters
    ----------
    rows
        Analysed participants: ``municipality, school, school_type``.
    left_out
        By assumption, ``elpd_loo`` and ``pareto_k`` of every row; `GAUSSIAN`, the main analysis,
        and ``levels``, lines without levels, among them.

    Returns
    -------
    pandas.DataFrame
        ``errors, n, elpd, se, elpd_diff, diff_se, pareto_k_max``; differences from `GAUSSIAN`, of
        Student-t errors from ``levels``, nats of all participants together; errors by group.
    """
    group, groups = finest_groups(rows.assign(n=1))
    size, found = groups["n"].to_numpy(float), []
    elpd = {name: table["elpd_loo"].to_numpy(float) for name, table in left_out.items()}
    for name, values in elpd.items():
        row = {"errors": name, "n": len(rows)}
        difference = values - elpd[WITHOUT_LEVELS if name == STUDENT_T else GAUSSIAN]
        for total, error, of in (("elpd", "se", values), ("elpd_diff", "diff_se", difference)):
            row |= {total: of.sum(), error: standard_error(np.bincount(group, of), size)}
        found.append(row | {"pareto_k_max": left_out[name]["pareto_k"].max()})
    return pd.DataFrame(found)


def leave_out_student_t(rows: pd.DataFrame, grid: CellGrid, draws: xr.Dataset) -> pd.DataFrame:
    """Leave out each row under Student-t errors: ``elpd_loo``, and ``pareto_k`` of its cell.

    The logs of densities given the lines bend where scores are a few sigmas away, so they need more
    nodes in a cell than parabolas do, and a spline through them.
    """
    names = ("intercept_school_type", "slope_school_type", "sigma")
    lines = [draws[name].to_numpy().reshape(-1, len(grid.school_types)) for name in names]
    nu, score = draws["nu"].to_numpy().ravel(), rows["score"].to_numpy(float)
    elpd = np.full((2, len(rows)), np.nan)
    cells = rows.groupby(["school_type", "income_bracket"], observed=True).indices
    for (group, bracket), positions in cells.items():
        intercept, slope, sigma = (of[:, grid.school_types.index(group)] for of in lines)
        expected = intercept + slope * grid.x[grid.brackets.index(bracket)]
        own = score[positions]
        nodes = np.unique(own)
        many = len(nodes) > NODES
        nodes = np.linspace(nodes[0], nodes[-1], NODES) if many else nodes
        given = log_density((nodes[:, None] - expected) / sigma, nu) - np.log(sigma)
        values, pareto_k = smoothed(given, EFFICIENCY)
        between = CubicSpline(nodes, values)(own) if many else values[np.searchsorted(nodes, own)]
        elpd[:, positions] = between, np.full(len(own), pareto_k.max())
    return pd.DataFrame(elpd.T, columns=["elpd_loo", "pareto_k"])
