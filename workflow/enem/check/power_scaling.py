"""How far the posterior depends on the priors."""

from collections.abc import Mapping

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr

from enem.check.verdict import Check, undefined
from enem.mixed.density import log_likelihoods
from enem.mixed.design import Design
from enem.mixed.packing import pack, prior_means
from enem.mixed.parameters import parameter_draws
from enem.mixed.priors import Prior
from enem.mixed.rows import coefficient_values, scale_values

DRAWS = 500
"""Draws of a chain that are weighted at most, every k-th of them."""

JUDGED = ("intercept", "slope", "context", "sigma")
"""Parameters that are judged, of a group or of everybody."""


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
    spec, fixed = design.spec, len(design.coefficients) - design.common
    values, common = scale_values(posterior, design), coefficient_values(posterior, design)
    common = common[:, fixed:]
    away = common - prior_means(design, priors)[fixed:]
    keys = ["sigma"] * len(design.sigma_labels) + [spec.scale_priors[k] for k in spec.scales]
    keys += [of.prior for of in design.coefficients[fixed:]]
    columns = zip(keys, np.concatenate([values, common], axis=1).T, strict=True)
    densities = {
        "log_prior": sum(priors[key].log_density(of) for key, of in columns),
        "log_likelihood": log_likelihoods(pack(design, priors), values, away),
    }
    draws = parameter_draws(posterior)
    tree = {
        name: xr.Dataset({"value": (("chain", "draw"), of.reshape(draws.shape[:2]))})
        for name, of in densities.items()
    }
    tree = xr.DataTree.from_dict({**tree, "posterior": draws.to_dataset(name="value")})
    found = {g: azs.psense(tree, group=g)["value"].to_numpy() for g in ("prior", "likelihood")}
    return pd.DataFrame({"parameter": draws["parameter"].to_numpy(), **found})


def prior_sensitivity_check(
    table: pd.DataFrame, participants: pd.Series, threshold: float, minimum: float = 100
) -> Check:
    """Check that priors do not move what many participants speak of.

    Judged are lines and sigmas with at least `minimum` participants behind them; a scale of four
    group effects, or a group of three people, depends on its prior by nature.
    """
    own = table["parameter"].str.partition("[")[0].isin(JUDGED)
    judged = table[own & (participants.to_numpy() >= minimum)].set_index("parameter")["prior"]
    if judged.empty:
        details = {"case": "not_judged", "participants": minimum}
        return Check("prior_sensitivity", None, None, threshold, details=details)
    unknown = judged.index[~np.isfinite(judged)]
    if len(unknown):
        return undefined("prior_sensitivity", threshold, parameter=unknown[0])
    value, details = float(judged.max()), {"case": "worst", "parameter": judged.idxmax()}
    return Check("prior_sensitivity", value < threshold, value, threshold, details=details)
