import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize
from scipy.linalg import solve_triangular
from scipy.stats import multivariate_normal
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams
from statsmodels.tools.numdiff import approx_hess

from enem.estimate.derivatives import gradient, hessian
from enem.estimate.effects import effect_names, effects_at
from enem.estimate.point_estimates import (
    bounds_sigma,
    maximum_a_posteriori,
    maximum_likelihood,
)
from enem.estimate.profile import GRID, log_conditional_volume, scale_profiles
from enem.estimate.record import estimates_record, posterior_optimum
from enem.estimate.vector import Objective
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS
from enem.names import MODELS, SCHOOL_TYPES
from grids import BRACKETS, PRIORS, UNEQUAL, X, collapse, dense, made_rows, merged

HIERARCHICAL = MODELS[1:]
GROUPED = ["school_type", "school_type_income"]
FLAT = {
    name: Prior("normal", {"mean": 0.0, "sd": 1e7})
    if name in ("intercept", "slope")
    else Prior("half_normal", {"sd": 1e7})
    for name in PRIORS
}
OCCUPIED = tuple(g for g in SCHOOL_TYPES if UNEQUAL[g])


@pytest.fixture(scope="module")
def rows():
    # wide scales, so that every maximum is an interior one
    return made_rows(np.random.default_rng(36), tau=(40, 12, 25), sigma=(50, 80))


def income_of(rows):
    return X[[BRACKETS.index(b) for b in rows["income_bracket"]]]


def seen_by(model, rows):
    if SPECIFICATIONS[model].by_school_type:
        present = set(rows["school_type"])
        return rows, tuple(g for g in SCHOOL_TYPES if g in present)
    return merged(rows), ("all",)


def as_parameters(model, vector):
    """Shape a vector (intercept, slope, scales, sigmas) without the library."""
    scales = {
        "pooled": [],
        "school_type": ["tau_intercept", "tau_slope"],
        "income": ["tau_cell"],
        "school_type_income": ["tau_intercept", "tau_slope", "tau_cell"],
    }[model]
    names = ["intercept", "slope", *scales]
    sigma = np.asarray(vector[len(names) :])[:, None]
    return dict(zip(names, vector, strict=False)) | {"sigma": sigma}


def row_density_of(model, rows):
    """Return the dense log density of the rows, by group (groups are independent)."""
    seen, groups = seen_by(model, rows)
    start = {"intercept": 0.0, "slope": 0.0, "sigma": 1.0}
    parts = [dense(seen[seen["school_type"] == group], (group,), start) for group in groups]

    def density(vector):
        parameters = as_parameters(model, vector)
        line = [parameters["intercept"], parameters["slope"]]
        scales = [parameters.get(k, 0.0) for k in ("tau_intercept", "tau_slope", "tau_cell")]
        variance = np.square(np.repeat([0.0, *scales], [2, 1, 1, len(X)]))
        total = 0.0
        for d, sigma in zip(parts, parameters["sigma"].ravel(), strict=True):
            covariance = (d.design * variance) @ d.design.T + sigma**2 * np.eye(len(d.y))
            factor = np.linalg.cholesky(covariance)
            z = solve_triangular(factor, d.y - d.design[:, :2] @ line, lower=True)
            total -= 0.5 * (z @ z + len(z) * np.log(2 * np.pi)) + np.log(np.diag(factor)).sum()
        return total

    return density


def log_prior(model, vector):
    scales = SPECIFICATIONS[model].scales
    bases = ["intercept", "slope", *scales]
    bases += ["sigma"] * (len(vector) - len(bases))
    return sum(PRIORS[b].log_density(np.float64(v)) for b, v in zip(bases, vector, strict=True))


def vector_of(estimates):
    return np.array([estimates.values[name] for name in estimates.optimum.names])


# ---- pooled


def test_pooled_mle_is_ordinary_least_squares(rows):
    fit = sm.OLS(rows["score"].to_numpy(), sm.add_constant(income_of(rows))).fit()
    n = len(rows)
    found = maximum_likelihood(SPECIFICATIONS["pooled"], collapse(rows))
    expected = {
        "intercept": fit.params[0],
        "slope": fit.params[1],
        "sigma": np.sqrt(fit.ssr / n),
    }
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


@pytest.mark.parametrize("model", MODELS)
def test_flat_priors_give_the_mle_back(model, rows):
    present = collapse(rows).subset(collapse(rows).participants > 0)
    mode = maximum_a_posteriori(SPECIFICATIONS[model], present, FLAT)
    mle = maximum_likelihood(SPECIFICATIONS[model], present)
    assert not mle.optimum.problem
    assert mode.values == pytest.approx(mle.values, rel=1e-6, abs=1e-6)


