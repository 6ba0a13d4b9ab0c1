"""What a prior does to the maximum: weight of all priors, and ridge regression on the slope."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from enem.estimation.likelihood import PARAMETERS
from enem.estimation.regression import REGRESSION, Cells, posterior_modes
from enem.mixed.estimates import PointEstimates
from enem.mixed.objective import Kind, Objective
from enem.mixed.priors import Prior
from enem.mixed.tables import Tables

WEIGHTS = (0.0, *10.0 ** np.linspace(-3, 3, 25))
"""Powers to which all priors are raised; 0 is flat, 1 the configured priors."""

POINTS = 61
FLAT = 1e6
"""Prior sd of the intercept, points, of which ridge regression has none."""


def prior_weight_path(
    cells: Cells, mle: PointEstimates, priors: Mapping[str, Prior]
) -> pd.DataFrame:
    """MAP of the textbook regression as its priors are made weaker and stronger.

    A Gaussian prior to the power w is a Gaussian of sd / sqrt(w); at w = 0 every prior is flat.

    Returns
    -------
    pandas.DataFrame
        ``prior_weight, parameter, map, mle, map_minus_mle_in_se``, the distance in standard
        errors of the MLE.
    """
    columns = ["prior_weight", "parameter", "map", "mle", "map_minus_mle_in_se"]
    if not mle.values:
        return pd.DataFrame(columns=columns)
    best, se = (np.array([of[name] for name in PARAMETERS]) for of in (mle.values, mle.sd))
    tables = []
    for weight in WEIGHTS:
        found, _ = posterior_modes(cells, priors, weight)
        values = (weight, PARAMETERS, found, best, (found - best) / se)
        tables.append(pd.DataFrame(dict(zip(columns, values, strict=True))))
    return pd.concat(tables, ignore_index=True)


def ridge_path(
    tables: Tables, cells: Cells, mle: PointEstimates, priors: Mapping[str, Prior]
) -> pd.DataFrame:
    r"""Slope of the textbook regression under Gaussian priors of different width, at sigma's MLE.

    The log posterior density is, up to a constant,
    :math:`-\frac{1}{2\sigma^2} [\sum_i (y_i - \alpha - \beta x_i)^2 + \lambda (\beta - m)^2]`
    with :math:`\lambda = \sigma^2 / s^2` for the prior Normal(m, s): ridge regression towards m,
    the intercept unpenalised (Hoerl & Kennard, Technometrics 12 (1970) 55-67).

    Parameters
    ----------
    tables, cells, mle
        Of all participants.
    priors
        The mean of the slope's is kept, its sd is one of the points.

    Returns
    -------
    pandas.DataFrame
        ``prior_sd, ridge_lambda, map, ridge, mle, configured``: the best slope by the density of
        mixed models, and the ridge estimate in closed form.
    """
    columns = ["prior_sd", "ridge_lambda", "map", "ridge", "mle", "configured"]
    if not mle.values:
        return pd.DataFrame(columns=columns)
    centre, own = (priors["slope"].arguments[name] for name in ("mean", "sd"))
    sigma, se = mle.values["sigma"], mle.sd["slope"]
    widths = np.geomspace(se / 10, max(10 * se, 2 * own), POINTS)
    design = tables.design(REGRESSION)
    rows = []
    for width in np.sort(np.append(widths, own)):
        penalty = sigma**2 / width**2
        wide = Prior("normal", {**priors["intercept"].arguments, "sd": FLAT})
        narrow = Prior("normal", {"mean": centre, "sd": width})
        density = Objective(design, {**priors, "intercept": wide, "slope": narrow}, Kind.POSTERIOR)
        mode = density.coefficients(np.array([sigma]))[0][1]
        ridge = _ridge(cells, penalty, centre)
        rows.append((width, penalty, mode, ridge, mle.values["slope"], width == own))
    return pd.DataFrame(rows, columns=columns)


def _ridge(cells: Cells, penalty: float, centre: float) -> float:
    """Minimise squared errors plus `penalty` times the squared distance of slope and centre."""
    x = cells.x - cells.n @ cells.x / cells.total
    return float((cells.n @ (x * cells.mean) + penalty * centre) / (cells.n @ x**2 + penalty))
