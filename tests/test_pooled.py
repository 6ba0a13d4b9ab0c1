import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from enem.atlas.evidence import (
    gap_contrast,
    gap_variances,
    slope_variances,
    with_evidence,
    without_prior,
)
from enem.atlas.hierarchy import build_hierarchy
from enem.atlas.importance import importance_sample
from enem.atlas.measures import Measure, measures_of
from enem.atlas.places import draw_probabilities, order_probabilities
from enem.atlas.pooled import OWN, PREDICTED, pool, pool_one
from enem.compare.cell_means import Cells, gap
from enem.compare.contrasts import Contrast
from enem.mixed.priors import Prior, parse_priors
from enem.names import PUBLIC
from made import LETTERS, PRIORS, TYPES, grid_of, scores, shipped_config
from report_fixtures import shipped_formulas

HALF_NORMAL = Prior("half_normal", {"sd": 25.0})
WIDE = {
    "centre": Prior("normal", {"mean": 5.0, "sd": 100.0}),
    "tau_state": HALF_NORMAL,
    "tau_edition": HALF_NORMAL,
    "tau_interaction": HALF_NORMAL,
}
SIDES = (("privada",), PUBLIC)
STATES, EDITIONS = ("AC", "BA", "RS", "SP"), ("2015", "2016", "2017")
SLOPE = Measure("slope", "slope", "pooled", "all", "twice the income", "independent_participants")


def settings(**changes):
    made = shipped_config()
    made |= {"editions": list(EDITIONS), "states": list(STATES), "outcomes": ["mean"]}
    made = made | {"models": ["pooled"]} | changes
    models_of = dict.fromkeys(made["editions"], made["models"])
    return made | {"formulas": shipped_formulas(made["models"]), "models_of": models_of}


def made_table(rng, states=STATES, editions=EDITIONS, sd=1.0):
    """Analyses of a known hierarchy: sd 4 between states, 2 between editions, 1 beyond."""
    a, b = rng.normal(0, 4, len(states)), rng.normal(0, 2, len(editions))
    rows = []
    for i, state in enumerate(states):
        for j, edition in enumerate(editions):
            theta = 20 + a[i] + b[j] + rng.normal(0, 1)
            rows.append((edition, state, theta + sd * rng.standard_normal(), theta))
    table = pd.DataFrame(rows, columns=["edition", "state", "mean", "theta"])
    table = table.assign(outcome="mean", status="shown", participants=500, sd=sd)
    ends = {"interval_low": table["mean"] - 1.645 * sd, "interval_high": table["mean"] + 1.645 * sd}
    return table.assign(**ends, data_mean=table["mean"], data_sd=sd)


def crossed(rng, unknown=()):
    """Hierarchy of all states and editions, and the same as vectors."""
    states, editions = np.repeat(STATES, len(EDITIONS)), np.tile(EDITIONS, len(STATES))
    y, sd = rng.normal(20, 5, len(states)), rng.uniform(0.5, 3, len(states))
    sd[list(unknown)] = np.inf
    return build_hierarchy(y, sd, states, editions, WIDE), states, editions, y, sd


def dense(states, editions, tau):
    """Prior covariance of theta, written out."""
    same_state, same_edition = (np.equal.outer(x, x) for x in (states, editions))
    return (
        100.0**2
        + tau[0] ** 2 * same_state
        + tau[1] ** 2 * same_edition
        + tau[2] ** 2 * np.eye(len(states))
    )


# --- the model, against its dense Gaussian


@pytest.mark.parametrize("tau", [(4.0, 2.0, 1.0), (0.001, 30.0, 0.001), (5.0, 1e-8, 1e-8)])
def test_marginal_density_is_that_of_the_dense_gaussian(tau):
    hierarchy, states, editions, y, sd = crossed(np.random.default_rng(1), unknown=(4,))
    known = np.isfinite(sd)
    covariance = (dense(states, editions, tau))[np.ix_(known, known)] + np.diag(sd[known] ** 2)
    expected = multivariate_normal(np.full(known.sum(), 5.0), covariance).logpdf(y[known])
    found = hierarchy.log_marginal(np.array([tau, tau]))
    assert found == pytest.approx(np.repeat(expected, 2), rel=1e-8)


