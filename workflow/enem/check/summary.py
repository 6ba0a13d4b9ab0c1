"""Posterior summaries and Monte Carlo diagnostics of every parameter."""

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr

from enem.mixed.design import Design
from enem.mixed.parameters import parameter_draws, table_name


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
    data, ends = draws.to_dataset(name="value"), [(1 - mass) / 2, 0.5, (1 + mass) / 2]
    columns = {
        "parameter": draws["parameter"].to_numpy(),
        "mean": draws.mean(("chain", "draw"), skipna=False).to_numpy(),
        "sd": draws.std(("chain", "draw"), ddof=1, skipna=False).to_numpy(),
    }
    low, columns["median"], high = np.quantile(draws, ends, axis=(0, 1))
    columns |= {"interval_low": low, "interval_high": high}
    columns["mcse_mean"] = azs.mcse(data, method="mean")["value"].to_numpy()
    for method in ("bulk", "tail"):
        columns[f"ess_{method}"] = azs.ess(data, method=method)["value"].to_numpy()
    columns["r_hat"] = azs.rhat(data, method="rank")["value"].to_numpy()
    return pd.DataFrame(columns)


def participants_behind(parameters: pd.Series, design: Design) -> pd.Series:
    """Count the participants behind each parameter of a group; missing for the others.

    Parameters
    ----------
    parameters
        Table names such as ``slope[privada]``, ``bracket[Q]`` or ``cell[privada, Q]``.
    design
        The model's columns and rows.
    """
    counts = np.bincount(design.pattern, design.n, len(design.patterns)) @ (design.patterns != 0)
    factors = {block.variable: block.factor for block in design.spec.blocks}
    keys = [(factors.get(of.variable, (of.variable,)), of.labels) for of in design.coefficients]
    # ascending, so that the last of a key is the largest: a column of incomes is 0 where the
    # income is that of the intercept
    largest = {keys[at]: counts[at] for at in np.argsort(counts, kind="stable")}
    names = [table_name(of.variable, of.labels) for of in design.coefficients]
    known = {name: largest[key] for name, key in zip(names, keys, strict=True) if key[1]}
    if design.spec.by_school_type:
        of_types = design.cell_sums(design.n).sum(axis=1)
        known |= {f"sigma[{t}]": n for t, n in zip(design.school_types, of_types, strict=True)}
    return parameters.map(known).astype(float)
