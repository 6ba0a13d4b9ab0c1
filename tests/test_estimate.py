"""Point estimates of mixed models against dense rows, closed forms and statsmodels."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import multivariate_normal
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.numdiff import approx_hess

from enem.mixed.estimates import (
    coefficient_slope,
    estimates_record,
    maximum_a_posteriori,
    maximum_likelihood,
)
from enem.mixed.fitted import Fitted
from enem.mixed.maximum import bounds_sigma, unbounded
from enem.mixed.objective import Kind, Objective
from enem.mixed.priors import Prior
from enem.mixed.profile import GRID, effects_of, log_effects_volume, scale_profiles
from enem.mixed.rows import participant_rows
from enem.mixed.tables import Tables
from enem.tabulate.sums import collapse_to_sums
from mixed_fixtures import BOTH, INCOME, LABELS, PRIORS, participants, specification
from test_mixed_density import alike, dense, values_of

SCHOOL = ("school",)
MODELS = ["pooled", "school_type", "income", "school_type_income", "school_context", "covariates"]
FLAT = {
    name: Prior("normal", {"mean": 0.0, "sd": 1e7})
    if prior.family == "normal" and name != "two_levels"
    else Prior("half_normal", {"sd": 1e7})
    if prior.family != "normal"
    else prior
    for name, prior in PRIORS.items()
}


def tables_of(rows, spec, school_types=LABELS["school_type"]):
    labels = {**LABELS, "school_type": school_types}
    return Tables(collapse_to_sums(rows, spec.factors), INCOME, labels)


@pytest.fixture(scope="module")
def rows():
    return participants(rows=240, schools=30, seed=7)


OCCUPIED = ("federal", "estadual", "privada")


def x_of(rows):
    return values_of(rows)["income"]


def ordinary_least_squares(rows):
    return sm.OLS(rows["score"].to_numpy(), sm.add_constant(x_of(rows))).fit()


# ---- the textbook regression


def test_pooled_mle_is_ordinary_least_squares(rows):
    spec, n, fit = specification("pooled", ()), len(rows), ordinary_least_squares(rows)
    found = maximum_likelihood(spec, tables_of(rows, spec), PRIORS)
    expected = {"intercept": fit.params[0], "slope": fit.params[1], "sigma": np.sqrt(fit.ssr / n)}
    assert found.values == pytest.approx(expected, rel=1e-8)
    # OLS divides by n - 2, the likelihood by n; Fisher information gives sigma^2 / 2n for sigma
    shrink = np.sqrt((n - 2) / n)
    sds = {
        "intercept": fit.bse[0] * shrink,
        "slope": fit.bse[1] * shrink,
        "sigma": expected["sigma"] / np.sqrt(2 * n),
    }
    assert found.sd == pytest.approx(sds, rel=1e-6)
    assert found.optimum.log_density == pytest.approx(fit.llf, rel=1e-10)


def test_restricted_likelihood_of_a_regression_divides_by_degrees_of_freedom(rows):
    spec, fit = specification("pooled", ()), ordinary_least_squares(rows)
    found = maximum_likelihood(spec, tables_of(rows, spec), PRIORS, Kind.RESTRICTED)
    assert found.values["sigma"] == pytest.approx(np.sqrt(fit.scale), rel=1e-8)
    assert found.values["slope"] == pytest.approx(fit.params[1], rel=1e-8)


def test_map_slope_is_ridge_with_the_ratio_of_variances(rows):
    spec = specification("pooled", ())
    priors = FLAT | {"slope": Prior("normal", {"mean": 0.0, "sd": 2.5})}
    found = maximum_a_posteriori(spec, tables_of(rows, spec), priors).values
    ridge = found["sigma"] ** 2 / 2.5**2
    columns = sm.add_constant(x_of(rows))
    score = rows["score"].to_numpy()
    line = np.linalg.solve(columns.T @ columns + np.diag([0.0, ridge]), columns.T @ score)
    assert [found["intercept"], found["slope"]] == pytest.approx(list(line), rel=1e-8)
    assert abs(line[1]) < 0.95 * abs(ordinary_least_squares(rows).params[1])
    residual = score - columns @ line
    assert found["sigma"] == pytest.approx(np.sqrt(np.mean(residual**2)), rel=1e-8)


@pytest.mark.parametrize("name", ["pooled", "school_type", "school_type_income", "school_context"])
def test_flat_priors_give_the_mle_back(name, rows):
    spec = specification(name)
    tables = tables_of(rows, spec, OCCUPIED)
    mode, mle = maximum_a_posteriori(spec, tables, FLAT), maximum_likelihood(spec, tables, PRIORS)
    assert not mle.optimum.problem
    assert mode.values == pytest.approx(mle.values, rel=1e-5, abs=1e-3)


# ---- against dense rows


class Dense:
    """Covariance of the rows' scores at given common coefficients, and these's columns."""

    def __init__(self, rows, spec):
        self.score, self.spec = rows["score"].to_numpy(), spec
        self.groups = 4 if spec.by_school_type else 1
        columns = [values_of(rows)[each.column] for each in spec.common]
        self.columns = np.stack(columns, axis=1)
        self.priors = [PRIORS[each.prior] for each in spec.common]
        sds = [prior.arguments["sd"] for prior in self.priors]
        count = len(spec.scales)
        nothing = dense(rows, spec, np.zeros(self.groups), np.zeros(count))[1]
        assert nothing == pytest.approx((self.columns * np.square(sds)) @ self.columns.T)
        # the covariance is linear in the squares of scales
        self.parts = [
            dense(rows, spec, np.zeros(self.groups), one)[1] - nothing for one in np.eye(count)
        ]
        types = [LABELS["school_type"].index(of) for of in rows["school_type"]]
        self.sigma_of = np.array(types) if spec.by_school_type else np.zeros(len(rows), int)

    def effects(self, vector):
        """Covariance by everything but common coefficients and noise."""
        scales = np.square(vector[self.groups :])
        return sum((k * part for k, part in zip(scales, self.parts, strict=True)), np.zeros(1))

    def noise(self, vector):
        return np.diag(np.square(vector[self.sigma_of]))

    def given(self, vector, precision=0.0, pull=0.0):
        """Factor of the covariance, and mean and covariance of the common coefficients."""
        factor = cho_factor(self.effects(vector) + self.noise(vector))
        weighted = cho_solve(factor, self.columns)
        covariance = np.linalg.inv(self.columns.T @ weighted + np.diag(precision + self.zero))
        return factor, covariance @ (weighted.T @ self.score + pull), covariance

    @property
    def zero(self):
        return np.zeros(self.columns.shape[1])

    def log_density(self, vector, line):
        factor = cho_factor(self.effects(vector) + self.noise(vector))
        residual = self.score - self.columns @ line
        log_determinant = 2 * np.log(np.diag(factor[0])).sum()
        squares = residual @ cho_solve(factor, residual)
        return -0.5 * (len(residual) * np.log(2 * np.pi) + log_determinant + squares)

    def profile(self, vector):
        """Log likelihood at the best common coefficients, and these."""
        _, best, _ = self.given(vector)
        return self.log_density(vector, best), best

    def log_posterior(self, joint):
        """Joint log density of common coefficients, sigmas and scales."""
        line, vector = np.split(joint, [len(self.priors)])
        of_scales = [PRIORS["sigma"]] * self.groups
        of_scales += [PRIORS[self.spec.scale_priors[k]] for k in self.spec.scales]
        priors = zip([*self.priors, *of_scales], joint, strict=True)
        return self.log_density(vector, line) + sum(p.log_density(v) for p, v in priors)


def with_municipal(spec, vector):
    """Sigma of the school type that nobody is at, which the likelihood does not see."""
    return np.insert(vector, 2, 70.0) if spec.by_school_type else vector


@pytest.mark.parametrize("levels", [BOTH, SCHOOL, ("municipality",)])
@pytest.mark.parametrize("name", ["pooled", "school_type", "income", "school_context"])
def test_mle_is_an_independent_optimisers_on_dense_rows(name, levels, rows):
    spec = specification(name, levels)
    found = maximum_likelihood(spec, tables_of(rows, spec), PRIORS)
    density = Dense(rows, spec).profile

    def natural(z):
        return with_municipal(spec, np.exp(z))

    start = np.full(len(found.optimum.vector), np.log(30.0))
    best = optimize.minimize(
        lambda z: -density(natural(z))[0],
        start,
        method="L-BFGS-B",
        bounds=[(np.log(1e-3), np.log(500))] * len(start),
        options={"ftol": 1e-13, "gtol": 1e-6},
    )
    at, common = density(with_municipal(spec, np.maximum(found.optimum.vector, 1e-9)))
    assert at == pytest.approx(found.optimum.log_density, rel=1e-10)
    assert found.optimum.log_density >= -best.fun - 1e-6
    assert found.optimum.log_density == pytest.approx(-best.fun, abs=1e-3)
    where = np.exp(best.x)
    np.testing.assert_allclose(found.optimum.vector, where, rtol=5e-3, atol=0.3)
    names = [of.variable for of in spec.common]
    np.testing.assert_allclose([found.values[n] for n in names], common, rtol=1e-6)


def joint_vector(found, spec):
    """Common coefficients, sigmas and scales of an estimate."""
    common = [found.values[each.variable] for each in spec.common]
    return np.array([*common, *found.optimum.vector])


@pytest.mark.parametrize("name", ["pooled", "school_type", "income", "school_context"])
def test_map_beats_every_neighbour_on_dense_rows(name, rows):
    spec = specification(name)
    found = maximum_a_posteriori(spec, tables_of(rows, spec), PRIORS)
    density, vector = Dense(rows, spec).log_posterior, joint_vector(found, spec)
    top = density(vector)
    assert found.optimum.log_density == pytest.approx(top, rel=1e-10)
    of_common = [found.sd[each.variable] for each in spec.common]
    of_scales = np.nan_to_num(np.sqrt(np.diag(found.optimum.covariance)), nan=1.0)
    spread = np.array([*of_common, *of_scales])
    rng = np.random.default_rng(1)
    for direction in rng.standard_normal((30, len(vector))) * spread:
        moved = vector + 0.05 * direction
        moved[len(spec.common) :] = np.abs(moved[len(spec.common) :])
        assert density(moved) < top


@pytest.fixture(scope="module", params=["school_type", "school_type_income", "income"])
def mode(request):
    # wide scales, so that every maximum is an interior one
    spec = specification(request.param)
    rng = np.random.default_rng(11)
    rows = participants(rows=400, schools=40, seed=21, municipal=True)
    bent = rows["school_type"].map({"federal": 9, "estadual": -6, "municipal": 2, "privada": -9})
    noise = rng.normal(0, 25, (4, 6))
    cell = noise[
        rows["school_type"].map(LABELS["school_type"].index),
        rows["income_bracket"].map(list("ABCDEF").index),
    ]
    town = rng.normal(0, 25, 20)[rows["municipality"].astype(int)]
    rows["score"] += bent * x_of(rows) + cell + town
    found = maximum_a_posteriori(spec, tables_of(rows, spec), PRIORS)
    assert not found.optimum.on_boundary.any()
    return spec, rows, found


def test_laplace_sds_come_from_the_curvature_of_the_dense_posterior(mode):
    spec, rows, found = mode
    vector = joint_vector(found, spec)
    density = Dense(rows, spec).log_posterior
    hessian = approx_hess(vector, density, epsilon=2e-3 * np.abs(vector))
    expected = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    names = [*(each.variable for each in spec.common), *found.objective.names]
    np.testing.assert_allclose([found.sd[name] for name in names], expected, rtol=5e-3)


def dense_coefficients(d, columns, design, vector):
    """Conditional mean and covariance of a design's coefficients from dense rows."""
    scale = vector[d.groups :]
    given = [PRIORS[of.prior].arguments for of in design.coefficients]
    known = [of.scale < 0 for of in design.coefficients]
    sds = np.array(
        [
            a["sd"] if k else scale[of.scale]
            for a, k, of in zip(given, known, design.coefficients, strict=True)
        ]
    )
    centre = np.array([a["mean"] if k else 0.0 for a, k in zip(given, known, strict=True)])
    own = np.array([prior.arguments["sd"] for prior in d.priors])
    whole = d.effects(vector) + d.noise(vector) + (d.columns * own**2) @ d.columns.T
    gain = np.linalg.solve(whole, columns * sds**2).T
    shift = gain @ (d.score - columns @ centre)
    return centre + shift, np.diag(sds**2) - gain @ (columns * sds**2)