def test_draws_given_scales_follow_the_closed_form():
    tau = np.array([4.0, 2.0, 1.0])
    hierarchy, states, editions, y, sd = crossed(np.random.default_rng(2), unknown=(4,))
    known = np.isfinite(sd)
    prior = dense(states, editions, tau)
    gain = prior[:, known] @ np.linalg.inv(prior[np.ix_(known, known)] + np.diag(sd[known] ** 2))
    mean = 5.0 + gain @ (y[known] - 5.0)
    covariance = prior - gain @ prior[known]
    draws = hierarchy.draw(np.tile(tau, (40_000, 1)), np.random.default_rng(3))
    scale = np.sqrt(np.diag(covariance))
    assert np.abs((draws.theta.mean(axis=0) - mean) / scale).max() < 0.03
    assert np.abs(np.cov(draws.theta.T) - covariance).max() < 0.04 * covariance.max()
    assert draws.variance[0] == pytest.approx(np.diag(covariance), rel=1e-6)


def test_a_term_with_one_level_is_left_out():
    y, sd = np.array([1.0, 2.0, 4.0]), np.ones(3)
    one_edition = build_hierarchy(y, sd, ["AC", "RS", "SP"], ["2017"] * 3, WIDE)
    one_state = build_hierarchy(y, sd, ["RS"] * 3, ["2015", "2016", "2017"], WIDE)
    assert one_edition.scales == ("tau_state",)
    assert one_state.scales == ("tau_edition",)
    # a level without estimates tells nothing apart
    lone = build_hierarchy(y, np.array([1.0, 1.0, np.inf]), ["AC", "AC", "RS"], list("abb"), WIDE)
    assert lone.scales == ("tau_edition",)
    assert (
        build_hierarchy(y, np.array([1.0, np.inf, np.inf]), list("abc"), list("abc"), WIDE) is None
    )


# --- its sampling


def test_eight_schools_against_published_reference_draws():
    # Rubin (1981); means and their Monte Carlo errors: posteriordb,
    # reference_posteriors/summary_statistics/mean/mean/eight_schools-eight_schools_noncentered.json
    y = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    sd = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
    theta = [6.1505, 4.9396, 3.9059, 4.7960, 3.6144, 4.0511, 6.3172, 4.8840]
    priors = {
        "centre": Prior("normal", {"mean": 0.0, "sd": 5.0}),
        "tau_state": Prior("half_student_t", {"df": 1.0, "scale": 5.0}),
    }
    hierarchy = build_hierarchy(y, sd, list("abcdefgh"), ["all"] * 8, priors)
    rng = np.random.default_rng(5)
    sample = importance_sample(hierarchy.log_density, np.array([1.0]), 40_000, rng)
    draws = hierarchy.draw(np.exp(sample.points), rng)
    assert sample.pareto_k < 0.5
    # four of the reference's own Monte Carlo errors, and ours of about 4,000 effective draws
    assert draws.effects[:, 0].mean() == pytest.approx(4.4105, abs=4 * 0.033 + 0.1)
    assert np.exp(sample.points).mean() == pytest.approx(3.6021, abs=4 * 0.032 + 0.1)
    assert draws.theta.mean(axis=0) == pytest.approx(theta, abs=4 * 0.056 + 0.1)


def test_sampled_scale_agrees_with_quadrature():
    rng = np.random.default_rng(7)
    y, sd = rng.normal(20, 3, 9), np.full(9, 2.0)
    hierarchy = build_hierarchy(y, sd, list("abcdefghi"), ["2017"] * 9, WIDE)
    grid = np.linspace(-9, 5, 4001)
    weight = np.exp(hierarchy.log_density(grid[:, None]))
    weight /= weight.sum()
    sample = importance_sample(hierarchy.log_density, np.zeros(1), 20_000, rng)
    tau = np.exp(sample.points[:, 0])
    assert tau.mean() == pytest.approx(weight @ np.exp(grid), rel=0.03)
    for q in (0.05, 0.5, 0.95):
        exact = np.exp(grid[np.searchsorted(np.cumsum(weight), q)])
        assert (tau < exact).mean() == pytest.approx(q, abs=0.03)


