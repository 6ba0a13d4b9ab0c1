"""How far the posterior depends on the priors and on the incomes assumed for brackets."""

from collections.abc import Mapping
from typing import Any

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr

from enem.check.verdict import Check
from enem.mixed.design import Design
from enem.mixed.likelihood import log_likelihoods
from enem.mixed.packing import pack, prior_means
from enem.mixed.parameters import parameter_draws
from enem.mixed.priors import Prior
from enem.mixed.rows import coefficient_values, scale_values

DRAWS = 500
"""Draws of a chain that are weighted at most, every k-th of them."""


def power_scaling(
    posterior: xr.Dataset, design: Design, priors: Mapping[str, Prior]
) -> pd.DataFrame:
    """Sensitivity of every parameter to power-scaling the priors and the likelihood.

    Kallioinen et al., Statistics and Computing 34, 57 (2024).  Priors are those of scales, sigmas
    and common coefficients; the likelihood is that of these, effects of groups integrated out.

    Returns
    -------
    pandas.DataFrame
        ``parameter, prior, likelihood``: cumulative Jensen-Shannon distance per unit of log2
        power.
    """
    posterior = posterior.isel(draw=slice(None, None, -(-posterior.sizes["draw"] // DRAWS)))
    values = scale_values(posterior, design)
    fixed = len(design.coefficients) - design.common
    common = coefficient_values(posterior, design)[:, fixed:]
    away = common - prior_means(design, priors)[fixed:]
    densities = {
        "log_prior": _log_priors(values, common, design, priors),
        "log_likelihood": log_likelihoods(design, pack(design, priors), values, away),
    }
    draws = parameter_draws(posterior)
    shape = draws.shape[:2]
    tree = {
        name: xr.Dataset({"value": (("chain", "draw"), of.reshape(shape))})
        for name, of in densities.items()
    }
    tree["posterior"] = draws.to_dataset(name="value")
    tree = xr.DataTree.from_dict(tree)
    columns = {g: azs.psense(tree, group=g)["value"].to_numpy() for g in ("prior", "likelihood")}
    return pd.DataFrame({"parameter": draws["parameter"].to_numpy(), **columns})


def _log_priors(
    values: np.ndarray, common: np.ndarray, design: Design, priors: Mapping[str, Prior]
) -> np.ndarray:
    spec = design.spec
    keys = ["sigma"] * len(design.sigma_labels) + [spec.scale_priors[k] for k in spec.scales]
    keys += [of.prior for of in design.coefficients[len(design.coefficients) - design.common :]]
    columns = np.concatenate([values, common], axis=1).T
    return sum(priors[key].log_density(of) for key, of in zip(keys, columns, strict=True))


JUDGED = ("intercept", "slope", "context", "sigma")
"""Parameters that are judged, of a group or of everybody."""


def prior_sensitivity_check(
    table: pd.DataFrame, participants: pd.Series, threshold: float, minimum: float = 100
) -> Check:
    """Check that priors do not move what many participants speak of.

    Judged are lines and sigmas with at least `minimum` participants behind them; a scale of four
    group effects, or a group of three people, depends on its prior by nature.
    """
    own = table["parameter"].str.partition("[")[0].isin(JUDGED)
    judged = table[own & (participants.to_numpy() >= minimum)]
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
