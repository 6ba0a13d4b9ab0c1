"""The exact posterior of the pooled model, by one-dimensional quadrature."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from enem.check.verdict import Check
from enem.models.cells import CellGrid
from enem.models.likelihood import common_line, log_collapsed_likelihood
from enem.models.priors import Prior, line_prior_mean, line_prior_sd

NODES = 2001


def pooled_moments(grid: CellGrid, priors: Mapping[str, Prior]) -> pd.DataFrame:
    """Posterior mean and sd of intercept, slope and sigma, without sampling.

    Given sigma the line is Gaussian (the normal part of normal-inverse-gamma); the posterior of
    log sigma is integrated by the trapezoidal rule, whose error falls exponentially for such a
    density.

    Parameters
    ----------
    grid
        Cells; school types are merged.
    priors
        Of ``intercept``, ``slope`` and ``sigma``.

    Returns
    -------
    pandas.DataFrame
        Index ``intercept, slope, sigma``; columns ``mean, sd``, points.
    """
    data = grid.over_school_types()
    centre = line_prior_mean(priors)
    sd = line_prior_sd(priors)
    sigma = np.exp(_sigma_nodes(data, priors, centre, sd))
    parameters = {"sigma": sigma[:, None, None], **centre}
    log_density = log_collapsed_likelihood(parameters, sd, data.n, data.mean, data.ss, data.x)
    log_density = log_density + priors["sigma"].log_density(sigma) + np.log(sigma)
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    line = common_line(parameters, sd, data.n, data.mean, data.x)
    moments = {
        "intercept": (centre["intercept"] + line.shift1[:, 0, 0], line.cov11[:, 0, 0]),
        "slope": (centre["slope"] + line.shift2[:, 0, 0], line.cov22[:, 0, 0]),
        "sigma": (sigma, np.zeros_like(sigma)),
    }
    return pd.DataFrame({k: _mixture(weight, *v) for k, v in moments.items()}, ["mean", "sd"]).T


def _sigma_nodes(
    data: CellGrid, priors: Mapping[str, Prior], centre: Mapping[str, float], sd: tuple
) -> np.ndarray:
    """Place nodes of log sigma evenly over where its posterior is not negligible."""
    coarse = np.linspace(np.log(1e-2), np.log(1e4), 20001)
    sigma = np.exp(coarse)
    parameters = {"sigma": sigma[:, None, None], **centre}
    density = log_collapsed_likelihood(parameters, sd, data.n, data.mean, data.ss, data.x)
    density = density + priors["sigma"].log_density(sigma) + coarse
    inside = coarse[density > density.max() - 40]
    return np.linspace(inside[0] - 1e-3, inside[-1] + 1e-3, NODES)


def _mixture(weight: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> list[float]:
    centre = weight @ mean
    return [float(centre), float(np.sqrt(weight @ (variance + (mean - centre) ** 2)))]


def closed_form_check(summary: pd.DataFrame, exact: pd.DataFrame, mcse_multiple: float) -> Check:
    """Hold sampled means against exact ones, in Monte Carlo standard errors."""
    sampled = summary.set_index("parameter").loc[exact.index]
    distance = (sampled["mean"] - exact["mean"]).abs() / sampled["mcse_mean"]
    if not np.isfinite(distance).all():
        undefined = distance.index[~np.isfinite(distance)][0]
        message = f"The sampled mean of {undefined} or its Monte Carlo error is undefined."
        details = {"case": "undefined", "parameter": undefined}
        return Check("closed_form", False, None, mcse_multiple, message, details)
    worst = distance.idxmax()
    value = float(distance[worst])
    message = (
        f"The sampled mean of {worst} lies {value:.1f} Monte Carlo standard errors from its "
        f"exact value {exact.loc[worst, 'mean']:.2f} (below {mcse_multiple:g} wanted)."
    )
    details = {
        "case": "worst",
        "parameter": worst,
        "exact": float(exact.loc[worst, "mean"]),
        "sampled": float(sampled.loc[worst, "mean"]),
    }
    return Check("closed_form", value < mcse_multiple, value, mcse_multiple, message, details)
