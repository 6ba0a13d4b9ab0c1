"""Small data with schools in municipalities, and models of every kind on them."""

import numpy as np
import pandas as pd

from enem.mixed.formula import parse_formula
from enem.mixed.priors import Prior
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.tabulate.sums import collapse_to_sums

INCOME = pd.DataFrame({"income_bracket": list("ABCDEF"), "x": [-3.0, -1.5, -0.7, 0.4, 1.2, 2.6]})
SCHOOL_TYPES = ("federal", "estadual", "municipal", "privada")
RACES = ("branca", "parda", "preta", "amarela", "indigena", "nao_declarada", "sem_resposta")
SEXES = ("M", "F", "sem_resposta")
LABELS = {"school_type": SCHOOL_TYPES, "race": RACES, "sex": SEXES}
BOTH = ("municipality", "school")

NORMAL = {"intercept": (500, 100), "slope": (0, 50), "context": (0, 50)}
NORMAL |= {"covariate": (0, 50), "two_levels": (0, 35)}
HALF_NORMAL = {"tau_intercept": 50, "tau_slope": 25, "tau_context": 25, "tau_bracket": 25}
HALF_NORMAL |= {"tau_cell": 25, "tau_covariate": 25, "tau_covariate_slope": 10}
HALF_NORMAL |= {"tau_school": 30, "tau_municipality": 20}
PRIORS = {name: Prior("normal", {"mean": m, "sd": sd}) for name, (m, sd) in NORMAL.items()}
PRIORS |= {name: Prior("half_normal", {"sd": sd}) for name, sd in HALF_NORMAL.items()}
PRIORS["sigma"] = Prior("log_normal", {"median": 90.0, "log_sd": 0.6})

FORMULAS = {
    "pooled": "score ~ income",
    "constant": "score ~ 1",
    "school_type": "score ~ income + (income | school_type)",
    "income": "score ~ income + (1 | income_bracket)",
    "school_type_income": "score ~ income + (income | school_type) "
    "+ (1 | school_type:income_bracket)",
    "school_context": "score ~ income + school_income + (income | school_type) "
    "+ (school_income | school_type)",
    "covariates": "score ~ income + (income | school_type) + (1 | sex) + (income | race)",
    "fixed": "score ~ income + race",
}


def specification(name, levels=BOTH):
    return Specification(name, parse_formula(FORMULAS[name], name), levels)


def participants(rows=300, schools=40, seed=1, municipal=False):
    """Rows of schools of one type in one municipality; nobody is at a municipal school."""
    rng = np.random.default_rng(seed)
    of_school = np.array(SCHOOL_TYPES)[rng.choice([0, 1, 1, 3, 2 * municipal or 1], schools)]
    school = rng.integers(0, schools, rows)
    bracket = rng.choice(INCOME["income_bracket"], rows)
    x = INCOME.set_index("income_bracket")["x"][bracket].to_numpy()
    line = np.where(of_school[school] == "privada", 580 + 8 * x, 500 + 14 * x)
    score = line + rng.normal(0, 22, schools)[school] + rng.normal(0, 60, rows)
    return pd.DataFrame(
        {
            "municipality": (school // 3).astype(str),
            "school": school.astype(str),
            "school_type": of_school[school],
            "income_bracket": bracket,
            "sex": rng.choice(SEXES, rows, p=[0.4, 0.58, 0.02]),
            "race": rng.choice(RACES, rows),
            "score": score,
        }
    )


def design_of(rows, spec, income=INCOME):
    return Tables(collapse_to_sums(rows, spec.carried), income, LABELS).design(spec)