def test_map_slope_is_ridge_with_the_ratio_of_variances(rows):
    priors = FLAT | {"slope": Prior("normal", {"mean": 0.0, "sd": 1.5})}
    found = maximum_a_posteriori(SPECIFICATIONS["pooled"], collapse(rows), priors).values
    ridge = found["sigma"] ** 2 / 1.5**2
    design = sm.add_constant(income_of(rows))
    penalised = design.T @ design + np.diag([0.0, ridge])
    line = np.linalg.solve(penalised, design.T @ rows["score"].to_numpy())
    assert [found["intercept"], found["slope"]] == pytest.approx(list(line), rel=1e-8)
    least_squares = np.linalg.lstsq(design, rows["score"].to_numpy())[0]
    assert abs(line[1]) < 0.9 * abs(least_squares[1])
    residual = rows["score"] - design @ line
    assert found["sigma"] == pytest.approx(np.sqrt(np.mean(residual**2)), rel=1e-8)


# ---- hierarchical models against an independent optimiser on dense rows


def independent_maximum(function, start):
    """Maximise by L-BFGS-B on logs of scales, polished by Nelder-Mead."""

    def natural(z):
        return np.concatenate([z[:2] * [100, 10], np.exp(z[2:])])

    def loss(z):
        return -function(natural(z))

    z = np.concatenate([start[:2] / [100, 10], np.log(start[2:])])
    rough = optimize.minimize(
        loss, z, method="L-BFGS-B", jac="3-point", options={"ftol": 1e-15, "gtol": 1e-7}
    )
    fine = optimize.minimize(
        loss,
        rough.x,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxfev": 400},
    )
    return natural(fine.x), -fine.fun


