"""What sample size does to the textbook regression: estimators, agreement and coverage."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from enem.estimation.regression import Cells, least_squares, log_posterior_of_sigma, posterior_modes
from enem.estimation.subsamples import draw_subsamples, sample_sizes
from enem.mixed.priors import Prior

NODES = 121
WIDTH = 9.0
"""Posterior sds of log sigma on each side over which it is integrated."""


def slope_posteriors(
    cells: Cells, priors: Mapping[str, Prior], log_sigma: np.ndarray, at: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exact posterior of the slope of each sample, by quadrature over log sigma.

    Parameters
    ----------
    cells, priors
        Of the samples, (K, B), and priors of the regression.
    log_sigma
        Near its mode, (K,).
    at
        Slope at which the distribution function is wanted.

    Returns
    -------
    tuple of ndarray
        Mean, sd and distribution function at `at`, each (K,).
    """
    reach = WIDTH / np.sqrt(2 * cells.total)
    nodes = log_sigma + np.linspace(-1, 1, NODES)[:, None] * reach
    density, line = log_posterior_of_sigma(cells, np.exp(nodes), priors)
    density = density + nodes
    weight = np.exp(density - density.max(axis=0))
    weight /= weight.sum(axis=0)
    slope, variance = line.slope, line.slope_variance
    mean = (weight * slope).sum(axis=0)
    sd = np.sqrt((weight * (variance + (slope - mean) ** 2)).sum(axis=0))
    return mean, sd, (weight * stats.norm.cdf(at, slope, np.sqrt(variance))).sum(axis=0)


def subsample_table(
    rows: pd.DataFrame, cells: Cells, priors: Mapping[str, Prior], seed: int
) -> pd.DataFrame:
    """Estimate the slope from repeated samples of growing size.

    Returns
    -------
    pandas.DataFrame
        ``n, draw, mean_score, mle, map, laplace_sd, posterior_mean, posterior_sd,
        posterior_below``: of each sample the mean score (points), estimates of the slope (points
        per doubling), and the posterior probability of a slope below that of all participants.
    """
    whole = least_squares(cells)[1]
    return pd.concat(_tables(rows, cells, priors, whole, seed), ignore_index=True)


def _tables(
    rows: pd.DataFrame, cells: Cells, priors: Mapping[str, Prior], whole: float, seed: int
) -> Iterator[pd.DataFrame]:
    for size in sample_sizes(int(cells.total)):
        samples = draw_subsamples(rows, cells, size, np.random.default_rng([seed, size]))
        mode, laplace_sd = posterior_modes(samples, priors)
        mean, sd, below = slope_posteriors(samples, priors, np.log(mode[:, 2]), whole)
        columns = {
            "n": size,
            "draw": np.arange(1, len(mode) + 1),
            "mean_score": samples.level,
            "mle": least_squares(samples)[:, 1],
            "map": mode[:, 1],
            "laplace_sd": laplace_sd,
            "posterior_mean": mean,
            "posterior_sd": sd,
            "posterior_below": below,
        }
        yield pd.DataFrame(columns)


def sample_size_table(
    subsamples: pd.DataFrame, cells: Cells, priors: Mapping[str, Prior], mass: float
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
    whole = float(least_squares(cells)[1])
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
