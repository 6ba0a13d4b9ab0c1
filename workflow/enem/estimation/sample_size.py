"""What sample size does to mean and regression: the law of large numbers, estimators, coverage."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from enem.estimation.regression import Cells, least_squares, log_posterior_of_sigma, posterior_modes
from enem.mixed.priors import Prior

SIZES = tuple(size for power in range(1, 8) for size in (10**power, 3 * 10**power) if size >= 30)
"""30, 100, 300, 1,000 and so on; those below the size of the whole are used."""
DRAWS = 400
FEWEST = 50
MOST_ROWS = 20_000_000
"""Rows drawn per size: where 400 samples would hold more, there are fewer, 50 at least."""
BLOCK = 1_000_000

NODES = 121
WIDTH = 9.0
"""Posterior sds of log sigma on each side over which it is integrated."""

DISTANCE_IN_SD = 0.1
"""Distance from the mean of all participants that counts as far, in sds of the scores."""


def sample_sizes(participants: int) -> list[int]:
    """Sizes of the subsamples, the size of the whole last."""
    return [size for size in SIZES if size < participants] + [participants]


def draw_subsamples(rows: pd.DataFrame, cells: Cells, size: int, rng: np.random.Generator) -> Cells:
    """Draw samples of `size` participants with replacement, collapsed to cells.

    With replacement the draws are independent and the participants are their exact population,
    which is what the law of large numbers and Chebyshev's inequality speak of.

    Parameters
    ----------
    rows
        ``income_bracket, score``.
    cells
        For brackets and incomes.
    size
        Participants of each sample.
    rng
        Source of the draws.

    Returns
    -------
    Cells
        Statistics of shape (samples, B).
    """
    count = int(np.clip(MOST_ROWS // size, FEWEST, DRAWS))
    bracket = pd.Index(cells.brackets).get_indexer(rows["income_bracket"])
    score = rows["score"].to_numpy(float)
    block = max(1, BLOCK // size)
    parts = [
        _draw(bracket, score - score.mean(), (min(block, count - i), size), len(cells.x), rng)
        for i in range(0, count, block)
    ]
    n, total, squares = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    mean = total / np.maximum(n, 1)
    ss = np.maximum(squares - n * mean**2, 0.0)
    return Cells(cells.brackets, cells.x, n, np.where(n > 0, mean + score.mean(), 0), ss)


def _draw(
    bracket: np.ndarray,
    score: np.ndarray,
    shape: tuple[int, int],
    brackets: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts, sums and sums of squares by bracket, each (samples, B)."""
    chosen = rng.integers(0, len(score), shape)
    cell = (bracket[chosen] + brackets * np.arange(shape[0])[:, None]).ravel()
    y = score[chosen].ravel()
    length = brackets * shape[0]
    weights = (None, y, y**2)
    counts = (np.bincount(cell, weight, length).astype(float) for weight in weights)
    n, total, squares = (array.reshape(shape[0], brackets) for array in counts)
    return n, total, squares


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
    whole, tables = least_squares(cells)[1], []
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
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


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


def chebyshev_table(subsamples: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    r"""How often means of n participants are far from the mean of all, and what bounds that.

    Chebyshev's inequality: :math:`P(|\bar y_n - \mu| \ge \epsilon) \le \sigma^2 / (n \epsilon^2)`
    for independent draws of any distribution of mean mu and variance sigma^2.

    Parameters
    ----------
    subsamples
        Of `subsample_table`, drawn with replacement, so that mu
        and sigma^2 are those of all participants exactly.
    cells
        Of all participants.

    Returns
    -------
    pandas.DataFrame
        ``n, draws, mean, sd, distance, far, tail, bound, gaussian``: mean and sd of all scores
        and the distance (points), how many samples' means lie at least that far and their share,
        Chebyshev's bound (1 at most), and the probability by the central limit theorem.
    """
    mean = float(cells.level)
    sd = float(np.sqrt(cells.squares(mean) / cells.total))
    distance = DISTANCE_IN_SD * sd
    far = (subsamples["mean_score"] - mean).abs() >= distance
    counts = far.groupby(subsamples["n"]).agg(draws="size", far="sum").reset_index()
    standardised = DISTANCE_IN_SD * np.sqrt(counts["n"])
    return pd.DataFrame(
        {
            "n": counts["n"],
            "draws": counts["draws"],
            "mean": mean,
            "sd": sd,
            "distance": distance,
            "far": counts["far"],
            "tail": counts["far"] / counts["draws"],
            "bound": np.minimum(1.0, 1 / standardised**2),
            "gaussian": 2 * stats.norm.sf(standardised),
        }
    )