@pytest.mark.parametrize("noise", [0.3, 10.0])
def test_three_scales_are_sampled_well_where_data_say_much_and_little(noise):
    rng = np.random.default_rng(8)
    table = made_table(rng, tuple("ABCDEFGHIJKL"), ("1", "2", "3", "4"), noise)
    arrays = (table[c].to_numpy() for c in ("data_mean", "data_sd", "state", "edition"))
    hierarchy = build_hierarchy(*arrays, WIDE)
    sample = importance_sample(hierarchy.log_density, np.zeros(3), 1000, rng)
    assert sample.pareto_k < 0.5
    assert sample.ess > 1000


# --- what enters: posteriors without their priors


def test_normal_prior_is_taken_out_exactly():
    data_mean, data_sd, prior_mean, prior_sd = 20.0, 12.0, -3.0, 50.0
    precision = data_sd**-2 + prior_sd**-2
    mean = (data_mean / data_sd**2 + prior_mean / prior_sd**2) / precision
    found = without_prior([mean], [precision**-0.5], prior_mean, [np.array([prior_sd**2])])
    assert np.ravel(found) == pytest.approx([data_mean, data_sd], rel=1e-6)


def test_mixed_prior_is_taken_out():
    variances = gap_variances(made_grid(), PRIORS, ["tau_intercept", "tau_slope"], SIDES)
    theta = np.linspace(-200, 300, 20_001)
    prior = np.exp(-0.5 * theta[:, None] ** 2 / variances) / np.sqrt(variances)
    weight = prior.mean(axis=1) * np.exp(-0.5 * ((theta - 60) / 12) ** 2)
    weight /= weight.sum()
    mean = weight @ theta
    sd = np.sqrt(weight @ (theta - mean) ** 2)
    assert mean < 58.5
    found = without_prior([mean], [sd], 0.0, [variances])
    assert np.ravel(found) == pytest.approx([60, 12], rel=0.01)


def test_posterior_as_wide_as_its_prior_says_nothing():
    _, sd = without_prior([1.0, 1.0], [49.0, 3.0], 0.0, [np.array([2500.0])] * 2)
    assert np.isinf(sd[0])
    assert np.isfinite(sd[1])


def made_grid():
    rng = np.random.default_rng(10)
    counts = rng.integers(1, 30, (4, len(LETTERS)))
    x = np.linspace(-3, 4, len(LETTERS))
    return grid_of(scores(counts, 500.0, [80.0] * 4, rng), x)


@pytest.mark.parametrize("other", [PUBLIC, ("estadual",)])
@pytest.mark.parametrize("cells_deviate", [False, True])
def test_prior_of_the_gap_is_that_of_draws_from_the_prior(cells_deviate, other):
    grid, rng = made_grid(), np.random.default_rng(11)
    tau = {
        name: PRIORS[name].draw(rng, 20_000)[:, None]
        for name in ("tau_intercept", "tau_slope", "tau_cell")
    }
    common = {name: PRIORS[name].draw(rng, 20_000)[:, None] for name in ("intercept", "slope")}
    line = {
        name: (common[name] + tau[f"tau_{name}"] * rng.standard_normal((20_000, 4)))[..., None]
        for name in common
    }
    expected = line["intercept"] + line["slope"] * grid.x
    if cells_deviate:
        expected += tau["tau_cell"][..., None] * rng.standard_normal(expected.shape)
    sides = ("privada",), other
    draws = gap(
        Cells(expected, grid.n[None]), Contrast("", *(np.isin(TYPES, side) for side in sides))
    )
    scales = ["tau_intercept", "tau_slope", *(["tau_cell"] if cells_deviate else [])]
    variances = gap_variances(grid, PRIORS, scales, sides)
    assert np.sqrt(variances.mean()) == pytest.approx(draws.std(), rel=0.05)
    assert draws.mean() == pytest.approx(0, abs=4)
    contrast = gap_contrast(grid, sides)
    assert contrast.sum(axis=0) == pytest.approx(np.zeros(len(LETTERS)), abs=1e-12)
    by_hand = np.einsum("sgb,gb->s", expected[:50], contrast)
    assert by_hand == pytest.approx(draws[:50])


def test_prior_of_a_slope():
    assert slope_variances(PRIORS, by_school_type=False) == pytest.approx(np.full(1000, 2500.0))
    expected = 50.0**2 + 25.0**2
    assert slope_variances(PRIORS, by_school_type=True).mean() == pytest.approx(expected, rel=0.05)


