"""Posterior moments with their Monte Carlo errors, and distances between two sets of them."""

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from enem.mixed.parameters import parameter_draws
from studies.validation.setting import FAMILY_LEVEL


def moments(posterior: xr.Dataset) -> pd.DataFrame:
    """Mean and sd of every parameter, points, with Monte Carlo errors ``mcse`` and ``mcse_sd``.

    Parameters
    ----------
    posterior
        As `enem.mixed.fit.complete_posterior` gives it.
    """
    draws = parameter_draws(posterior)
    data = draws.to_dataset(name="value")
    return pd.DataFrame(
        {
            "mean": draws.mean(("chain", "draw")).to_numpy(),
            "mcse": azs.mcse(data, method="mean")["value"].to_numpy(),
            "sd": draws.std(("chain", "draw")).to_numpy(),
            "mcse_sd": azs.mcse(data, method="sd")["value"].to_numpy(),
        },
        index=draws["parameter"].to_numpy(),
    )


def distances(found: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Hold moments against those of an independent source.

    Parameters
    ----------
    found, reference
        As `moments` gives them; an exact reference has Monte Carlo errors 0.

    Returns
    -------
    pandas.DataFrame
        ``parameter, moment, found, reference, standard_error`` (of both together),
        ``difference_in_errors``; one row a parameter of `reference` and moment.
    """
    here = found.loc[reference.index]
    tables = []
    for moment, error in (("mean", "mcse"), ("sd", "mcse_sd")):
        standard_error = np.hypot(here[error], reference[error])
        table = pd.DataFrame(
            {
                "parameter": reference.index,
                "moment": moment,
                "found": here[moment],
                "reference": reference[moment],
                "standard_error": standard_error,
                "difference_in_errors": (here[moment] - reference[moment]) / standard_error,
            }
        )
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def largest_allowed(comparisons: int) -> float:
    """Bound that `comparisons` standard normal values all keep with probability 0.99."""
    return float(norm.isf(FAMILY_LEVEL / 2 / comparisons))
