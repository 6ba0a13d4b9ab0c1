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
    divergences, allowed = int(statistics["diverging"].sum()), limits["divergences_max"]
    few, details = divergences <= allowed, {"case": "counted"}
    return [
        _worst("r_hat", s["r_hat"], limits["r_hat_max"]),
        _worst("ess_bulk", s["ess_bulk"], limits["ess_min"], smallest=True),
        _worst("ess_tail", s["ess_tail"], limits["ess_min"], smallest=True),
        Check("divergences", few, divergences, allowed, details=details),
        _energy(azs.bfmi(statistics)["energy"].to_numpy(), limits["e_bfmi_min"]),
        _worst("mcse", s["mcse_mean"] / s["sd"], limits["mcse_to_sd_max"]),
    ]


def _energy(bfmi: np.ndarray, threshold: float) -> Check:
    """Hold the lowest chain's E-BFMI against the threshold; a chain that never moves fails."""
    if not np.isfinite(bfmi).all():
        return undefined("e_bfmi", threshold, chain=int(np.flatnonzero(~np.isfinite(bfmi))[0]))
    lowest = float(bfmi.min())
    return Check("e_bfmi", lowest > threshold, lowest, threshold, details={"case": "worst"})


def _worst(name: str, values: pd.Series, threshold: float, smallest: bool = False) -> Check:
    """Hold the worst parameter's value against the threshold; NaN and infinity fail."""
    unknown = values.index[~np.isfinite(values)]
    if len(unknown):
        return undefined(name, threshold, parameter=unknown[0])
    parameter = values.idxmin() if smallest else values.idxmax()
    value, details = float(values[parameter]), {"case": "worst", "parameter": parameter}
    passed = value >= threshold if smallest else value < threshold
    return Check(name, passed, value, threshold, details=details)
