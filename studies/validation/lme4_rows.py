"""Maximum likelihood of R's lme4 on rows against that of the sums."""

from math import nan

import pandas as pd

from enem.mixed.estimates import maximum_likelihood
from enem.mixed.formula import parse_formula
from enem.mixed.specification import Specification
from enem.tabulate.sums import collapse_to_sums
from studies.lme4 import fit_lme4, installed
from studies.validation.setting import project_priors, tables

LME4 = {
    "schools": ("score ~ income", "score ~ x + (1 | school)", ("school",)),
    "nested": (
        *("score ~ income", "score ~ x + (1 | municipality) + (1 | school)"),
        ("municipality", "school"),
    ),
    "brackets": (
        *("score ~ income + (1 | income_bracket)", "score ~ x + (1 | income_bracket) + (1|school)"),
        ("school",),
    ),
}
"""A model here and in lme4, and its levels; one sigma, which is all that lme4 has."""
NAMES = {
    "(Intercept)": "intercept",
    "x": "slope",
    "sd.Residual": "sigma",
    "sd.school": "tau_school",
    "sd.municipality": "tau_municipality",
    "sd.income_bracket": "tau_bracket",
}


def compare_maxima(rows: pd.DataFrame) -> pd.DataFrame:
    """Maximum likelihood of lme4 and here; no rows where R's lme4 is not installed."""
    parts = [pd.DataFrame(columns=["model", "quantity", "lme4", "here"])]
    for name, (text, formula, levels) in LME4.items() if installed() else ():
        there = fit_lme4(rows, formula)
        del there["seconds"]
        spec = Specification(name, parse_formula(text, name), levels)
        found = maximum_likelihood(spec, tables(collapse_to_sums(rows, ())), project_priors())
        here = found.values | {"log likelihood": found.optimum.log_density}
        quantity = [NAMES.get(key, "log likelihood") for key in there]
        columns = {"lme4": there.values(), "here": [here.get(key, nan) for key in quantity]}
        parts.append(pd.DataFrame({"model": name, "quantity": quantity, **columns}))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
