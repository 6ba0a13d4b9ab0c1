"""The law of large numbers at work on the mean score, and how conservative Chebyshev is."""

import numpy as np
import pandas as pd
from scipy import stats

from enem.estimation.regression import Cells

DISTANCE_IN_SD = 0.1
"""Distance from the mean of all participants that counts as far, in sds of the scores."""


def chebyshev_table(subsamples: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    r"""How often means of n participants are far from the mean of all, and what bounds that.

    Chebyshev's inequality: :math:`P(|\bar y_n - \mu| \ge \epsilon) \le \sigma^2 / (n \epsilon^2)`
    for independent draws of any distribution of mean mu and variance sigma^2.

    Parameters
    ----------
    subsamples
        Table of `enem.estimation.sample_size.subsample_table`, drawn with replacement, so that mu
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