def rows_of_columns(rows, design):
    """Write the columns of each participant out from the names of the coefficients."""
    values, made = values_of(rows), []
    blocks = {block.variable: block for block in design.spec.blocks}
    common = {each.variable: each.column for each in design.spec.common}
    for of in design.coefficients:
        if of.variable not in blocks:
            made.append(values[common[of.variable]])
            continue
        block = blocks[of.variable]
        here = np.all([rows[k] == v for k, v in zip(block.factor, of.labels, strict=True)], axis=0)
        made.append(values[block.column] * here)
    return np.stack(made, axis=1)


def test_lines_and_deviations_come_from_the_dense_rows(mode):
    spec, rows, found = mode
    design, vector = found.objective.design, found.optimum.vector
    names, lines = design.names, design.lines
    d, columns = Dense(rows, spec), rows_of_columns(rows, design)
    mean, covariance = dense_coefficients(d, columns, design, vector)
    expected = lines @ mean
    np.testing.assert_allclose([found.values[n] for n in names], expected, rtol=1e-7, atol=1e-6)
    total = np.einsum("np,pq,nq->n", lines, covariance, lines)
    steps = np.diag(1e-4 * vector)
    jacobian = np.array(
        [
            lines
            @ (
                dense_coefficients(d, columns, design, vector + step)[0]
                - dense_coefficients(d, columns, design, vector - step)[0]
            )
            / (2 * step.sum())
            for step in steps
        ]
    )
    total += np.einsum("pn,pq,qn->n", jacobian, found.optimum.covariance, jacobian)
    np.testing.assert_allclose([found.sd[n] for n in names], np.sqrt(total), rtol=1e-4)
    np.testing.assert_allclose(
        lines @ coefficient_slope(found.objective, vector, 0), jacobian[0], rtol=1e-4, atol=1e-7
    )


