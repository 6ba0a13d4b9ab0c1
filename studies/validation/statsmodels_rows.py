"""Models with schools on rows in statsmodels, held against the density of the sums.

Given the variances statsmodels' likelihood, line and school effects are closed forms, and so are
they here: at statsmodels' own variances the two must agree to rounding.
"""

import warnings

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from enem.mixed.fitted import Fitted
from enem.mixed.formula import parse_formula
from enem.mixed.objective import Kind, Objective
from enem.mixed.specification import Specification
from enem.tabulate.sums import collapse_to_sums
from studies.validation.setting import project_priors, tables

FORMULA = "score ~ income"
COMPARED = {"pooled": (), "schools": ("school",), "municipalities": ("municipality",)}
"""Levels of each model of `FORMULA`: what statsmodels fits to thousands of rows in seconds."""


def compare_models(rows: pd.DataFrame) -> pd.DataFrame:
    """Compare the maximised log likelihood, the line and the effects of groups.

    Returns
    -------
    pandas.DataFrame
        ``model, quantity, statsmodels, here``; of effects of groups the lowest and the highest.
    """
    parts = []
    for name, levels in COMPARED.items():
        there, variances = _least_squares(rows) if not levels else _mixed_model(rows, levels[0])
        spec = Specification(name, parse_formula(FORMULA, name), levels)
        here = _here(rows, spec, variances)
        columns = {"statsmodels": there.values(), "here": [here[key] for key in there]}
        parts.append(pd.DataFrame({"model": name, "quantity": list(there), **columns}))
    return pd.concat(parts, ignore_index=True)


def _least_squares(rows: pd.DataFrame) -> tuple[dict[str, float], np.ndarray]:
    fit = OLS.from_formula("score ~ x", rows).fit()
    # the maximum likelihood sd, not the unbiased one
    return _named(fit.llf, fit.params), np.array([np.sqrt(fit.ssr / fit.nobs)])


def _mixed_model(rows: pd.DataFrame, level: str) -> tuple[dict[str, float], np.ndarray]:
    model = MixedLM.from_formula("score ~ x", rows, groups=rows[level])
    with warnings.catch_warnings():
        # whether statsmodels reached its own maximum is no matter: any variances serve
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = model.fit(reml=False, method="bfgs")
    effects = [float(of.iloc[0]) for of in fit.random_effects.values()]
    found = _named(fit.llf, fit.fe_params) | _ends(np.array(effects))
    return found, np.sqrt([fit.scale, float(fit.cov_re.iloc[0, 0])])


def _here(rows: pd.DataFrame, spec: Specification, variances: np.ndarray) -> dict[str, float]:
    design = tables(collapse_to_sums(rows, ())).design(spec)
    density = Objective(design, project_priors(), Kind.LIKELIHOOD)
    fitted = Fitted(density, variances)
    line = pd.Series(fitted.mean, [of.variable for of in design.coefficients])
    found = _named(density(variances)[0], line.rename({"intercept": "Intercept", "slope": "x"}))
    if not spec.levels:
        return found
    effects = fitted.leaf_effect if "school" in spec.levels else fitted.place_effect
    return found | _ends(effects)


def _named(log_likelihood: float, line: pd.Series) -> dict[str, float]:
    return {
        "log likelihood": float(log_likelihood),
        "intercept": float(line["Intercept"]),
        "slope": float(line["x"]),
    }


def _ends(effects: np.ndarray) -> dict[str, float]:
    return {"lowest effect": float(effects.min()), "highest effect": float(effects.max())}
