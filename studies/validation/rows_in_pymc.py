"""The school type model written on rows in PyMC, sharing no code with the library."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from enem.models.priors import Prior

RAW = ["raw_intercept", "raw_slope"]
"""Standard deviates that the group effects are made of."""


def rows_model(
    rows: pd.DataFrame, school_types: Sequence[str], priors: Mapping[str, Prior]
) -> pm.Model:
    """Build the model with one likelihood term a participant, group effects not centred.

    Parameters
    ----------
    rows
        ``school_type, score, x``.
    school_types
        Groups, those without participants included.
    priors
        In the families of ``config.yaml``: normal, half-normal and log-normal.
    """
    group = pd.Categorical(rows["school_type"], categories=list(school_types)).codes
    a = {name: prior.arguments for name, prior in priors.items()}
    with pm.Model(coords={"school_type": list(school_types)}) as model:
        intercept = pm.Normal("intercept", a["intercept"]["mean"], a["intercept"]["sd"])
        slope = pm.Normal("slope", a["slope"]["mean"], a["slope"]["sd"])
        tau_intercept = pm.HalfNormal("tau_intercept", a["tau_intercept"]["sd"])
        tau_slope = pm.HalfNormal("tau_slope", a["tau_slope"]["sd"])
        log_median, log_sd = np.log(a["sigma"]["median"]), a["sigma"]["log_sd"]
        sigma = pm.LogNormal("sigma", log_median, log_sd, dims="school_type")
        raw_intercept = pm.Normal("raw_intercept", dims="school_type")
        raw_slope = pm.Normal("raw_slope", dims="school_type")
        intercepts = pm.Deterministic(
            "intercept_school_type", intercept + tau_intercept * raw_intercept, dims="school_type"
        )
        slopes = pm.Deterministic(
            "slope_school_type", slope + tau_slope * raw_slope, dims="school_type"
        )
        expected = intercepts[group] + slopes[group] * rows["x"].to_numpy()
        pm.Normal("score", expected, sigma[group], observed=rows["score"].to_numpy())
    return model


def sample_rows(
    rows: pd.DataFrame, school_types: Sequence[str], priors: Mapping[str, Prior], draws: int = 600
) -> xr.Dataset:
    """Sample every parameter with PyMC's own NUTS.

    Parameters
    ----------
    rows, school_types, priors
        As of `rows_model`.
    draws
        Kept per chain, after as many of warm-up.

    Raises
    ------
    RuntimeError
        The sampler diverged: it then misses the tail of tau_slope and is no reference.
    """
    with rows_model(rows, school_types, priors):
        drawn = pm.sample(
            draws=draws,
            tune=draws,
            chains=4,
            cores=2,
            random_seed=3,
            target_accept=0.99,
            nuts_sampler="pymc",
            progressbar=False,
            compute_convergence_checks=False,
        )
    if divergences := int(drawn["sample_stats"]["diverging"].sum()):
        raise RuntimeError(
            f"{divergences} divergent transitions on rows: draw more, or raise target_accept."
        )
    return drawn["posterior"].to_dataset().drop_vars(RAW)
