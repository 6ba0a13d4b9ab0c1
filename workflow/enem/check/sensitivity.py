"""How far the posterior depends on the priors and on the incomes assumed for brackets."""

from collections.abc import Mapping
from typing import Any

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr

from enem.check.scores import hyperparameter_columns
from enem.check.verdict import Check
from enem.models.cells import CellGrid
from enem.models.likelihood import log_likelihood_of
from enem.models.parameters import parameter_draws
from enem.models.priors import Prior
from enem.models.specification import Specification


def power_scaling(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, priors: Mapping[str, Prior]
) -> pd.DataFrame:
    """Sensitivity of every parameter to power-scaling the priors and the likelihood.

    Kallioinen et al., Statistics and Computing 34, 57 (2024).  The likelihood is that of the
    hyperparameters, group effects integrated out.

    Returns
    -------
    pandas.DataFrame
        ``parameter, prior, likelihood``: cumulative Jensen-Shannon distance per unit of log2
        power.
    """
    names = ["intercept", "slope", *spec.scales, "sigma"]
    log_prior = sum(_sum_groups(priors[name].log_density(posterior[name])) for name in names)
    parameters = hyperparameter_columns(posterior, spec)
    log_likelihood = log_likelihood_of(parameters, spec.data(grid)).reshape(log_prior.shape)
    draws = parameter_draws(posterior)
    tree = xr.DataTree.from_dict(
        {
            "posterior": draws.to_dataset(name="value"),
            "log_prior": log_prior.to_dataset(name="value"),
            "log_likelihood": log_prior.copy(data=log_likelihood).to_dataset(name="value"),
        }
    )
    columns = {g: azs.psense(tree, group=g)["value"].to_numpy() for g in ("prior", "likelihood")}
    return pd.DataFrame({"parameter": draws["parameter"].to_numpy(), **columns})


def _sum_groups(values: xr.DataArray) -> xr.DataArray:
    return values.sum([dim for dim in values.dims if dim not in ("chain", "draw")])


def prior_sensitivity_check(
    table: pd.DataFrame, participants: pd.Series, threshold: float, minimum: float = 100
) -> Check:
    """Check that priors do not move what many participants speak of.

    Judged are lines and sigmas with at least `minimum` participants behind them; a scale of four
    group effects, or a group of three people, depends on its prior by nature.
    """
    judged = table[participants.to_numpy() >= minimum]
    judged = judged[~judged["parameter"].str.startswith("deviation")]
    if judged.empty:
        message = f"No group has {minimum:g} participants, so every estimate leans on its prior."
        details = {"case": "not_judged", "participants": minimum}
        return Check("prior_sensitivity", None, None, threshold, message, details)
    undefined = judged[~np.isfinite(judged["prior"])]
    if not undefined.empty:
        parameter = undefined["parameter"].iloc[0]
        message = f"The prior sensitivity of {parameter} is undefined."
        details = {"case": "undefined", "parameter": parameter}
        return Check("prior_sensitivity", False, None, threshold, message, details)
    worst = judged.loc[judged["prior"].idxmax()]
    value = float(worst["prior"])
    message = (
        f"Power-scaling the priors moves {worst['parameter']} most, by {value:.3f} "
        f"(below {threshold:g} wanted)."
    )
    details = {"case": "worst", "parameter": worst["parameter"]}
    return Check("prior_sensitivity", value < threshold, value, threshold, message, details)


def income_sensitivity_check(record: Mapping[str, Any], threshold: float) -> Check:
    """Check how much other incomes for the brackets without bounds move the slope's mode."""
    base = record["map"].get("slope")
    slopes = {e["assumption"]: e["slope"] for e in record["income_sensitivity"]}
    known = {name: slope for name, slope in slopes.items() if slope is not None}
    if base is None or not known:
        message = "The slope has no mode to compare under other incomes."
        details = {"case": "no_mode"}
        return Check("income_sensitivity", None, None, threshold, message, details)
    worst = max(known, key=lambda name: abs(known[name] - base))
    change = abs(known[worst] - base)
    sd = record["laplace_sd"].get("slope")
    relative = "" if sd is None else f"{change / sd:.1f} of its posterior sd; "
    message = (
        f"With {worst} the slope's posterior mode moves by {change:.2f} points per doubling, "
        f"from {base:.2f} to {known[worst]:.2f} ({relative}below {threshold:g} points wanted)."
    )
    details = {"case": "moved", "assumption": worst, "before": base, "after": known[worst]}
    return Check("income_sensitivity", change < threshold, change, threshold, message, details)