@pytest.mark.parametrize("levels", [BOTH, SCHOOL, ("municipality",), ()])
@pytest.mark.parametrize("kind", list(Kind))
def test_expected_scores_are_those_of_the_dense_rows(levels, kind, rows):
    spec = specification("school_type_income", levels)
    design = tables_of(rows, spec).design(spec)
    density = Objective(design, PRIORS, kind)
    vector = np.array([60.0, 70, 80, 55, 40, 8, 12, 15, 25])[: len(density.names)]
    fitted = Fitted(density, vector)
    d = Dense(rows, spec)
    own = [prior.arguments for prior in d.priors]
    precision, pull = d.zero, d.zero
    if kind is Kind.POSTERIOR:
        precision = np.array([a["sd"] ** -2.0 for a in own])
        pull = precision * [a["mean"] for a in own]
    factor, line, covariance = d.given(vector, precision, pull)
    effects = d.effects(vector)
    shrunk = effects @ cho_solve(factor, np.eye(len(rows)))
    expected = d.columns @ line + shrunk @ (d.score - d.columns @ line)
    known = effects - shrunk @ effects
    free = d.columns - shrunk @ d.columns
    row = row_of(rows, design)
    np.testing.assert_allclose(fitted.expected[row], expected, rtol=1e-9)
    spread = fitted.spread(common_known=True)[row]
    np.testing.assert_allclose(spread, np.diag(known), rtol=1e-8)
    whole = np.diag(known + free @ covariance @ free.T)
    np.testing.assert_allclose(fitted.spread()[row], whole, rtol=1e-8)