@pytest.mark.parametrize("model", HIERARCHICAL)
def test_mle_is_an_independent_optimisers_on_dense_rows(model, rows):
    rows = rows if model in GROUPED else rows.iloc[::2]
    found = maximum_likelihood(SPECIFICATIONS[model], collapse(rows))
    assert not found.optimum.on_boundary.any()
    vector = vector_of(found)
    scales = len(SPECIFICATIONS[model].scales)
    start = np.array([500.0, 10.0, *[20.0] * scales, *[80.0] * (len(vector) - 2 - scales)])
    row_density = row_density_of(model, rows)
    where, value = independent_maximum(row_density, start)
    assert found.optimum.log_density == pytest.approx(value, abs=1e-6)
    assert row_density(vector) == pytest.approx(value, abs=1e-6)
    np.testing.assert_allclose(vector, where, rtol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_map_beats_every_neighbour_on_dense_rows(model, rows):
    present = rows[rows["school_type"] != "municipal"]
    grid = collapse(present, OCCUPIED)
    found = maximum_a_posteriori(SPECIFICATIONS[model], grid, PRIORS)
    vector = vector_of(found)
    row_density = row_density_of(model, present)

    def posterior(v):
        return row_density(v) + log_prior(model, v)

    top = posterior(vector)
    assert found.optimum.log_density == pytest.approx(top, rel=1e-10)
    spread = np.nan_to_num(np.sqrt(np.diag(found.optimum.covariance)), nan=1.0)
    rng = np.random.default_rng(1)
    for direction in rng.standard_normal((30, len(vector))) * spread:
        moved = vector + 0.05 * direction
        moved[2:] = np.abs(moved[2:])
        assert posterior(moved) < top


# ---- statsmodels MixedLM, where the models coincide


@pytest.fixture(scope="module")
def common_sigma():
    """Eight groups with one sigma and interior scales: MixedLM's model."""
    names = tuple(f"g{i}" for i in range(8))
    sizes = dict(zip(names, (20, 60, 35, 90, 25, 50, 40, 80), strict=True))
    rng = np.random.default_rng(8)
    return made_rows(rng, sizes, tau=(40, 10, 0), sigma=(70, 70)), names


def mixed_model(rows):
    """ML fit of a random intercept and slope, uncorrelated: `free` holds the covariance at 0."""
    design = sm.add_constant(income_of(rows))
    model = MixedLM(rows["score"].to_numpy(), design, rows["school_type"], exog_re=design)
    free = MixedLMParams.from_components(fe_params=np.ones(2), cov_re=np.eye(2))
    return model.fit(reml=False, free=free, method=["bfgs", "lbfgs"], gtol=1e-8)


def test_the_likelihood_at_mixedlms_estimates_is_mixedlms(common_sigma):
    rows, names = common_sigma
    fit = mixed_model(rows)
    objective = Objective(SPECIFICATIONS["school_type"], collapse(rows, names), None)
    tau = np.sqrt(np.diag(fit.cov_re))
    sigma = np.sqrt(fit.scale)
    at = np.array([*fit.fe_params, *tau, *[sigma] * len(names)])
    assert objective(at) == pytest.approx(fit.llf, rel=1e-9)
    # one sigma for all groups: sum the free model's sigma gradients
    slope = gradient(objective, at)
    tied = np.array([*slope[:4], slope[4:].sum()])
    sds = np.array([*np.sqrt(np.diag(fit.cov_params())[:2]), *(tau / 4), sigma / 28])
    assert np.abs(tied * sds).max() < 1e-2


def test_tied_sigmas_reach_mixedlms_maximum_and_free_ones_exceed_it(common_sigma):
    rows, names = common_sigma
    fit = mixed_model(rows)
    objective = Objective(SPECIFICATIONS["school_type"], collapse(rows, names), None)

    def tied(v):
        return float(objective(np.array([*v[:4], *[v[4]] * len(names)])))

    where, value = independent_maximum(tied, np.array([500.0, 10, 20, 20, 80]))
    assert value == pytest.approx(fit.llf, abs=1e-5)
    expected = [*fit.fe_params, *np.sqrt(np.diag(fit.cov_re)), np.sqrt(fit.scale)]
    np.testing.assert_allclose(where, expected, rtol=2e-3)
    free = maximum_likelihood(SPECIFICATIONS["school_type"], collapse(rows, names))
    # seven more parameters: twice the excess is about chi-squared with 7 degrees of freedom
    assert 0 < 2 * (free.optimum.log_density - fit.llf) < 24.3


def test_the_effects_are_mixedlms_predictions(common_sigma):
    rows, names = common_sigma
    fit = mixed_model(rows)
    spec = SPECIFICATIONS["school_type"]
    objective = Objective(spec, collapse(rows, names), None)
    tau = np.sqrt(np.diag(fit.cov_re))
    at = np.array([*fit.fe_params, *tau, *[np.sqrt(fit.scale)] * len(names)])
    means, variances = effects_at(objective, at)
    effects = np.array([np.asarray(fit.random_effects[g]) for g in names])
    np.testing.assert_allclose(means, (effects + np.asarray(fit.fe_params)).T.ravel(), rtol=1e-6)
    spread = np.array([np.diag(fit.random_effects_cov[g]) for g in names])
    np.testing.assert_allclose(variances, spread.T.ravel(), rtol=1e-6)


# ---- derivatives and Laplace


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("priors", [None, PRIORS], ids=["likelihood", "posterior"])
def test_gradient_and_hessian_are_finite_differences(model, priors, rows):
    spec = SPECIFICATIONS[model]
    objective = Objective(spec, spec.data(collapse(rows, OCCUPIED)), priors)
    count = len(objective.names)
    point = np.array([480.0, 9.0, 22.0, 7.0, 15.0, 70.0, 90.0, 60.0, 80.0])
    point = point[[0, 1, *range(2, 2 + len(spec.scales)), *range(5, 5 + count)][:count]]
    found = gradient(objective, point)
    differences = optimize.approx_fprime(point, lambda v: float(objective(v)), 1e-6 * point)
    np.testing.assert_allclose(found, differences, rtol=1e-4, atol=1e-4)
    curvature = hessian(objective, point, 0.1 * point)
    expected = approx_hess(point, lambda v: float(objective(v)), epsilon=1e-4 * point)
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)).__abs__())
    assert (np.abs(curvature - expected) / size).max() < 1e-3


@pytest.fixture(scope="module", params=[*GROUPED, "income"])
def mode(request, rows):
    present = rows[rows["school_type"] != "municipal"]
    spec = SPECIFICATIONS[request.param]
    grid = collapse(present, OCCUPIED)
    found = maximum_a_posteriori(spec, grid, PRIORS)
    assert not found.optimum.on_boundary.any()
    objective = Objective(spec, spec.data(grid), PRIORS)
    return request.param, present, found, objective


