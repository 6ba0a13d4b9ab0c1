"""Maximum likelihood and REML on the schools of AC 2019 against R's lme4 and nlme."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from ac_rows import INCOME, read_participants
from enem.mixed.estimates import maximum_likelihood
from enem.mixed.formula import parse_formula
from enem.mixed.objective import Kind, Objective
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.tabulate.sums import collapse_to_sums
from made import TYPES
from mixed_fixtures import BOTH, PRIORS
from studies.validation.lme4_rows import NAMES as LME4_NAMES

SCRIPT = Path(__file__).with_name("mixed_models.R")
SCHOOL = ("school",)
CLOSE = 5e-3
"""Of the values; the two agree far better where lme4's optimiser is patient."""


@pytest.fixture(scope="module")
def rows(shared_microdata):
    found = read_participants(shared_microdata / "microdados_enem_2019_AC.zip")
    assert len(found) == 4569
    return found


@pytest.fixture(scope="module")
def r(rows, tmp_path_factory):
    """Estimates by model and parameter."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (Rscript)")
    installed = "quit(status = !all(sapply(c('lme4', 'nlme'), requireNamespace, quietly = TRUE)))"
    if subprocess.run(["Rscript", "-e", installed], capture_output=True).returncode:
        pytest.skip("R's packages lme4 and nlme are not installed")
    folder = tmp_path_factory.mktemp("lme4")
    x = rows["income_bracket"].map(INCOME.set_index("income_bracket")["x"])
    rows.assign(x=x).to_csv(folder / "rows.csv", index=False)
    command = ["Rscript", SCRIPT, folder / "rows.csv", folder / "estimates.csv"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    table = pd.read_csv(folder / "estimates.csv")
    return {
        model: of.set_index("parameter")["value"].to_dict() for model, of in table.groupby("model")
    }


def tables_of(rows, school_types=TYPES):
    return Tables(collapse_to_sums(rows, ()), INCOME, {"school_type": school_types})


def estimate(rows, formula, levels, kind=Kind.LIKELIHOOD):
    spec = Specification("mine", parse_formula(formula, "formulas.mine"), levels)
    found = maximum_likelihood(spec, tables_of(rows), PRIORS, kind)
    assert not found.optimum.problem
    return found


NAMES = LME4_NAMES | {f"type{name}": f"school_type[{name}]" for name in TYPES}

CASES = {
    "constant": ("score ~ 1", SCHOOL, Kind.LIKELIHOOD),
    "constant_reml": ("score ~ 1", SCHOOL, Kind.RESTRICTED),
    "income": ("score ~ income", SCHOOL, Kind.LIKELIHOOD),
    "income_reml": ("score ~ income", SCHOOL, Kind.RESTRICTED),
    "nested": ("score ~ income", BOTH, Kind.LIKELIHOOD),
    "types": ("score ~ income + school_type", BOTH, Kind.LIKELIHOOD),
    "brackets": ("score ~ income + (1 | income_bracket)", SCHOOL, Kind.LIKELIHOOD),
}


@pytest.mark.parametrize("case", CASES)
def test_estimates_and_likelihood_are_lme4s(case, rows, r):
    found, expected = estimate(rows, *CASES[case]), r[case]
    assert found.optimum.log_density == pytest.approx(expected.pop("logLik"), abs=1e-3)
    named = {NAMES[name]: value for name, value in expected.items()}
    assert len(named) >= 3
    mine = {name: found.values[name] for name in named}
    assert mine == pytest.approx(named, rel=CLOSE, abs=0.02)


def test_published_values_of_the_same_rows(rows):
    """What lme4 1.1 gave for them once, for machines without R."""
    found = {case: estimate(rows, *CASES[case]).values for case in CASES}
    sds = {case: found[case]["tau_school"] for case in list(CASES)[:4]}
    expected = {"constant": 47.20, "constant_reml": 47.38, "income": 37.42, "income_reml": 37.60}
    assert sds == pytest.approx(expected, abs=0.006)
    assert found["income_reml"]["slope"] == pytest.approx(12.245, abs=6e-4)
    assert found["income_reml"]["intercept"] == pytest.approx(501.51, abs=6e-3)


FREE = 3000.0
"""Points; a scale of lines so wide that they are not shrunken."""


def free_lines(rows, tie):
    """REML of lines of school types that share nothing, and a random intercept of schools."""
    formula = parse_formula("score ~ income + (income | school_type)", "formulas.mine")
    spec = Specification("mine", formula, SCHOOL)
    types = sorted(set(rows["school_type"]), key=TYPES.index)
    density = Objective(tables_of(rows, types).design(spec), PRIORS, Kind.RESTRICTED)
    place = np.zeros(len(types), int) if tie else np.arange(len(types))

    def vector(z):
        *sigma, tau = np.exp(z)
        return np.array([*np.array(sigma)[place], FREE, FREE, tau])

    start = np.log([60.0] * (place.max() + 1) + [20.0])
    best = minimize(lambda z: -density(vector(z))[0], start, method="BFGS")
    design, (mean, _) = density.design, density.coefficients(vector(best.x))
    return vector(best.x), dict(zip(design.names, design.lines @ mean, strict=True)), types


@pytest.mark.parametrize("case", ["lines", "sigmas"])
def test_lines_and_sigmas_of_school_types_are_those_of_r(case, rows, r):
    known = rows if case == "lines" else rows[rows["school_type"] != "municipal"]
    vector, lines, types = free_lines(known, tie=case == "lines")
    expected = r[case]
    assert vector[-1] == pytest.approx(expected["sd.school"], rel=CLOSE)
    for i, name in enumerate(types):
        sigma = "sd.Residual" if case == "lines" else f"sigma.{name}"
        assert vector[i] == pytest.approx(expected[sigma], rel=CLOSE)
        intercept, slope = expected[f"type{name}"], expected[f"type{name}:x"]
        assert lines[f"intercept[{name}]"] == pytest.approx(intercept, rel=CLOSE)
        assert lines[f"slope[{name}]"] == pytest.approx(slope, rel=CLOSE)