def row_of(rows, design):
    """Row of a design of each participant, its sums made again of the participants."""
    found = participant_rows(design, rows)
    sums = rows.groupby(found)["score"].agg(["size", "mean"])
    np.testing.assert_allclose(sums["mean"], design.mean)
    np.testing.assert_array_equal(sums["size"], design.n)
    return found


# ---- statsmodels MixedLM, where the models coincide


@pytest.mark.parametrize("kind", [Kind.LIKELIHOOD, Kind.RESTRICTED])
def test_a_random_intercept_of_schools_is_mixedlms(kind, rows):
    spec = specification("pooled", SCHOOL)
    found = maximum_likelihood(spec, tables_of(rows, spec), PRIORS, kind)
    columns = sm.add_constant(x_of(rows))
    model = MixedLM(rows["score"].to_numpy(), columns, rows["school"])
    fit = model.fit(reml=kind is Kind.RESTRICTED, method=["bfgs", "lbfgs"], gtol=1e-9)
    expected = {"tau_school": np.sqrt(fit.cov_re[0, 0]), "sigma": np.sqrt(fit.scale)}
    expected |= dict(zip(("intercept", "slope"), fit.fe_params, strict=True))
    assert found.values == pytest.approx(expected, rel=1e-4)
    if kind is Kind.LIKELIHOOD:
        assert found.optimum.log_density == pytest.approx(fit.llf, rel=1e-9)
    fitted = Fitted(found.objective, found.optimum.vector)
    groups = found.objective.design.groups["school"]
    predicted = [np.asarray(fit.random_effects[school])[0] for school in groups]
    np.testing.assert_allclose(fitted.leaf_effect, predicted, rtol=1e-3, atol=1e-3)