def dense_covariance(model, rows, vector):
    """Inverse of the negative Hessian of the dense log posterior."""
    row_density = row_density_of(model, rows)

    def posterior(v):
        return row_density(v) + log_prior(model, v)

    return np.linalg.inv(-approx_hess(vector, posterior, epsilon=2e-3 * np.abs(vector)))


def dense_effects(model, rows, vector):
    """Effects (lines, deviations) of the rows' model: conditional mean and covariance."""
    seen, groups = seen_by(model, rows)
    parameters = as_parameters(model, vector)
    mean, covariance = dense(seen, groups, parameters).conditional()
    kept = np.r_[2 : 2 + 2 * len(groups)] if model in GROUPED else np.empty(0, int)
    if model != "school_type":
        kept = np.r_[kept, 2 + 2 * len(groups) : len(mean)]
    mean = mean.copy()
    mean[2 : 2 + len(groups)] += vector[0]
    mean[2 + len(groups) : 2 + 2 * len(groups)] += vector[1]
    return mean[kept], np.diag(covariance)[kept]


def test_effects_and_laplace_sds_come_from_the_dense_rows(mode):
    model, rows, found, objective = mode
    vector = vector_of(found)
    covariance = dense_covariance(model, rows, vector)
    names = found.optimum.names
    expected = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose([found.sd[n] for n in names], expected, rtol=1e-3)
    mean, conditional = dense_effects(model, rows, vector)
    steps = 1e-4 * np.abs(vector)
    jacobian = np.array(
        [
            (dense_effects(model, rows, vector + s)[0] - dense_effects(model, rows, vector - s)[0])
            / (2 * s.sum())
            for s in np.diag(steps)
        ]
    )
    effects = effect_names(objective.spec, objective.data)
    np.testing.assert_allclose([found.values[n] for n in effects], mean, rtol=1e-6, atol=1e-6)
    total = conditional + np.einsum("pe,pq,qe->e", jacobian, covariance, jacobian)
    np.testing.assert_allclose([found.sd[n] for n in effects], np.sqrt(total), rtol=1e-3)


def test_laplace_sds_of_effects_are_those_of_simulation(mode):
    _, _, found, objective = mode
    vector = vector_of(found)
    rng = np.random.default_rng(6)
    # a hundredth of the spread, where the effects' means are linear in the hyperparameters
    narrow = rng.multivariate_normal(vector, 1e-4 * found.optimum.covariance, 20_000)
    means, _ = effects_at(objective, narrow)
    _, conditional = effects_at(objective, vector)
    simulated = np.sqrt(conditional + 1e4 * means.var(axis=0))
    effects = effect_names(objective.spec, objective.data)
    np.testing.assert_allclose([found.sd[n] for n in effects], simulated, rtol=0.03)


# ---- where there is no ordinary maximum


def parallel(rows):
    """Give every group the same least squares slope: its slopes then vary by nothing."""
    pieces = []
    for _, group in rows.groupby("school_type", sort=False):
        design = sm.add_constant(income_of(group))
        line = np.linalg.lstsq(design, group["score"].to_numpy())[0]
        moved = group["score"] + (15.0 - line[1]) * design[:, 1]
        pieces.append(group.assign(score=moved))
    return pd.concat(pieces, ignore_index=True)


def test_a_scale_whose_maximum_is_zero_is_reported_without_sd(rows):
    found = maximum_likelihood(SPECIFICATIONS["school_type"], collapse(parallel(rows)))
    names = found.optimum.names
    assert [n for n, at in zip(names, found.optimum.on_boundary, strict=True) if at] == [
        "tau_slope"
    ]
    assert found.values["tau_slope"] == 0.0
    assert "tau_slope" not in found.sd
    assert found.sd["tau_intercept"] > 0
    row_density = row_density_of("school_type", parallel(rows))
    vector, away = vector_of(found), vector_of(found)
    away[names.index("tau_slope")] = 0.5
    assert row_density(away) < row_density(vector) == pytest.approx(found.optimum.log_density)
    slopes = {found.values[f"slope[{g}]"] for g in OCCUPIED}
    assert slopes == {found.values["slope"]}
    record = estimates_record(SPECIFICATIONS["school_type"], collapse(parallel(rows)), PRIORS, {})
    assert record["verification"]["mle"]["on_boundary"] == ["tau_slope"]
    # the map's sd is the table's, blank where its own maximum is on the boundary
    assert ("tau_slope" in record["laplace_sd"]) == (
        "tau_slope" not in record["verification"]["map"]["on_boundary"]
    )


