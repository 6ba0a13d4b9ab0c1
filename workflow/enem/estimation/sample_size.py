"""What sample size does to the pooled model: estimators, their agreement and their coverage."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from enem.estimate.optimum import Search
from enem.estimate.vector import Objective
from enem.estimation.likelihood import POOLED
from enem.estimation.many import hessians, newton_steps
from enem.estimation.subsamples import draw_subsamples, sample_sizes
from enem.models.cells import CellGrid
from enem.models.likelihood import common_line, log_collapsed_likelihood
from enem.models.priors import Prior, line_prior_mean, line_prior_sd

NODES = 121
WIDTH = 9.0
"""Posterior sds of log sigma on each side over which it is integrated."""


def least_squares_lines(data: CellGrid) -> np.ndarray:
    """Least squares line and root mean square residual of each sample, (K, 3).

    NaN where all participants have the same income.
    """
    n, mean = data.n[:, 0], data.mean[:, 0]
    total = n.sum(axis=1)
    x_mean, y_mean = (n * data.x).sum(axis=1) / total, (n * mean).sum(axis=1) / total
    x, y = data.x - x_mean[:, None], mean - y_mean[:, None]
    spread = (n * x**2).sum(axis=1)
    spread = np.where(spread > 0, spread, np.nan)
    slope = (n * x * y).sum(axis=1) / spread
    residual = y - slope[:, None] * x
    squares = data.ss[:, 0].sum(axis=1) + (n * residual**2).sum(axis=1)
    return np.stack([y_mean - slope * x_mean, slope, np.sqrt(squares / total)], axis=1)


def posterior_modes(data: CellGrid, priors: Mapping[str, Prior]) -> tuple[np.ndarray, np.ndarray]:
    """MAP of each sample, (K, 3), and Laplace sd of its slope, (K,)."""
    search = Search(Objective(POOLED, data, priors))
    start = least_squares_lines(data)
    level = (data.n * data.mean).sum(axis=(1, 2)) / data.n.sum(axis=(1, 2))
    fallback = np.stack([level, 0 * level, np.full_like(level, np.nanmedian(start[:, 2]))], axis=1)
    points = newton_steps(search, search.from_natural(np.where(np.isnan(start), fallback, start)))
    covariance = np.linalg.inv(-hessians(search, points))
    return search.to_natural(points), search.unit[1] * np.sqrt(covariance[:, 1, 1])


def slope_posteriors(
    data: CellGrid, priors: Mapping[str, Prior], log_sigma: np.ndarray, at: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exact posterior of the slope of each sample, by quadrature over log sigma.

    As `enem.check.closed_form.pooled_moments`, for many samples at once.

    Parameters
    ----------
    data, priors
        Samples (K, 1, B), and priors of the pooled model.
    log_sigma
        Near its mode, (K,).
    at
        Slope at which the distribution function is wanted.

    Returns
    -------
    tuple of ndarray
        Mean, sd and distribution function at `at`, each (K,).
    """
    centre, line_sd = line_prior_mean(priors), line_prior_sd(priors)
    reach = WIDTH / np.sqrt(2 * data.n.sum(axis=(1, 2)))
    nodes = log_sigma + np.linspace(-1, 1, NODES)[:, None] * reach
    sigma = np.exp(nodes)
    parameters = {"sigma": sigma[..., None, None], **centre}
    density = log_collapsed_likelihood(parameters, line_sd, data.n, data.mean, data.ss, data.x)
    density = density + priors["sigma"].log_density(sigma) + nodes
    weight = np.exp(density - density.max(axis=0))
    weight /= weight.sum(axis=0)
    line = common_line(parameters, line_sd, data.n, data.mean, data.x)
    slope, variance = centre["slope"] + line.shift2[..., 0, 0], line.cov22[..., 0, 0]
    mean = (weight * slope).sum(axis=0)
    sd = np.sqrt((weight * (variance + (slope - mean) ** 2)).sum(axis=0))
    return mean, sd, (weight * stats.norm.cdf(at, slope, np.sqrt(variance))).sum(axis=0)


