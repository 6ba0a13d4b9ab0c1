"""How the scores of a participant go together, before and after a model of all of them at once."""

import numpy as np
import pandas as pd
import xarray as xr

from enem.compare.describe import STATISTICS, describe
from enem.mixed.design import Design


def correlation_table(posterior: xr.Dataset, design: Design, mass: float) -> pd.DataFrame:
    """Correlation of every two scores, as observed and of what the model leaves of them.

    Parameters
    ----------
    posterior
        Draws of ``correlation`` (pair).
    design
        The model on the sums of several outcomes.
    mass
        Probability of intervals.

    Returns
    -------
    pandas.DataFrame
        ``outcome, other_outcome, observed, mean, sd, interval_low, interval_high, n, definition``.
    """
    outcomes, observed = design.spec.outcomes, observed_correlations(design)
    levels = "".join(f", {level}" for level in reversed(design.spec.levels))
    rows = []
    for pair, first, second in zip(
        posterior["pair"].to_numpy(), *np.triu_indices(len(outcomes), 1), strict=True
    ):
        draws = posterior["correlation"].sel(pair=pair).to_numpy().ravel()
        rows.append(
            {
                "outcome": outcomes[first],
                "other_outcome": outcomes[second],
                "observed": observed[first, second],
                **describe(draws, mass),
                "n": int(design.n.sum()),
                "definition": f"correlation of what income, school type{levels} leave of two "
                "scores of a participant; observed: of the scores themselves",
            }
        )
    columns = ["outcome", "other_outcome", "observed", *STATISTICS, "n", "definition"]
    return pd.DataFrame(rows, columns=columns)


def observed_correlations(design: Design) -> np.ndarray:
    """Correlation of the scores themselves over all participants, (m, m)."""
    away = design.mean - np.average(design.mean, axis=0, weights=design.n)
    covariance = design.ss.sum(axis=0) + (design.n * away.T) @ away
    spread = np.sqrt(np.diag(covariance))
    return covariance / np.outer(spread, spread)