def test_nested_levels_are_mixedlms_variance_components():
    spec, rows = specification("pooled", BOTH), participants(rows=500, schools=90, seed=13)
    town = np.random.default_rng(5).normal(0, 40, 30)[rows["municipality"].astype(int)]
    moved = rows.assign(score=rows["score"] + town, x=x_of(rows))
    found = maximum_likelihood(spec, tables_of(moved, spec), PRIORS)
    model = MixedLM.from_formula(
        "score ~ x",
        moved,
        re_formula="1",
        vc_formula={"school": "0 + C(school)"},
        groups="municipality",
    )
    fit = model.fit(reml=False, method=["bfgs", "lbfgs"])
    expected = {
        "intercept": fit.fe_params["Intercept"],
        "slope": fit.fe_params["x"],
        "tau_municipality": np.sqrt(fit.cov_re.iloc[0, 0]),
        "tau_school": np.sqrt(fit.vcomp[0]),
        "sigma": np.sqrt(fit.scale),
    }
    assert found.optimum.log_density == pytest.approx(fit.llf, abs=1e-5)
    assert found.values == pytest.approx(expected, rel=2e-3)


# ---- where there is no ordinary maximum


def parallel(rows):
    """Give every school type the same least squares slope: its slopes then vary by nothing."""
    pieces = []
    for _, group in rows.groupby("school_type", sort=False):
        columns = sm.add_constant(x_of(group))
        slope = np.linalg.lstsq(columns, group["score"].to_numpy())[0][1]
        pieces.append(group.assign(score=group["score"] + (15.0 - slope) * columns[:, 1]))
    return pd.concat(pieces, ignore_index=True)


