"""Posterior summaries and Monte Carlo diagnostics of every parameter."""

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr

from enem.models.parameters import parameter_draws


def summarise(posterior: xr.Dataset, mass: float) -> pd.DataFrame:
    """Summarise every parameter.

    Parameters
    ----------
    posterior
        Draws, dims (chain, draw, ...).
    mass
        Probability of the equal-tailed intervals.

    Returns
    -------
    pandas.DataFrame
        ``parameter, mean, sd, median, interval_low, interval_high, mcse_mean, ess_bulk,
        ess_tail, r_hat``: rank-normalised split R-hat and ESS of Vehtari et al., Bayesian
        Analysis 16 (2021) 667-718.
    """
    draws = parameter_draws(posterior)
    data = draws.to_dataset(name="value")
    tails = (1 - mass) / 2
    low, median, high = np.quantile(draws, [tails, 0.5, 1 - tails], axis=(0, 1))
    return pd.DataFrame(
        {
            "parameter": draws["parameter"].to_numpy(),
            "mean": draws.mean(("chain", "draw"), skipna=False).to_numpy(),
            "sd": draws.std(("chain", "draw"), ddof=1, skipna=False).to_numpy(),
            "median": median,
            "interval_low": low,
            "interval_high": high,
            "mcse_mean": azs.mcse(data, method="mean")["value"].to_numpy(),
            "ess_bulk": azs.ess(data, method="bulk")["value"].to_numpy(),
            "ess_tail": azs.ess(data, method="tail")["value"].to_numpy(),
            "r_hat": azs.rhat(data, method="rank")["value"].to_numpy(),
        }
    )


def participants_behind(parameters: pd.Series, cells: pd.DataFrame) -> pd.Series:
    """Count the participants behind each group parameter; missing for the others.

    Parameters
    ----------
    parameters
        Table names such as ``slope[privada]``, ``deviation[Q]`` or ``deviation[privada, Q]``.
    cells
        The cells table.
    """
    school_type, bracket, n = cells["school_type"], cells["income_bracket"], cells["n"]
    of_both = n.groupby([school_type, bracket], observed=True).sum()
    known = {
        **n.groupby(school_type, observed=True).sum(),
        **n.groupby(bracket, observed=True).sum(),
        **{f"{g}, {b}": size for (g, b), size in of_both.items()},
    }
    return parameters.str.extract(r"\[(.*)\]$", expand=False).map(known).astype(float)