UNBOUNDED = {
    "nobody": [],
    "one participant": [("A", 480.0)],
    "two on one line": [("A", 480.0), ("B", 490.0)],
    "two alike": [("A", 480.0), ("A", 480.0)],
}


def with_group(rows, cells, group="municipal"):
    added = pd.DataFrame([(group, *cell) for cell in cells], columns=rows.columns)
    return pd.concat([rows, added.astype(rows.dtypes)], ignore_index=True)


@pytest.mark.parametrize("model", GROUPED)
@pytest.mark.parametrize("case", UNBOUNDED)
def test_a_group_that_cannot_bound_its_sigma_is_left_out_and_blank(model, case, rows):
    found = maximum_likelihood(SPECIFICATIONS[model], collapse(with_group(rows, UNBOUNDED[case])))
    assert found.left_out == ("municipal",)
    assert not [name for name in found.values if "municipal" in name]
    expected = maximum_likelihood(SPECIFICATIONS[model], collapse(rows, OCCUPIED))
    assert expected.left_out == ()
    assert found.values == pytest.approx(expected.values, rel=1e-9)


def test_the_likelihood_of_a_group_left_out_has_no_maximum_over_its_sigma(rows):
    alike = [("A", 480.0), ("A", 480.0), ("B", 520.0), ("D", 505.0)]
    grid = collapse(with_group(rows, alike))
    spec = SPECIFICATIONS["school_type_income"]
    assert bounds_sigma(SPECIFICATIONS["school_type"], grid).all()
    assert list(bounds_sigma(spec, grid)) == [True, True, False, True]
    objective = Objective(spec, grid, None)
    at = np.array([500.0, 15, 40, 10, 25, 60, 60, 1.0, 60])
    towards_zero = [float(objective(np.where(at == 1.0, s, at))) for s in (1.0, 1e-3, 1e-6, 1e-9)]
    assert np.diff(towards_zero).min() > 6
    found = maximum_likelihood(spec, grid)
    assert found.left_out == ("municipal",)
    assert not found.optimum.problem


def test_a_group_of_three_single_cells_keeps_its_sigma_where_only_a_line_follows_it(rows):
    grid = collapse(with_group(rows, [("A", 480.0), ("B", 520.0), ("D", 505.0)]))
    found = maximum_likelihood(SPECIFICATIONS["school_type"], grid)
    assert found.left_out == ()
    assert found.values["sigma[municipal]"] > 1


@pytest.mark.parametrize("model", MODELS)
def test_nobody_is_a_problem_not_a_number(model, rows):
    record = estimates_record(SPECIFICATIONS[model], collapse(rows.iloc[:0]), PRIORS, {"x": X})
    for kind in ("mle", "map"):
        assert record[kind] == {}
        problem = record["verification"][kind]["problem"]
        assert problem == "too few participants for a maximum to exist"
        assert record["verification"][kind]["log_density"] is None
    assert record["income_sensitivity"] == [{"assumption": "x", "slope": None}]
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("bracket", ["A", "C", "F"])
def test_one_bracket_has_no_mle_but_a_map(model, bracket, rows):
    one = rows.assign(income_bracket=bracket)
    mle = maximum_likelihood(SPECIFICATIONS[model], collapse(one))
    assert mle.optimum.problem.startswith("the density has no unique maximum")
    assert mle.values == mle.sd == {}
    mode = maximum_a_posteriori(SPECIFICATIONS[model], collapse(one), PRIORS)
    assert not mode.optimum.problem
    assert np.isfinite(list(mode.values.values())).all()


def test_the_record_names_and_verifies_every_parameter(rows):
    spec = SPECIFICATIONS["school_type_income"]
    moved = X + np.linspace(0.2, 0, len(X))
    record = estimates_record(spec, collapse(rows), PRIORS, {"as it is": X, "moved": moved})
    expected = ["intercept", "slope", "tau_intercept", "tau_slope", "tau_cell"]
    for name in ("sigma", "intercept", "slope"):
        expected += [f"{name}[{g}]" for g in SCHOOL_TYPES]
    expected += [f"deviation[{g}, {b}]" for g in SCHOOL_TYPES for b in BRACKETS]
    assert list(record["map"]) == expected
    assert set(record["mle"]) == {n for n in expected if "municipal" not in n}
    assert record["verification"]["map"]["largest_gradient_per_sd"] < 1e-6
    as_it_is, elsewhere = (s["slope"] for s in record["income_sensitivity"])
    assert as_it_is == pytest.approx(record["map"]["slope"], abs=1e-5)
    afresh = maximum_a_posteriori(spec, collapse(rows).at(moved), PRIORS).values["slope"]
    assert elsewhere == pytest.approx(afresh, abs=1e-5)
    assert abs(elsewhere - as_it_is) > 0.1
    json.dumps(record, allow_nan=False)