def test_a_scale_whose_maximum_is_zero_is_reported_without_sd(rows):
    spec, moved = specification("school_type", ()), parallel(rows)
    found = maximum_likelihood(spec, tables_of(moved, spec), PRIORS)
    names = found.objective.names
    at_zero = [n for n, at in zip(names, found.optimum.on_boundary, strict=True) if at]
    assert at_zero == ["tau_slope"]
    assert found.values["tau_slope"] == 0.0
    assert "tau_slope" not in found.sd
    assert found.sd["tau_intercept"] > 0
    density = Dense(moved, spec).profile
    away = found.optimum.vector.copy()
    away[names.index("tau_slope")] = 0.5
    top = density(with_municipal(spec, found.optimum.vector))[0]
    assert top == pytest.approx(found.optimum.log_density)
    assert density(with_municipal(spec, away))[0] < top
    slopes = [found.values[f"slope[{g}]"] for g in OCCUPIED]
    assert slopes == pytest.approx([found.values["slope"]] * 3, rel=1e-12)
    record = estimates_record(spec, tables_of(moved, spec), PRIORS, {})
    assert record["verification"]["mle"]["on_boundary"] == ["tau_slope"]
    # the map's sd is the table's, blank where its own maximum is on the boundary
    assert ("tau_slope" in record["laplace_sd"]) == (
        "tau_slope" not in record["verification"]["map"]["on_boundary"]
    )


def test_a_level_that_explains_nothing_is_at_zero():
    rows = participants(rows=300, schools=30, seed=3)
    lines = np.where(rows["school_type"] == "privada", 580 + 8 * x_of(rows), 500 + 14 * x_of(rows))
    # residuals alternate within each school, so that its mean is closer than chance to its line
    order = rows.groupby("school").cumcount().to_numpy()
    rows["score"] = lines + np.where(order % 2, 60.0, -60.0)
    spec = specification("school_type", BOTH)
    found = maximum_likelihood(spec, tables_of(rows, spec), PRIORS)
    assert found.values["tau_school"] == found.values["tau_municipality"] == 0.0
    assert not found.optimum.problem


UNBOUNDED = {
    "nobody": [],
    "one participant": [("A", 480.0)],
    "two on one line": [("A", 480.0), ("B", 490.0)],
    "two alike": [("A", 480.0), ("A", 480.0)],
}


def with_group(rows, cells, school="99"):
    added = pd.DataFrame(cells, columns=["income_bracket", "score"]).assign(
        municipality="0", school=school, school_type="municipal", sex="F", race="branca"
    )
    return pd.concat([rows, added[rows.columns].astype(rows.dtypes)], ignore_index=True)


@pytest.mark.parametrize("name", ["school_type", "school_type_income"])
@pytest.mark.parametrize("case", UNBOUNDED)
def test_a_group_that_cannot_bound_its_sigma_is_left_out_and_blank(name, case, rows):
    spec = specification(name)
    found = maximum_likelihood(spec, tables_of(with_group(rows, UNBOUNDED[case]), spec), PRIORS)
    assert found.left_out == ("municipal",)
    assert not [of for of in found.values if "municipal" in of and of != "tau_municipality"]
    expected = maximum_likelihood(spec, tables_of(rows, spec, OCCUPIED), PRIORS)
    assert expected.left_out == ()
    assert found.values == pytest.approx(expected.values, rel=1e-9)


def test_the_likelihood_of_a_group_left_out_has_no_maximum_over_its_sigma(rows):
    alike = [("A", 480.0), ("A", 480.0), ("B", 520.0), ("D", 505.0)]
    crowd = with_group(rows, alike)
    spec = specification("school_type_income")
    assert unbounded(specification("school_type"), tables_of(crowd, spec)) == ()
    assert unbounded(spec, tables_of(crowd, spec)) == ("municipal",)
    density = Objective(tables_of(crowd, spec).design(spec), PRIORS, Kind.LIKELIHOOD)
    at = np.array([60.0, 60, 1, 60, 40, 10, 25, 10, 15])
    falling = [density(np.where(at == 1.0, s, at))[0] for s in (10.0, 1.0, 0.3, 0.101)]
    assert all(later > earlier + 1 for earlier, later in pairwise(falling))


def test_the_schools_of_a_group_can_follow_its_scores(rows):
    # three cells bound sigma where one school holds them, and not where each is a school
    cells = [("A", 480.0), ("B", 520.0), ("D", 505.0)]
    spec = specification("school_type", SCHOOL)
    one = tables_of(with_group(rows, cells), spec)
    assert unbounded(spec, one) == ()
    assert maximum_likelihood(spec, one, PRIORS).values["sigma[municipal]"] > 1
    each = rows
    for i, cell in enumerate(cells):
        each = with_group(each, [cell], school=f"9{i}")
    assert unbounded(spec, tables_of(each, spec)) == ("municipal",)
    design = tables_of(each, spec).design(spec)
    assert [bounds_sigma(design, group) for group in range(4)] == [True, True, False, True]


