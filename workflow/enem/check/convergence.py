"""Whether the draws represent the posterior."""

from collections.abc import Mapping

import arviz_stats as azs
import numpy as np
import pandas as pd
import xarray as xr

from enem.check.verdict import Check, undefined


def convergence_checks(
    summary: pd.DataFrame, statistics: xr.Dataset, thresholds: Mapping[str, float]
) -> list[Check]:
    """Check R-hat, ESS, divergences, E-BFMI and Monte Carlo error.

    Parameters
    ----------
    summary
        Table of `enem.check.summary.summarise`.
    statistics
        Sampler statistics with ``diverging`` and ``energy``, dims (chain, draw).
    thresholds
        ``r_hat_max``, ``ess_min``, ``divergences_max``, ``e_bfmi_min`` and ``mcse_to_sd_max``.
    """
    s, limits = summary.set_index("parameter"), thresholds
    ratio = s["mcse_mean"] / s["sd"]
    divergences, allowed = int(statistics["diverging"].sum()), limits["divergences_max"]
    message = f"{divergences} divergent transitions (at most {allowed:g} allowed)."
    few, details = divergences <= allowed, {"case": "counted"}
    return [
        _worst("r_hat", s["r_hat"], limits["r_hat_max"], "largest", "rank-normalised R-hat"),
        _worst("ess_bulk", s["ess_bulk"], limits["ess_min"], "smallest", "bulk ESS"),
        _worst("ess_tail", s["ess_tail"], limits["ess_min"], "smallest", "tail ESS"),
        Check("divergences", few, divergences, allowed, message, details),
        _energy(azs.bfmi(statistics)["energy"].to_numpy(), limits["e_bfmi_min"]),
        _worst("mcse", ratio, limits["mcse_to_sd_max"], "largest", "Monte Carlo error per sd"),
    ]


def _energy(bfmi: np.ndarray, threshold: float) -> Check:
    """Hold the lowest chain's E-BFMI against the threshold; a chain that never moves fails."""
    if not np.isfinite(bfmi).all():
        chain = int(np.flatnonzero(~np.isfinite(bfmi))[0])
        message = f"The E-BFMI of chain {chain} is undefined: its energy is constant or missing."
        return undefined("e_bfmi", threshold, message, chain=chain)
    lowest = float(bfmi.min())
    message = f"The smallest E-BFMI of the chains is {lowest:.2f} (above {threshold:g} wanted)."
    return Check("e_bfmi", lowest > threshold, lowest, threshold, message, {"case": "worst"})


def _worst(name: str, values: pd.Series, threshold: float, which: str, what: str) -> Check:
    """Hold the worst parameter's value against the threshold; NaN and infinity fail."""
    unknown = values.index[~np.isfinite(values)]
    if len(unknown):
        message = f"The {what} of {unknown[0]} is undefined."
        return undefined(name, threshold, message, parameter=unknown[0])
    parameter = values.idxmax() if which == "largest" else values.idxmin()
    value = float(values[parameter])
    passed = value < threshold if which == "largest" else value >= threshold
    bound = "below" if which == "largest" else "at least"
    digits = f"{value:.0f}" if value >= 10 else f"{value:.4f}"
    message = f"The {which} {what} is {digits}, of {parameter} ({bound} {threshold:g} wanted)."
    return Check(name, passed, value, threshold, message, {"case": "worst", "parameter": parameter})