# ---- profiles


@pytest.fixture(scope="module", params=[1, -1], ids=["rising", "falling"])
def profiles(request, rows):
    """Profiles of the data and of the same data with every slope's sign turned."""
    turned = rows.assign(score=500 + request.param * (rows["score"] - 500))
    made = {}
    for model in HIERARCHICAL:
        objective, optimum = posterior_optimum(SPECIFICATIONS[model], collapse(turned), PRIORS)
        assert np.sign(optimum.vector[1]) == request.param
        made[model] = objective, optimum, scale_profiles(objective, optimum)
    return made


@pytest.mark.parametrize("model", HIERARCHICAL)
def test_the_marginal_profile_peaks_at_the_optimum(model, profiles):
    objective, optimum, table = profiles[model]
    assert list(table["parameter"].unique()) == list(objective.spec.scales)
    for name, profile in table.groupby("parameter"):
        top = optimum.vector[optimum.names.index(name)]
        sd = np.sqrt(np.diag(optimum.covariance))[optimum.names.index(name)]
        assert profile["log_marginal"].max() <= optimum.log_density + 1e-9
        nearest = (np.log(profile["value"]) - np.log(top)).abs().idxmin()
        close = profile.loc[nearest]
        # to second order the loss at distance d is d^2 / 2 sd^2
        loss = 0.5 * ((close["value"] - top) / sd) ** 2
        fallen = optimum.log_density - close["log_marginal"]
        assert fallen == pytest.approx(loss, abs=0.02 + 0.3 * loss)


@pytest.mark.parametrize("model", HIERARCHICAL)
def test_the_joint_rises_without_bound_by_one_unit_an_effect(model, profiles):
    objective, _, table = profiles[model]
    groups, brackets = objective.data.n.shape
    for name, profile in table.groupby("parameter"):
        effects = groups if name in ("tau_intercept", "tau_slope") else groups * brackets
        low = profile.sort_values("value").iloc[:5]
        rate = np.diff(low["log_joint"]) / np.diff(np.log(low["value"]))
        np.testing.assert_allclose(rate, -effects, rtol=1e-3)
        # the marginal stays where it is
        assert np.abs(np.diff(low["log_marginal"])).max() < 1e-3


@pytest.mark.parametrize("model", HIERARCHICAL)
@pytest.mark.parametrize("index", [12, 45])
def test_the_joint_is_the_dense_joint_density_at_the_effects_mode(model, index, rows):
    present = rows[rows["school_type"] != "municipal"]
    spec = SPECIFICATIONS[model]
    objective = Objective(spec, spec.data(collapse(present, OCCUPIED)), PRIORS)
    seen, groups = seen_by(model, present)
    line = [480.0, 9.0]
    for position, name in enumerate(spec.scales, start=2):
        scales = [30.0, 8.0, 20.0][: len(spec.scales)]
        vector = np.array([*line, *scales, *np.linspace(60, 90, len(groups))])
        vector[position] = GRID[index]
        d = dense(seen, groups, as_parameters(model, vector))
        g = len(groups)
        block = {
            "tau_intercept": slice(2, 2 + g),
            "tau_slope": slice(2 + g, 2 + 2 * g),
        }.get(name, slice(2 + 2 * g, None))
        mode = d.conditional()[0][block]
        # p(hyperparameters) p(effects | scale) p(rows | effects), the other effects integrated out
        others = d.effect_variance.copy()
        others[block] = 0.0
        covariance = d._replace(effect_variance=others).covariance
        expected = multivariate_normal(d.expected + d.design[:, block] @ mode, covariance).logpdf(
            d.y
        )
        expected += multivariate_normal(
            np.zeros(len(mode)), GRID[index] ** 2 * np.eye(len(mode))
        ).logpdf(mode)
        expected += log_prior(model, vector)
        joint = objective(vector) - log_conditional_volume(objective, vector[None], name)[0]
        assert joint == pytest.approx(expected, rel=1e-9)


def test_pooled_has_no_scale_to_profile(rows):
    table = scale_profiles(*posterior_optimum(SPECIFICATIONS["pooled"], collapse(rows), PRIORS))
    assert list(table.columns) == ["parameter", "value", "log_marginal", "log_joint"]
    assert table.empty
