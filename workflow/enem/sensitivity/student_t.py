"""Student-t errors: density, prior of the degrees of freedom, and the mode on binned rows.

The likelihood has no sufficient statistics, so scores are binned within cells; what that costs is
read off modes at several widths of bins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from enem.mixed.mode import highest
from enem.tabulate.grid import CellGrid

NU_SHAPE, NU_RATE = 2.0, 0.1
"""Gamma prior of the degrees of freedom: Juarez & Steel, J. Business & Economic Statistics 28
(2010) 52-66.  Mean 20; a tenth of it lies below 5.3, where tails are heavy."""

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


def log_density(z: np.ndarray, nu: np.ndarray) -> np.ndarray:
    """Log density of standardised residuals `z` under Student-t with `nu` degrees of freedom."""
    constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
    return constant - (nu + 1) / 2 * np.log1p(z**2 / nu)


def log_prior_of_log_nu(log_nu: np.ndarray) -> np.ndarray:
    """Log density of log nu, up to a constant."""
    return NU_SHAPE * log_nu - NU_RATE * np.exp(log_nu)


@dataclass(frozen=True)
class Bins:
    """Bins that hold participants, sorted by cell.

    Attributes
    ----------
    cell
        Position of each bin's cell on the flattened grid, ascending, shape (K,).
    n
        Participants, shape (K,).
    score
        Mean score of the bin's participants, points, shape (K,).
    starts
        First bin of each occupied cell.
    shape
        Shape of the grid, (G, B).
    """

    cell: np.ndarray
    n: np.ndarray
    score: np.ndarray
    starts: np.ndarray
    shape: tuple[int, int]

    @property
    def group(self) -> np.ndarray:
        """School type of each bin, its position on the grid, shape (K,)."""
        return self.cell // self.shape[1]

    def cell_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum (..., K) values over the bins of each cell, shape (..., G, B)."""
        sums = np.zeros((*values.shape[:-1], self.shape[0] * self.shape[1]))
        sums[..., self.cell[self.starts]] = np.add.reduceat(values, self.starts, axis=-1)
        return sums.reshape(*values.shape[:-1], *self.shape)


def bin_rows(rows: pd.DataFrame, grid: CellGrid, width: float) -> Bins:
    """Bin scores within cells.

    A bin stands at the mean of its participants, not at its middle, so that cell means are exact
    and only the spread inside a bin is lost: at most width^2 / 4 of a variance, and width^2 / 12
    where scores lie evenly.

    Parameters
    ----------
    rows
        Participants: ``school_type, income_bracket, score``.
    grid
        Names the axes of the cells.
    width
        Of the bins, points; 0 gives every distinct score a bin of its own.
    """
    g = pd.Categorical(rows["school_type"], grid.school_types).codes.astype(int)
    b = pd.Categorical(rows["income_bracket"], grid.brackets).codes.astype(int)
    cell = g * len(grid.brackets) + b
    score = rows["score"].to_numpy(float)
    binned = np.floor(score / width) if width else score
    table = pd.DataFrame({"cell": cell, "bin": binned, "score": score})
    means = table.groupby(["cell", "bin"], sort=True)["score"].agg(["size", "mean"])
    cells = means.index.get_level_values("cell").to_numpy()
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    n, centre = means["size"].to_numpy(float), means["mean"].to_numpy()
    return Bins(cells, n, centre, starts, grid.n.shape)


LINE = ("intercept", "slope", "log_sigma")


class Mode(NamedTuple):
    """Where the likelihood of separate lines, times the prior of nu, is largest.

    Attributes
    ----------
    names
        `LINE` of each school type in brackets, and ``log_nu``.
    value, sd
        Mode and standard deviations from the curvature there, shape (P,).
    """

    names: list[str]
    value: np.ndarray
    sd: np.ndarray


def mode(bins: Bins, grid: CellGrid) -> Mode:
    """Maximise the likelihood of a line and a sigma for each school type and one common nu.

    Parameters
    ----------
    bins
        Of rows whose school types all have enough participants for a line and a sigma.
    grid
        Names and incomes of the cells.
    """
    groups, position = np.unique(bins.group, return_inverse=True)
    x = grid.x[bins.cell % bins.shape[1]]
    start, unit = _start(bins, position, x, len(groups))

    def scaled(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = _log_posterior(start + unit * z, bins, position, x)
        return value, slope * unit

    peak = highest(scaled, np.zeros_like(start))
    names = [f"{p}[{grid.school_types[g]}]" for p in LINE for g in groups]
    sd = unit * np.sqrt(np.diag(np.linalg.inv(peak.hessian)))
    return Mode([*names, "log_nu"], start + unit * peak.point, sd)


def _start(
    bins: Bins, position: np.ndarray, x: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares lines, and steps of about one standard error."""
    lines, units = np.empty((3, groups)), np.empty((3, groups))
    for g in range(groups):
        mine = position == g
        n, y, at = bins.n[mine], bins.score[mine], x[mine]
        line, covariance = np.polyfit(at, y, 1, w=np.sqrt(n), cov="unscaled")
        sigma = np.sqrt(np.average((y - np.polyval(line, at)) ** 2, weights=n))
        sd = sigma * np.sqrt(np.diag(covariance))
        lines[:, g] = *line[::-1], np.log(sigma)
        units[:, g] = *sd[::-1], 1 / np.sqrt(2 * n.sum())
    return np.append(lines.ravel(), np.log(20.0)), np.append(units.ravel(), 0.3)


def _log_posterior(
    vector: np.ndarray, bins: Bins, position: np.ndarray, x: np.ndarray
) -> tuple[float, np.ndarray]:
    """Value and gradient; rows of the vector as in `LINE`, one column a school type, then nu."""
    intercept, slope, log_sigma = vector[:-1].reshape(3, -1)
    nu, sigma = np.exp(vector[-1]), np.exp(log_sigma[position])
    z = (bins.score - intercept[position] - slope[position] * x) / sigma
    weight = (nu + 1) / (nu + z**2)
    value = bins.n @ (log_density(z, nu) - log_sigma[position]) + log_prior_of_log_nu(vector[-1])
    terms = (weight * z / sigma, weight * z / sigma * x, weight * z**2 - 1)
    groups = len(log_sigma)
    slopes = [np.bincount(position, bins.n * term, groups) for term in terms]
    of_nu = digamma((nu + 1) / 2) - digamma(nu / 2) - 1 / nu
    of_nu = bins.n @ (of_nu - np.log1p(z**2 / nu) + weight * z**2 / nu) / 2
    of_log_nu = nu * of_nu + NU_SHAPE - NU_RATE * nu
    return float(value), np.append(np.concatenate(slopes), of_log_nu)


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