def test_hidden_numbers_do_not_enter(tmp_path):
    table = made_table(np.random.default_rng(12)).drop(columns=["data_mean", "data_sd"])
    table = table.assign(these_mean=table["mean"], these_sd=table["sd"])
    table.loc[0, ["status", "mean", "sd"]] = ["few", np.nan, np.nan]
    found = with_evidence(table, SLOPE, tmp_path, settings())
    assert found.loc[0, ["data_mean", "data_sd"]].isna().all()
    # precise posteriors hardly move: 1 - (1/50)^2 of the precision is the data's
    assert found.loc[1:, "data_sd"].to_numpy() == pytest.approx(1 / np.sqrt(1 - 1 / 2500))


def test_schools_drawn_anew_stay_with_the_data(tmp_path):
    """The prior is taken out of these schools; what drawing schools adds is put on top."""
    table = made_table(np.random.default_rng(13), sd=2.0).drop(columns=["data_mean", "data_sd"])
    table = table.assign(these_mean=table["mean"] - 3.0, these_sd=table["sd"])
    wider = table.assign(sd=np.hypot(table["sd"], 10.0))
    found = with_evidence(wider, SLOPE, tmp_path, settings())
    alone = with_evidence(table, SLOPE, tmp_path, settings())
    np.testing.assert_allclose(found["data_sd"], np.hypot(alone["data_sd"], 10.0))
    np.testing.assert_allclose(found["data_mean"], alone["data_mean"])
    assert "these_sd" not in found


# --- the tables


def pooled_of(table, **changes):
    return pool({SLOPE: table}, settings(**changes))


def test_analyses_without_a_number_are_predicted_from_the_others():
    table = made_table(np.random.default_rng(13))
    table.loc[[0, 5], ["status", "mean", "data_mean", "data_sd"]] = ["few", None, None, None]
    found = pooled_of(table).pooled
    assert found["basis"].eq(PREDICTED).tolist() == [i in (0, 5) for i in range(12)]
    blank = ["mean", "sd", "interval_low", "interval_high", "data_mean", "data_sd", "shrinkage"]
    assert found.loc[[0, 5], blank].isna().all(axis=None)
    assert found["pooled_mean"].notna().all()
    sd = found.groupby("basis")["pooled_sd"]
    assert sd.min()[PREDICTED] > sd.max()[OWN]


def test_uncertain_analyses_move_more_and_towards_the_others():
    table = made_table(np.random.default_rng(14), sd=0.5)
    wild = table["state"].eq("SP") & table["edition"].eq("2017")
    table.loc[wild, ["mean", "data_mean"]] += 40
    table.loc[wild, ["sd", "data_sd"]] = 20
    found = pooled_of(table).pooled
    assert found["shrinkage"].between(0, 1).all()
    assert found["shrinkage"].idxmax() == wild.idxmax()
    assert found.loc[wild, "shrinkage"].item() > 0.9
    assert (found["data_mean"] - found["pooled_mean"])[wild].item() > 20
    assert np.abs(found["data_mean"] - found["pooled_mean"])[~wild].max() < 1


def test_the_country_and_simulated_editions_stay_out():
    table = made_table(np.random.default_rng(15), (*STATES, "BR"), (*EDITIONS, "simulated"))
    found = pooled_of(table)
    assert set(found.pooled["state"]) == set(STATES)
    assert set(found.pooled["edition"]) == set(EDITIONS)
    made = made_table(np.random.default_rng(15), STATES, ("simulated",))
    assert set(pooled_of(made).scales["parameter"]) == {"centre", "tau_state"}


def test_effects_are_differences_from_their_mean_and_places_are_sure():
    table = made_table(np.random.default_rng(16), sd=0.1)
    found = pooled_of(table).effects
    for _, term in found.groupby("term"):
        assert term["mean"].sum() == pytest.approx(0, abs=1e-9)
    states = found[found["term"] == "state"]
    assert states["analyses"].tolist() == [3] * 4
    means = table.groupby("state")["mean"].mean()
    assert states.set_index("level")["mean"].corr(means) > 0.99
    sure = states[states["place"].notna()]
    assert list(sure.sort_values("place")["mean"]) == sorted(sure["mean"], reverse=True)
    assert found.loc[found["term"] == "edition", "place"].isna().all()


def test_one_analysis_gives_empty_tables_with_their_columns():
    found = pooled_of(made_table(np.random.default_rng(17), ("AC",), ("2017",)))
    assert found.pooled.empty
    assert "shrinkage" in found.pooled
    assert "place" in found.effects


