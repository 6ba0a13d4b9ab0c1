"""The models on rows in statsmodels, held against the likelihood of the cells.

statsmodels has one residual sd for all groups; so has the cells' likelihood here, which takes
any.  Given the variance components both are closed forms, and must agree to rounding.
"""

import warnings

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from enem.models.cells import CellGrid
from enem.models.group_effects import group_lines
from enem.models.likelihood import common_line, log_likelihood_of
from enem.models.specification import Specification

WIDE = (1e7, 1e7)
"""Prior sds of the common line that leave it to the data, points."""
COMPARED = ("pooled", "school_type", "income")
"""Models that statsmodels can fit here; with both school types and cells it stops where a variance
is 0, and its likelihood divides by it."""
TERMS = {"tau_intercept": "1", "tau_slope": "0 + x", "tau_cell": "0 + C(income_bracket)"}


def compare_model(rows: pd.DataFrame, spec: Specification, grid: CellGrid) -> pd.DataFrame:
    """Compare statsmodels on rows with the closed forms on cells, at statsmodels' variances.

    Returns
    -------
    pandas.DataFrame
        ``model, quantity, statsmodels, cells``: the maximised log likelihood, the common line
        and, for `school_type`, each group's line.
    """
    if not spec.scales:
        found, groups, scales = _least_squares(rows)
    else:
        found, groups, scales = _mixed_model(rows, spec)
    data = spec.data(grid)
    centre = scales | {"intercept": 0.0, "slope": 0.0}
    line = common_line(centre, WIDE, data.n, data.mean, data.x)
    at = scales | {"intercept": line.shift1.item(), "slope": line.shift2.item()}
    cells = {
        "log likelihood": float(log_likelihood_of(at, data)),
        "intercept": at["intercept"],
        "slope": at["slope"],
    }
    if spec.by_school_type and not spec.deviation_scale:
        own = group_lines(at, data)
        for index, group in enumerate(data.school_types):
            if group in groups:
                cells[f"intercept[{group}]"] = at["intercept"] + own.shift1[index, 0]
                cells[f"slope[{group}]"] = at["slope"] + own.shift2[index, 0]
                found[f"intercept[{group}]"] = found["intercept"] + groups[group]["intercept"]
                found[f"slope[{group}]"] = found["slope"] + groups[group]["slope"]
    names = list(cells)
    return pd.DataFrame(
        {
            "model": spec.name,
            "quantity": names,
            "statsmodels": [found[name] for name in names],
            "cells": [cells[name] for name in names],
        }
    )


Fit = tuple[dict[str, float], dict[str, dict[str, float]], dict[str, float]]
"""Log likelihood and common line, the groups' shifts, and the scales under their own names."""


def _least_squares(rows: pd.DataFrame) -> Fit:
    fit = OLS.from_formula("score ~ x", rows).fit()
    # the maximum likelihood sd, not the unbiased one
    sigma = float(np.sqrt(fit.ssr / fit.nobs))
    return _named(fit.llf, fit.params), {}, {"sigma": sigma}


def _mixed_model(rows: pd.DataFrame, spec: Specification) -> Fit:
    roles = [spec.role(name) for name in spec.scales]
    groups = rows["school_type"] if spec.by_school_type else np.zeros(len(rows))
    model = MixedLM.from_formula(
        "score ~ x",
        rows,
        groups=groups,
        re_formula="0",
        vc_formula={role: TERMS[role] for role in roles},
    )
    with warnings.catch_warnings():
        # whether statsmodels reached its own maximum is no matter: any variances serve
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = model.fit(reml=False, method="lbfgs")
    variances = dict(zip(model.exog_vc.names, fit.vcomp, strict=True))
    scales = {role: float(np.sqrt(variances[role])) for role in roles}
    shifts = {}
    if spec.by_school_type and not spec.deviation_scale:
        for name, effects in fit.random_effects.items():
            intercept, slope = (
                float(next(v for k, v in effects.items() if k.startswith(role)))
                for role in ("tau_intercept", "tau_slope")
            )
            shifts[str(name)] = {"intercept": intercept, "slope": slope}
    named = _named(fit.llf, fit.fe_params)
    return named, shifts, scales | {"sigma": float(np.sqrt(fit.scale))}


def _named(log_likelihood: float, line: pd.Series) -> dict[str, float]:
    return {
        "log likelihood": float(log_likelihood),
        "intercept": float(line["Intercept"]),
        "slope": float(line["x"]),
    }