def subsample_table(
    rows: pd.DataFrame, grid: CellGrid, priors: Mapping[str, Prior], seed: int
) -> pd.DataFrame:
    """Estimate the slope from repeated samples of growing size.

    Returns
    -------
    pandas.DataFrame
        ``n, draw, mean_score, mle, map, laplace_sd, posterior_mean, posterior_sd,
        posterior_below``: of each sample the mean score (points), estimates of the slope (points
        per doubling), and the posterior probability of a slope below that of all participants.
    """
    data = grid.over_school_types()
    whole = least_squares_lines(_stacked(data))[0, 1]
    tables = list(_tables(rows, data, priors, whole, seed))
    return pd.concat(tables, ignore_index=True)


def _tables(
    rows: pd.DataFrame, data: CellGrid, priors: Mapping[str, Prior], whole: float, seed: int
) -> Iterator[pd.DataFrame]:
    for size in sample_sizes(int(data.n.sum())):
        samples = draw_subsamples(rows, data, size, np.random.default_rng([seed, size]))
        mode, laplace_sd = posterior_modes(samples, priors)
        mean, sd, below = slope_posteriors(samples, priors, np.log(mode[:, 2]), whole)
        columns = {
            "n": size,
            "draw": np.arange(1, len(mode) + 1),
            "mean_score": (samples.n * samples.mean).sum(axis=(1, 2)) / size,
            "mle": least_squares_lines(samples)[:, 1],
            "map": mode[:, 1],
            "laplace_sd": laplace_sd,
            "posterior_mean": mean,
            "posterior_sd": sd,
            "posterior_below": below,
        }
        yield pd.DataFrame(columns)


def _stacked(data: CellGrid) -> CellGrid:
    return CellGrid(
        data.school_types, data.brackets, data.x, data.n[None], data.mean[None], data.ss[None]
    )


def sample_size_table(
    subsamples: pd.DataFrame, grid: CellGrid, priors: Mapping[str, Prior], mass: float
) -> pd.DataFrame:
    """Summarise `subsample_table` by size.

    Returns
    -------
    pandas.DataFrame
        ``n, draws, slope, mle_mean, mle_sd, map_mean, posterior_sd, laplace_sd, map_to_mle_in_sd,
        prior_share, coverage_posterior, coverage_laplace, coverage_chebyshev``.  `slope` is that
        of all participants; `map_to_mle_in_sd` the median distance in posterior sds;
        `prior_share` the prior's part of the posterior's precision; coverages are shares of
        samples whose interval of probability `mass` holds `slope`: equal-tailed posterior,
        Gaussian around the MAP, and the one that Chebyshev's inequality gives around the
        posterior mean whatever the shape of the posterior.
    """
    whole = least_squares_lines(_stacked(grid.over_school_types()))[0, 1]
    tail, prior_sd = (1 - mass) / 2, priors["slope"].arguments["sd"]
    gaussian, chebyshev = stats.norm.ppf(1 - tail), 1 / np.sqrt(1 - mass)
    rows = []
    for size, s in subsamples.groupby("n"):
        below = s["posterior_below"]
        rows.append(
            {
                "n": size,
                "draws": len(s),
                "slope": whole,
                "mle_mean": s["mle"].mean(),
                "mle_sd": s["mle"].std(),
                "map_mean": s["map"].mean(),
                "posterior_sd": s["posterior_sd"].mean(),
                "laplace_sd": s["laplace_sd"].mean(),
                "map_to_mle_in_sd": ((s["map"] - s["mle"]).abs() / s["posterior_sd"]).median(),
                "prior_share": (s["posterior_sd"] ** 2).mean() / prior_sd**2,
                "coverage_posterior": ((below > tail) & (below < 1 - tail)).mean(),
                "coverage_laplace": _held(s["map"], s["laplace_sd"], gaussian, whole),
                "coverage_chebyshev": _held(
                    s["posterior_mean"], s["posterior_sd"], chebyshev, whole
                ),
            }
        )
    return pd.DataFrame(rows)


def _held(centre: pd.Series, sd: pd.Series, multiple: float, value: float) -> float:
    return float(((centre - value).abs() < multiple * sd).mean())