def test_checks_hold_thresholds_of_the_configuration():
    table = made_table(np.random.default_rng(18))
    checks = pooled_of(table).checks.set_index("name")
    assert checks.loc[["pareto_k", "ess"], "passed"].tolist() == [True, True]
    assert checks.loc[["normality", "prior_divided_out"], "passed"].isna().all()
    strict = settings()["checks"] | {"ess_min": 1e6, "pareto_k_max": -9.0}
    failed = pooled_of(table, checks=strict).checks.set_index("name")
    assert failed.loc[["pareto_k", "ess"], "passed"].tolist() == [False, False]
    skewed = table.assign(interval_high=table["interval_high"] + 0.5)
    assert pooled_of(skewed).checks.set_index("name").loc["normality", "value"] > 0.49


def test_the_same_seed_gives_the_same_tables():
    table = made_table(np.random.default_rng(19))
    pd.testing.assert_frame_equal(pooled_of(table).pooled, pooled_of(table).pooled)


def test_order_from_joint_draws_agrees_with_independent_normals():
    rng = np.random.default_rng(20)
    mean, sd = np.array([3.0, 2.0, 1.5]), np.array([1.0, 0.5, 2.0])
    found = draw_probabilities(rng.normal(mean, sd, (50_000, 3)))
    expected = order_probabilities(mean, sd)
    off = ~np.eye(3, dtype=bool)
    assert found[off] == pytest.approx(expected[off], abs=0.01)


def test_measures_of_the_shipped_config_have_a_known_prior():
    shipped = settings(models=shipped_config()["models"])
    found = [(measure.name, measure.model) for measure in measures_of(shipped)]
    names = ("slope", "gap", "federal_gap", "school", "municipality")
    assert found == [(name, "school_type") for name in names]


# --- slow: other samplers, and truth


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(60):
        rng = np.random.default_rng(1000 + seed)
        table = made_table(rng, tuple("ABCDEFGH"), ("1", "2", "3"), sd=2.0)
        found = pool_one(table, settings())["pooled"]
        held.append(table["theta"].between(found["pooled_low"], found["pooled_high"]).mean())
    assert np.mean(held) == pytest.approx(0.9, abs=4 * np.std(held) / np.sqrt(len(held)))


@pytest.mark.slow
def test_three_scales_against_nuts():
    import pymc as pm

    rng = np.random.default_rng(21)
    table = made_table(rng, tuple("ABCDEFGH"), ("1", "2", "3", "4"), sd=1.5)
    priors = parse_priors(shipped_config()["atlas"]["priors"], "atlas.priors", ("centre",))
    state, edition = table["state"].factorize()[0], table["edition"].factorize()[0]
    with pm.Model():
        mu = pm.Normal("centre", 0, priors["centre"].arguments["sd"])
        tau = [pm.HalfNormal(n, p.arguments["sd"]) for n, p in priors.items() if n != "centre"]
        a, b, c = (
            scale * pm.Normal(f"z{i}", shape=n)
            for i, (scale, n) in enumerate(zip(tau, (8, 4, len(table)), strict=True))
        )
        theta = pm.Deterministic("theta", mu + a[state] + b[edition] + c)
        pm.Normal("y", theta, table["data_sd"], observed=table["data_mean"])
        drawn = pm.sample(
            draws=2000, tune=2000, chains=4, cores=2, target_accept=0.97, random_seed=1,
            nuts_sampler="nutpie", progressbar=False, compute_convergence_checks=False,
        )["posterior"]  # fmt: skip
    found = pool_one(table, settings())
    scales = found["scales"].set_index("parameter")
    for name in ("centre", "tau_state", "tau_edition", "tau_interaction"):
        draws = drawn[name].to_numpy().ravel()
        assert scales.loc[name, "mean"] == pytest.approx(draws.mean(), abs=0.12 * draws.std())
        assert scales.loc[name, "sd"] == pytest.approx(draws.std(), rel=0.15)
    theta = drawn["theta"].to_numpy().reshape(-1, len(table))
    distance = (found["pooled"]["pooled_mean"] - theta.mean(axis=0)) / theta.std(axis=0)
    assert np.abs(distance).max() < 0.12
    ratio = found["pooled"]["pooled_sd"] / theta.std(axis=0)
    assert np.abs(ratio - 1).max() < 0.1