@pytest.mark.parametrize("name", MODELS)
def test_nobody_is_a_problem_not_a_number(name, rows):
    spec = specification(name)
    x = INCOME["x"].to_numpy()
    record = estimates_record(spec, tables_of(rows.iloc[:0], spec), PRIORS, {"x": x})
    for kind in ("mle", "map"):
        assert record[kind] == {}
        verification = record["verification"][kind]
        assert verification["problem"] == "few"
        assert verification["log_density"] is None
    assert record["income_sensitivity"] == [{"assumption": "x", "slope": None}]
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("name", ["pooled", "school_type", "income", "school_type_income"])
@pytest.mark.parametrize("bracket", ["A", "D"])
def test_one_bracket_has_no_mle_but_a_map(name, bracket, rows):
    spec, one = specification(name), rows.assign(income_bracket=bracket)
    mle = maximum_likelihood(spec, tables_of(one, spec), PRIORS)
    assert mle.optimum.problem in ("flat", "singular")
    assert mle.values == mle.sd == {}
    found = maximum_a_posteriori(spec, tables_of(one, spec), PRIORS)
    assert not found.optimum.problem
    assert np.isfinite(list(found.values.values())).all()


def test_the_record_names_and_verifies_every_parameter(rows):
    spec = specification("school_type_income")
    x, moved = INCOME["x"].to_numpy(), INCOME["x"].to_numpy() + np.linspace(0.4, 0, 6)
    tables = tables_of(rows, spec)
    record = estimates_record(spec, tables, PRIORS, {"as it is": x, "moved": moved})
    expected = ["intercept", "slope", "tau_intercept", "tau_slope", "tau_cell"]
    expected += ["tau_municipality", "tau_school"]
    types, brackets = LABELS["school_type"], INCOME["income_bracket"]
    for name in ("sigma", "intercept", "slope"):
        expected += [f"{name}[{g}]" for g in types]
    expected += [f"cell[{g}, {b}]" for g in types for b in brackets]
    assert list(record["map"]) == expected
    assert set(record["mle"]) == {n for n in expected if "municipal" not in n or "tau" in n}
    assert record["verification"]["map"]["largest_gradient_per_sd"] < 1e-5
    as_it_is, elsewhere = (s["slope"] for s in record["income_sensitivity"])
    assert as_it_is == pytest.approx(record["map"]["slope"], abs=1e-4)
    afresh = maximum_a_posteriori(spec, tables.at(moved), PRIORS).values["slope"]
    assert elsewhere == pytest.approx(afresh, abs=1e-4)
    assert abs(elsewhere - as_it_is) > 0.1
    json.dumps(record, allow_nan=False)


# ---- profiles


@pytest.fixture(scope="module", params=["income", "school_type", "school_type_income"])
def profiles(request, rows):
    spec = specification(request.param)
    tables = tables_of(rows, spec)
    likelihood = maximum_likelihood(spec, tables, PRIORS)
    posterior = maximum_a_posteriori(spec, tables, PRIORS)
    return likelihood, posterior, scale_profiles(likelihood, posterior)


def test_the_marginal_profiles_peak_at_the_optimum(profiles):
    *found, table = profiles
    assert tuple(table["parameter"].unique()) == found[0].objective.design.spec.scales
    for estimates, column in zip(found, ("log_likelihood", "log_marginal"), strict=True):
        optimum = estimates.optimum
        for name, profile in table.groupby("parameter"):
            assert profile[column].max() <= optimum.log_density + 1e-7
            index = estimates.objective.names.index(name)
            top = optimum.vector[index]
            close = profile.loc[(profile["value"] - top).abs().idxmin()]
            if optimum.on_boundary[index]:
                assert close[column] == pytest.approx(optimum.log_density, abs=1e-3)
                continue
            # to second order the loss at distance d is d^2 / 2 sd^2
            sd = np.sqrt(optimum.covariance[index, index])
            loss = 0.5 * ((close["value"] - top) / sd) ** 2
            assert optimum.log_density - close[column] == pytest.approx(loss, abs=0.02 + 0.3 * loss)


