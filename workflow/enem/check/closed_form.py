"""The exact posterior of a regression without scales, by one-dimensional quadrature."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from enem.check.verdict import Check
from enem.mixed.design import Design
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
    regression = _Regression(design, priors)
    sigma = np.exp(_sigma_nodes(regression, priors["sigma"]))
    log_density, mean, variance = regression.given(sigma)
    weight = _weights(log_density + priors["sigma"].log_density(sigma) + np.log(sigma))
    names = [of.variable for of in design.coefficients]
    moments = {name: _mixture(weight, mean[:, i], variance[:, i]) for i, name in enumerate(names)}
    moments["sigma"] = _mixture(weight, sigma, np.zeros_like(sigma))
    return pd.DataFrame(moments, ["mean", "sd"]).T


class _Regression:
    """Sums of the rows and the coefficients' prior."""

    def __init__(self, design: Design, priors: Mapping[str, Prior]) -> None:
        arguments = [priors[of.prior].arguments for of in design.coefficients]
        self.centre = np.array([a["mean"] for a in arguments])
        self.precision = np.diag([a["sd"] ** -2.0 for a in arguments])
        columns = design.patterns[design.pattern]
        away = design.mean - columns @ self.centre
        self.n = design.n.sum()
        self.xx, self.xy = (columns.T * design.n) @ columns, columns.T @ (design.n * away)
        self.yy = design.ss.sum() + (design.n * away**2).sum()

    def given(self, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log density of the scores at each sigma; mean and variance of the coefficients."""
        weight = sigma[:, None, None] ** -2.0
        covariance = np.linalg.inv(weight * self.xx + self.precision)
        shift = covariance @ self.xy * sigma[:, None] ** -2.0
        fitted = (shift @ self.xy) / sigma**2
        value = -self.n * np.log(sigma) + 0.5 * (fitted - self.yy / sigma**2)
        value += 0.5 * np.linalg.slogdet(covariance)[1]
        variance = np.diagonal(covariance, axis1=1, axis2=2)
        return value, self.centre + shift, variance


def _sigma_nodes(regression: _Regression, prior: Prior) -> np.ndarray:
    """Place nodes of log sigma evenly over where its posterior is not negligible."""
    coarse = np.linspace(np.log(1e-2), np.log(1e4), 20001)
    sigma = np.exp(coarse)
    density = regression.given(sigma)[0] + prior.log_density(sigma) + coarse
    inside = coarse[density > density.max() - 40]
    return np.linspace(inside[0] - 1e-3, inside[-1] + 1e-3, NODES)


def _weights(log_density: np.ndarray) -> np.ndarray:
    weight = np.exp(log_density - log_density.max())
    return weight / weight.sum()


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
