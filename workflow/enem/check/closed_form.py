"""The exact posterior of a regression without scales, by one-dimensional quadrature."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from enem.check.verdict import Check, undefined
from enem.mixed.design import Design
from enem.mixed.packing import prior_means
from enem.mixed.priors import Prior

NODES = 2001


def has_closed_form(design: Design) -> bool:
    """Whether nothing but one sigma and common coefficients is unknown."""
    return not design.spec.scales and len(design.sigma_labels) == 1


def pooled_moments(design: Design, priors: Mapping[str, Prior]) -> pd.DataFrame:
    """Posterior mean and sd of common coefficients and sigma, without sampling.

    Given sigma the coefficients are Gaussian (the normal part of normal-inverse-gamma); the
    posterior of log sigma is integrated by the trapezoidal rule, whose error falls exponentially
    for such a density.

    Parameters
    ----------
    design
        Columns and sums; `has_closed_form`.
    priors
        By key of config.yaml, points.

    Returns
    -------
    pandas.DataFrame
        Index of parameters; columns ``mean, sd``, points.
    """
    coarse = np.linspace(np.log(1e-2), np.log(1e4), 20001)
    density = _given(np.exp(coarse), design, priors)[0]
    inside = coarse[density > density.max() - 40]
    sigma = np.exp(np.linspace(inside[0] - 1e-3, inside[-1] + 1e-3, NODES))
    density, mean, variance = _given(sigma, design, priors)
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    mean, variance = np.column_stack([mean, sigma]), np.column_stack([variance, 0 * sigma])
    centre = weight @ mean
    sd = np.sqrt(weight @ (variance + (mean - centre) ** 2))
    names = [*(of.variable for of in design.coefficients), "sigma"]
    return pd.DataFrame({"mean": centre, "sd": sd}, names)


def _given(
    sigma: np.ndarray, design: Design, priors: Mapping[str, Prior]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log posterior density of log sigma (N,); mean and variance of coefficients there, (N, P)."""
    centre = prior_means(design, priors)
    precision = np.diag([priors[of.prior].arguments["sd"] ** -2.0 for of in design.coefficients])
    columns = design.patterns[design.pattern]
    away = design.mean - columns @ centre
    xx, xy = (columns.T * design.n) @ columns, columns.T @ (design.n * away)
    yy = design.ss.sum() + (design.n * away**2).sum()
    covariance = np.linalg.inv(sigma[:, None, None] ** -2.0 * xx + precision)
    shift = covariance @ xy * sigma[:, None] ** -2.0
    value = (1 - design.n.sum()) * np.log(sigma) + 0.5 * (shift @ xy - yy) / sigma**2
    value += 0.5 * np.linalg.slogdet(covariance)[1] + priors["sigma"].log_density(sigma)
    return value, centre + shift, np.diagonal(covariance, axis1=1, axis2=2)


def closed_form_check(summary: pd.DataFrame, exact: pd.DataFrame, mcse_multiple: float) -> Check:
    """Hold sampled means against exact ones, in Monte Carlo standard errors."""
    sampled = summary.set_index("parameter").loc[exact.index]
    distance = (sampled["mean"] - exact["mean"]).abs() / sampled["mcse_mean"]
    unknown = distance.index[~np.isfinite(distance)]
    if len(unknown):
        return undefined("closed_form", mcse_multiple, parameter=unknown[0])
    worst = distance.idxmax()
    value, means = float(distance[worst]), (exact.loc[worst, "mean"], sampled.loc[worst, "mean"])
    details = dict(zip(("exact", "sampled"), map(float, means), strict=True))
    details = {"case": "worst", "parameter": worst, **details}
    return Check("closed_form", value < mcse_multiple, value, mcse_multiple, details=details)