def test_the_joint_rises_without_bound_by_one_unit_an_effect(profiles):
    _, posterior, table = profiles
    design = posterior.objective.design
    counts = {"tau_intercept": 4, "tau_slope": 4, "tau_bracket": 6, "tau_cell": 24}
    counts |= {"tau_school": design.groups["school"].nunique()}
    counts |= {"tau_municipality": design.groups["municipality"].nunique()}
    for name, profile in table.groupby("parameter"):
        low = profile.sort_values("value").iloc[:5]
        rate = np.diff(low["log_joint"]) / np.diff(np.log(low["value"]))
        np.testing.assert_allclose(rate, -counts[name], rtol=2e-3)
        assert effects_of(design, name) == counts[name]
        # the marginal stays where it is
        assert np.abs(np.diff(low["log_marginal"])).max() < 2e-3


@pytest.mark.parametrize("scale", ["tau_slope", "tau_cell", "tau_municipality", "tau_school"])
@pytest.mark.parametrize("index", [12, 45])
def test_the_joint_is_the_dense_joint_density_at_the_effects_mode(scale, index, rows):
    spec = specification("school_type_income")
    density = Objective(tables_of(rows, spec).design(spec), PRIORS, Kind.POSTERIOR)
    vector = np.array([70.0, 60, 90, 75, 30, 8, 20, 12, 18])
    vector[density.names.index(scale)] = GRID[index]
    value, _ = density(vector)
    line = density.coefficients(vector)[0][-2:]
    joint = value - log_effects_volume(density, vector, scale)

    columns = np.stack([values_of(rows)[name] for name in ("1", "income")], axis=1)
    _, whole = dense(rows, spec, vector[:4], vector[4:])
    covariance = whole - (columns * np.square([100.0, 50.0])) @ columns.T
    indicator = {
        "tau_slope": alike(rows, ["school_type"]) * np.outer(columns[:, 1], columns[:, 1]),
        "tau_cell": alike(rows, ["school_type", "income_bracket"]),
        "tau_municipality": alike(rows, ["municipality"]),
        "tau_school": alike(rows, ["school"]),
    }[scale]
    residual = rows["score"].to_numpy() - columns @ line
    tau2 = GRID[index] ** 2
    # p(effects at their mode | scale) p(rows | these effects), the other effects integrated out;
    # the effects that somebody informs are found through the rows that they add to
    added = tau2 * indicator @ np.linalg.solve(covariance, residual)
    others = multivariate_normal(np.zeros(len(rows)), covariance - tau2 * indicator)
    expected = others.logpdf(residual - added)
    expected -= (
        0.5
        * tau2
        * residual
        @ np.linalg.solve(covariance, indicator @ np.linalg.solve(covariance, residual))
    )
    expected -= 0.5 * effects_of(density.design, scale) * np.log(2 * np.pi * tau2)
    expected += sum(
        PRIORS[k].log_density(v) for k, v in zip(("intercept", "slope"), line, strict=True)
    )
    keys = ["sigma"] * 4 + [spec.scale_priors[k] for k in spec.scales]
    expected += sum(PRIORS[k].log_density(v) for k, v in zip(keys, vector, strict=True))
    assert joint == pytest.approx(expected, rel=1e-9)


def test_without_scales_there_is_nothing_to_profile(rows):
    spec = specification("pooled", ())
    tables = tables_of(rows, spec)
    table = scale_profiles(
        maximum_likelihood(spec, tables, PRIORS), maximum_a_posteriori(spec, tables, PRIORS)
    )
    assert list(table.columns) == [
        *("parameter", "value", "log_likelihood", "log_marginal", "log_joint"),
    ]
    assert table.empty
