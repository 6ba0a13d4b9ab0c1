import json
from dataclasses import replace

import arviz_stats as azs
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from enem.check.closed_form import closed_form_check, pooled_moments
from enem.check.convergence import convergence_checks
from enem.check.model import _pareto_check, _too_few_groups
from enem.check.predictive import (
    collapse,
    posterior_predictive_check,
    predictive_table,
    prior_predictive_check,
    replicate_groups,
)
from enem.check.scores import cell_parameters
from enem.check.sensitivity import (
    income_sensitivity_check,
    power_scaling,
    prior_sensitivity_check,
)
from enem.check.summary import participants_behind, summarise
from enem.check.verdict import Check, require_convergence, write_checks
from enem.errors import InputError
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS
from made import LETTERS, PRIORS, TYPES, cells_of, dataset, grid_of, scores, shipped_config

LIMITS = shipped_config()["checks"]
X = np.linspace(-3, 4, 17)
SHAPE = (4, 1000)


@pytest.fixture
def rng():
    return np.random.default_rng(20171105)


def group_draws(rng, draws=500):
    """Draws of every kind of variable that a posterior may hold."""
    by_type, by_bracket = ("school_type",), ("income_bracket",)
    sizes = {"intercept": (), "slope": (), "tau_cell": (), "sigma": (4,)}
    made = {name: rng.normal(50, 5, (4, draws, *size)) for name, size in sizes.items()}
    made["sigma"] = (made["sigma"], by_type)
    for name in ("intercept_school_type", "slope_school_type"):
        made[name] = (rng.normal(500, 9, (4, draws, 4)), by_type)
    made["deviation"] = (rng.normal(0, 3, (4, draws, 4, 17)), by_type + by_bracket)
    return dataset(**made)


def test_summary_equals_arviz(rng):
    posterior = group_draws(rng)
    ours = summarise(posterior, 0.9).set_index("parameter")
    theirs = azs.summary(
        posterior, kind="all", ci_prob=0.9, ci_kind="eti", round_to="none", fmt="wide"
    )
    theirs.index = theirs.index.str.replace("_school_type", "")
    assert sorted(ours.index) == sorted(theirs.index)
    assert "deviation[privada, Q]" in ours.index
    assert "slope[privada]" in ours.index
    theirs = theirs.loc[ours.index].astype(float)
    pairs = {
        "mean": "mean", "sd": "sd", "interval_low": "eti90_lb", "interval_high": "eti90_ub",
        "mcse_mean": "mcse_mean", "ess_bulk": "ess_bulk", "ess_tail": "ess_tail",
        "r_hat": "r_hat",
    }  # fmt: skip
    for mine, other in pairs.items():
        np.testing.assert_allclose(ours[mine], theirs[other], rtol=1e-10, err_msg=mine)
    slope = posterior["slope_school_type"].sel(school_type="privada").to_numpy().ravel()
    assert ours.loc["slope[privada]", "median"] == pytest.approx(np.median(slope), rel=1e-12)


def test_participants_behind_each_parameter(rng):
    counts = np.arange(4 * 17).reshape(4, 17)
    cells = cells_of(scores(counts, 500.0, [50] * 4, rng))
    names = ["intercept", "tau_cell", "slope[privada]", "sigma[federal]", "deviation[Q]"]
    names += ["deviation[privada, Q]", "deviation[federal, A]"]
    found = participants_behind(pd.Series(names), cells)
    assert found[:2].isna().all()
    expected = [counts[3].sum(), counts[0].sum(), counts[:, 16].sum(), counts[3, 16], 0]
    assert found[2:].tolist() == expected


def sampler_statistics(energy, diverging=0):
    flags = np.zeros(energy.shape, bool)
    flags.ravel()[:diverging] = True
    return xr.Dataset(
        {"diverging": (("chain", "draw"), flags), "energy": (("chain", "draw"), energy)}
    )


def verdicts(energy=None, diverging=0, **draws):
    rng = np.random.default_rng(7)
    ordinary = {"intercept": rng.normal(500, 2, SHAPE), "slope": rng.normal(20, 1, SHAPE)}
    made = summarise(dataset(**ordinary | draws), 0.9)
    energy = rng.normal(size=SHAPE) if energy is None else energy
    checks = convergence_checks(made, sampler_statistics(energy, diverging), LIMITS)
    return {check.name: check for check in checks}


def failed(checks):
    return {name for name, check in checks.items() if check.passed is not True}


def test_good_draws_pass_every_convergence_check():
    checks = verdicts()
    assert failed(checks) == set()
    assert list(checks) == ["r_hat", "ess_bulk", "ess_tail", "divergences", "e_bfmi", "mcse"]


def test_a_shifted_chain_fails_r_hat_by_name(rng):
    slope = rng.normal(20, 1, SHAPE)
    slope[2] += 3
    checks = verdicts(slope=slope)
    assert {"r_hat", "ess_bulk"} <= failed(checks) <= {"r_hat", "ess_bulk", "ess_tail", "mcse"}
    assert "of slope (below 1.01 wanted)" in checks["r_hat"].message
    assert checks["divergences"].passed
    assert checks["e_bfmi"].passed


def test_sticky_draws_fail_effective_size_by_name(rng):
    slow = np.zeros(SHAPE)
    noise = rng.normal(size=SHAPE)
    for t in range(1, SHAPE[1]):
        slow[:, t] = 0.97 * slow[:, t - 1] + noise[:, t]
    checks = verdicts(slope=slow)
    assert "ess_bulk" in failed(checks)
    assert checks["ess_bulk"].value < 400
    assert "of slope (at least 400 wanted)" in checks["ess_bulk"].message


def test_few_draws_fail_effective_size_alone_of_the_others(rng):
    few = {name: rng.normal(size=(4, 80)) for name in ("intercept", "slope")}
    checks = verdicts(energy=rng.normal(size=(4, 80)), **few)
    assert {"ess_bulk", "ess_tail"} <= failed(checks)
    assert {"divergences", "e_bfmi"}.isdisjoint(failed(checks))


def test_rare_excursions_fail_tail_size_but_not_bulk(rng):
    # blocks at one extreme: the middle mixes, the tail comes in few visits
    slope = rng.uniform(-1, 1, SHAPE)
    slope[:, 450:560] = 3 + rng.normal(size=(4, 110)) * 0.01
    checks = verdicts(slope=slope)
    assert "ess_tail" in failed(checks)
    assert "tail ESS is" in checks["ess_tail"].message
    assert "of slope" in checks["ess_tail"].message
    assert checks["ess_tail"].value < checks["ess_bulk"].value


def test_one_divergence_fails_alone():
    checks = verdicts(diverging=1)
    assert failed(checks) == {"divergences"}
    assert checks["divergences"].message == "1 divergent transitions (at most 0 allowed)."


def test_slowly_moving_energy_fails_alone(rng):
    energy = rng.normal(size=SHAPE)
    energy[1] = np.cumsum(energy[1]) * 0.3
    checks = verdicts(energy=energy)
    assert failed(checks) == {"e_bfmi"}
    squares = np.diff(energy[1]) ** 2
    assert checks["e_bfmi"].value == pytest.approx(squares.mean() / energy[1].var(), rel=0.01)


def test_a_chain_without_any_energy_change_fails(rng):
    energy = rng.normal(size=SHAPE)
    energy[1] = 3.0
    with np.errstate(invalid="ignore"):
        checks = verdicts(energy=energy)
    assert failed(checks) == {"e_bfmi"}
    assert checks["e_bfmi"].value is None
    assert "chain 1" in checks["e_bfmi"].message


def test_a_heavy_tail_fails_monte_carlo_error(rng):
    slope = rng.normal(size=SHAPE) + np.linspace(-20, 20, SHAPE[1])
    checks = verdicts(slope=slope)
    assert "mcse" in failed(checks)
    assert "of slope (below 0.05 wanted)" in checks["mcse"].message


@pytest.mark.parametrize("kind", ["missing", "constant", "chains that never move"])
def test_undefined_diagnostics_fail_and_can_be_written(rng, tmp_path, kind):
    slope = rng.normal(size=SHAPE)
    if kind == "missing":
        slope[0, 5] = np.nan
    elif kind == "constant":
        slope[:] = 3.0
    else:
        slope[:] = np.arange(4.0)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        checks = verdicts(slope=slope)
    assert checks["r_hat"].passed is False
    assert checks["r_hat"].value is None
    assert "of slope is undefined" in checks["r_hat"].message
    write_checks(list(checks.values()), tmp_path / "checks.json")
    assert strict(tmp_path / "checks.json")["passed"] is False


def test_a_missing_draw_makes_the_summary_missing(rng):
    slope = rng.normal(size=SHAPE)
    slope[0, 5] = np.nan
    row = summarise(dataset(slope=slope), 0.9).iloc[0]
    assert row.drop("parameter").isna().all()


def strict(path):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(path.read_text(), parse_constant=refuse)


def test_checks_are_written_as_strict_json(tmp_path):
    path = tmp_path / "checks.json"
    notes = Check("groups_without_data", None, 1.0, None, "Ninguém em municipal.")
    write_checks([Check("r_hat", True, 1.0, 1.01, "ok"), notes], path)
    found = strict(path)
    assert found["passed"] is True
    assert found["checks"][1] == {
        "name": "groups_without_data", "passed": None, "value": 1.0, "threshold": None,
        "message": "Ninguém em municipal.", "details": {},
    }  # fmt: skip
    with pytest.raises(ValueError, match="JSON"):
        write_checks([Check("r_hat", True, float("nan"), 1.01, "")], path)
    assert strict(path) == found
    assert [p.name for p in tmp_path.iterdir()] == ["checks.json"]


def test_draws_that_did_not_converge_are_refused_unless_config_warns(tmp_path):
    path = tmp_path / "checks.json"
    bad = Check("r_hat", False, 1.2, 1.01, "The largest R-hat is 1.2, of slope[privada].")
    write_checks([bad, Check("mcse", True, 0.01, 0.05, "fine")], path)
    with pytest.raises(InputError) as refusal:
        require_convergence(path, "error")
    assert "of slope[privada]" in str(refusal.value)
    assert "checks.on_convergence_failure: warn" in str(refusal.value)
    assert "fine" not in str(refusal.value)
    require_convergence(path, "warn")


def test_only_convergence_stops_the_build(tmp_path):
    path = tmp_path / "checks.json"
    write_checks(
        [Check("pareto_k", False, 0.9, 0.7, "k"), Check("mcse", None, None, None, "")], path
    )
    assert strict(path)["passed"] is False
    require_convergence(path, "error")


COUNTS = np.array([[3, 0, 1, 6], [9, 4, 2, 0], [0, 0, 0, 0], [1, 0, 0, 0]])
FEW = LETTERS[:4]


def test_replications_have_the_moments_of_simulated_rows(rng):
    expected = np.array([[400, 450, 500, 520.0]]) + np.arange(4)[:, None] * 20
    sigma = np.array([40.0, 70, 50, 60])
    draws = 4000
    centre, squares = replicate_groups(
        np.broadcast_to(expected, (draws, 4, 4)), np.broadcast_to(sigma, (draws, 4)), COUNTS, rng
    )
    mean, sd = collapse(COUNTS, centre, squares)
    g, b = (np.repeat(i.ravel(), COUNTS.ravel()) for i in np.indices(COUNTS.shape))
    rows = rng.normal(expected[g, b], sigma[g], (draws, len(g)))
    for group in (0, 1):
        for ours, plain in (
            (mean[:, group], rows[:, g == group].mean(axis=1)),
            (sd[:, group], rows[:, g == group].std(axis=1, ddof=1)),
        ):
            assert stats.ks_2samp(ours, plain).pvalue > 1e-3
            assert ours.std() == pytest.approx(plain.std(), rel=0.06)
    assert np.isnan(mean[:, 2]).all()
    assert np.isnan(sd[:, 3]).all()
    assert stats.ks_2samp(mean[:, 3], rows[:, g == 3][:, 0]).pvalue > 1e-3


def tail_probabilities(rng, shift, repeats):
    """P-values of data of a known model, and of data moved by `shift` points."""
    sigma, expected = np.array([60.0, 60, 60, 60]), 500 + 20 * X[None, :4] * np.ones((4, 1))
    counts, found = np.full((4, 4), 30), []
    for _ in range(repeats):
        grid = grid_of(
            scores(counts, expected + shift, sigma, rng, letters=FEW), X[:4], letters=FEW
        )
        draws = np.broadcast_to(expected, (800, 4, 4)), np.broadcast_to(sigma, (800, 4))
        found.append(predictive_table(grid, *draws, 0.9, rng))
    return pd.concat(found)


def test_p_values_are_uniform_under_the_model(rng):
    table = tail_probabilities(rng, 0.0, 60)
    for _, p in table[table["group"] != "all"].groupby("statistic")["p_value"]:
        assert stats.kstest(p, "uniform").pvalue > 1e-3
    observed = table[(table["group"] != "all") & (table["statistic"] == "mean")]
    inside = observed["observed"].between(observed["replicated_low"], observed["replicated_high"])
    assert 0.82 < inside.mean() < 0.97


def test_p_values_are_tiny_for_a_shifted_mean(rng):
    table = tail_probabilities(rng, 40.0, 1)
    assert (table.loc[table["statistic"] == "mean", "p_value"] < 0.01).all()
    assert (table.loc[table["statistic"] == "sd", "p_value"] > 0.001).all()


def predictive_verdict(rng, spec, shift):
    counts = np.array([[20] * 4, [30] * 4, [0] * 4, [2] * 4])
    expected, sigma = np.full((4, 4), 500.0), np.full(4, 60.0)
    moved = expected + np.array([0, 0, 0, shift])[:, None]
    grid = grid_of(scores(counts, moved, sigma, rng, letters=FEW), X[:4], letters=FEW)
    draws = np.broadcast_to(expected, (800, 4, 4)), np.broadcast_to(sigma, (800, 4))
    table = predictive_table(grid, *draws, 0.9, rng)
    people = dict(zip(TYPES, grid.participants, strict=True))
    return table, posterior_predictive_check(table, SPECIFICATIONS[spec], people, 0.01)


def test_posterior_predictive_ignores_groups_under_ten_and_blanks_empty_ones(rng):
    table, check = predictive_verdict(rng, "school_type", 400.0)
    assert check.passed
    strange = table[table["group"] == "privada"].set_index("statistic")["p_value"]
    assert strange["mean"] == 0
    assert table.loc[table["group"] == "municipal", "p_value"].isna().all()
    _, check = predictive_verdict(rng, "pooled", 400.0)
    assert check.passed is False
    assert " of all (" in check.message


def test_prior_predictive_fails_for_absurd_priors(rng):
    grid = grid_of(scores(np.full((4, 17), 2), 500.0, [50] * 4, rng), X)
    for spec in SPECIFICATIONS.values():
        good = prior_predictive_check(spec, grid, PRIORS, 0.9, rng)
        assert good.passed
        assert 0.9 < good.value < 1
        for name, prior in (
            ("intercept", Prior("normal", {"mean": 5000.0, "sd": 100.0})),
            ("slope", Prior("normal", {"mean": 0.0, "sd": 2000.0})),
        ):
            bad = prior_predictive_check(spec, grid, PRIORS | {name: prior}, 0.9, rng)
            assert bad.passed is False
            assert "(at least 90% wanted)" in bad.message
    spec = SPECIFICATIONS["income"]
    wide = PRIORS | {"tau_bracket": Prior("half_normal", {"sd": 5000.0})}
    assert prior_predictive_check(spec, grid, wide, 0.9, rng).passed is False


def test_prior_predictive_share_equals_the_closed_form(rng):
    grid = grid_of(scores(np.full((4, 17), 1), 500.0, [50] * 4, rng), X)
    check = prior_predictive_check(SPECIFICATIONS["pooled"], grid, PRIORS, 0.9, rng, draws=40000)
    sd = np.sqrt(100.0**2 + (50 * X) ** 2)
    share = (stats.norm.cdf(500 / sd) - stats.norm.cdf(-500 / sd)).mean()
    assert check.value == pytest.approx(share, abs=0.004)


def exact_by_brute_force(rows, x, priors):
    """Integrate intercept, slope and log sigma over a plain three-dimensional grid of rows."""
    income = np.array([x[LETTERS.index(b)] for b in rows.income_bracket])
    y = rows.score.to_numpy()
    design = np.stack([np.ones_like(income), income], axis=1)
    line, *_ = np.linalg.lstsq(design, y, rcond=None)
    scale = (y - design @ line).std()
    spread = scale * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    axes = [c + 8 * s * np.linspace(-1, 1, 81) for c, s in zip(line, spread, strict=True)]
    log_sigma = np.log(scale) + np.linspace(-1, 1, 81) * 8 / np.sqrt(2 * len(y))
    a, b, s = np.meshgrid(*axes, np.exp(log_sigma), indexing="ij")
    squares = sum((yi - a - b * xi) ** 2 for yi, xi in zip(y, income, strict=True))
    log_density = -len(y) * np.log(s) - squares / (2 * s**2) + np.log(s)
    for name, value in (("intercept", a), ("slope", b)):
        p = priors[name].arguments
        log_density += stats.norm.logpdf(value, p["mean"], p["sd"])
    p = priors["sigma"].arguments
    log_density += stats.lognorm.logpdf(s, p["log_sd"], scale=p["median"])
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    moments = {}
    for name, value in (("intercept", a), ("slope", b), ("sigma", s)):
        mean = (weight * value).sum()
        moments[name] = (mean, np.sqrt((weight * (value - mean) ** 2).sum()))
    return pd.DataFrame(moments, ["mean", "sd"]).T


def pooled_case(rng):
    counts = np.zeros((4, 17), int)
    counts[:, ::4] = 3
    rows = scores(counts, 480 + 25 * X, [70] * 4, rng)
    return rows, grid_of(rows, X)


def test_closed_form_moments_equal_a_brute_force_grid(rng):
    rows, grid = pooled_case(rng)
    # informative priors, so that the prior's part is tested as well
    priors = PRIORS | {
        "intercept": Prior("normal", {"mean": 520.0, "sd": 15.0}),
        "slope": Prior("normal", {"mean": 10.0, "sd": 4.0}),
        "sigma": Prior("log_normal", {"median": 50.0, "log_sd": 0.1}),
    }
    for chosen in (PRIORS, priors):
        exact = pooled_moments(grid, chosen)
        plain = exact_by_brute_force(rows, X, chosen)
        np.testing.assert_allclose(exact["mean"], plain["mean"], rtol=2e-4)
        np.testing.assert_allclose(exact["sd"], plain["sd"], rtol=5e-3)


def test_closed_form_check_finds_shifted_and_missing_means(rng):
    _, grid = pooled_case(rng)
    exact = pooled_moments(grid, PRIORS)
    summary = exact.reset_index(names="parameter").assign(mcse_mean=exact["sd"].to_numpy() / 60)
    assert closed_form_check(summary, exact, 5).passed
    for name in exact.index:
        shifted = summary.copy()
        shifted.loc[shifted["parameter"] == name, "mean"] += exact.loc[name, "sd"] / 10
        check = closed_form_check(shifted, exact, 5)
        assert check.passed is False
        assert check.value == pytest.approx(6)
        assert f"The sampled mean of {name} lies 6.0" in check.message
        shifted.loc[shifted["parameter"] == name, "mean"] = np.nan
        check = closed_form_check(shifted, exact, 5)
        assert check.passed is False
        assert name in check.message


def posterior_of(spec, rng, draws=400):
    """Draws that need not be of any posterior: power-scaling only weighs them."""
    by_type = ("school_type",)
    made = {
        "intercept": rng.normal(500, 8, (4, draws)),
        "slope": rng.normal(20, 2, (4, draws)),
        **{name: np.abs(rng.normal(15, 6, (4, draws))) for name in spec.scales},
        "sigma": rng.normal(60, 2, (4, draws)),
    }
    if spec.by_school_type:
        made["sigma"] = (rng.normal(60, 2, (4, draws, 4)), by_type)
        made["intercept_school_type"] = (rng.normal(500, 8, (4, draws, 4)), by_type)
        made["slope_school_type"] = (rng.normal(20, 2, (4, draws, 4)), by_type)
    if spec.deviation_scale:
        shape = (4, draws, 4, 17) if spec.by_school_type else (4, draws, 17)
        dims = ("school_type", "income_bracket")[0 if spec.by_school_type else 1 :]
        made["deviation"] = (rng.normal(0, 5, shape), dims)
    return dataset(**made)


def log_prior_by_hand(posterior):
    total = 0.0
    for name in ("intercept", "slope"):
        a = PRIORS[name].arguments
        total = total + stats.norm.logpdf(posterior[name], a["mean"], a["sd"])
    for name in ("tau_intercept", "tau_slope", "tau_cell", "tau_bracket"):
        if name in posterior:
            total = total + stats.halfnorm.logpdf(
                posterior[name], scale=PRIORS[name].arguments["sd"]
            )
    sigma = stats.lognorm.logpdf(posterior["sigma"], 0.6, scale=90)
    return total + (sigma.sum(axis=-1) if sigma.ndim == 3 else sigma)


def log_likelihood_by_rows(posterior, rows):
    """Dense Gaussian of all rows for each draw, lines and deviations in its covariance."""
    g = np.array([TYPES.index(t) for t in rows.school_type])
    b = np.array([LETTERS.index(i) for i in rows.income_bracket])
    x, y = X[b], rows.score.to_numpy()
    by_type = posterior["sigma"].ndim == 3
    same_type = g[:, None] == g if by_type else np.ones((len(g), len(g)), bool)
    same_cell = same_type & (b[:, None] == b)
    flat = posterior.stack(sample=("chain", "draw")).transpose("sample", ...)
    tau = "tau_cell" if "tau_cell" in flat else "tau_bracket"
    found = []
    for i in range(flat.sizes["sample"]):
        d = {name: flat[name].to_numpy()[i] for name in flat.data_vars}
        noise = d["sigma"][g] ** 2 if by_type else np.full(len(g), d["sigma"] ** 2)
        covariance = np.diag(noise)
        if by_type:
            lines = d["tau_intercept"] ** 2 + d["tau_slope"] ** 2 * np.outer(x, x)
            covariance = covariance + same_type * lines
        if tau in d:
            covariance = covariance + same_cell * d[tau] ** 2
        mean = d["intercept"] + d["slope"] * x
        found.append(stats.multivariate_normal.logpdf(y, mean, covariance))
    return np.reshape(found, (posterior.sizes["chain"], -1))


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_power_scaling_equals_arviz(name, rng):
    spec, counts = SPECIFICATIONS[name], np.zeros((4, 17), int)
    counts[:, 2:14:4] = [[2], [4], [0], [3]]
    rows = scores(counts, 500 + 20 * X, [60] * 4, rng)
    posterior = posterior_of(spec, rng, draws=200)
    ours = power_scaling(posterior, spec, grid_of(rows, X), PRIORS).set_index("parameter")
    given = {
        "posterior": posterior,
        "log_prior": {"lp": (("chain", "draw"), log_prior_by_hand(posterior))},
        "log_likelihood": {"ll": (("chain", "draw"), log_likelihood_by_rows(posterior, rows))},
    }
    given = {k: v if k == "posterior" else xr.Dataset(v) for k, v in given.items()}
    tree = xr.DataTree.from_dict(given)
    theirs = azs.psense_summary(tree, round_to=12)
    theirs.index = theirs.index.str.replace("_school_type", "")
    for component in ("prior", "likelihood"):
        np.testing.assert_allclose(
            ours[component], theirs.loc[ours.index, component].astype(float), rtol=1e-6, atol=1e-9
        )


def test_prior_sensitivity_judges_only_what_people_inform():
    parameters = ["slope[privada]", "slope[federal]", "tau_slope", "deviation[privada, Q]"]
    table = pd.DataFrame({"parameter": parameters, "prior": [0.02, 0.9, 0.8, 0.7]})
    behind = pd.Series([500.0, 99.0, 0.0, 300.0])
    check = prior_sensitivity_check(table, behind, 0.05)
    assert (check.passed, check.value) == (True, 0.02)
    assert "moves slope[privada] most, by 0.020" in check.message
    assert prior_sensitivity_check(table.assign(prior=0.06), behind, 0.05).passed is False
    assert prior_sensitivity_check(table, behind * 0, 0.05).passed is None
    missing = table.assign(prior=[np.nan, 0.1, 0.1, 0.1])
    assert prior_sensitivity_check(missing, behind, 0.05).passed is False


def income_record(**changes):
    return {
        "map": {"slope": 20.0},
        "laplace_sd": {"slope": 2.0},
        "income_sensitivity": [
            {"assumption": "no income taken as 0.5 minimum wages", "slope": 21.0},
            {"assumption": "the open bracket taken as 2.0 times its lower bound", "slope": 14.5},
            {"assumption": "an assumption without a mode", "slope": None},
        ],
    } | changes


def test_income_sensitivity_message_carries_its_numbers():
    check = income_sensitivity_check(income_record(), 5)
    assert check.passed is False
    assert check.value == 5.5
    assert check.message == (
        "With the open bracket taken as 2.0 times its lower bound the slope's posterior mode moves "
        "by 5.50 points per doubling, from 20.00 to 14.50 (2.8 of its posterior sd; below 5 points "
        "wanted)."
    )
    assert income_sensitivity_check(income_record(), 6).passed
    assert income_sensitivity_check(income_record(map={}), 5).passed is None
    assert income_sensitivity_check(income_record(income_sensitivity=[]), 5).passed is None
    assert "nan" not in income_sensitivity_check(income_record(laplace_sd={}), 5).message


def test_pareto_verdict_leaves_small_groups_out_and_says_so():
    cells = pd.DataFrame({"school_type": ["federal", "privada"], "n": [9, 10]})
    loo = pd.DataFrame(
        {"school_type": ["federal"] * 2 + ["privada"] * 3, "pareto_k": [0.9, 0.2, 0.1, 0.3, 0.6]}
    ).assign(refitted=[False, True, False, False, False])
    check = _pareto_check(loo, cells, 0.7)
    assert (check.passed, check.value) == (True, 0.6)
    assert "0 of 3 points lie above 0.7, and 1 of 2 in groups of fewer than 10" in check.message
    assert check.message.endswith("Points left out by fitting again: 1.")
    assert _pareto_check(loo.assign(pareto_k=0.8), cells, 0.7).passed is False
    # one group of everybody: nine and ten are nineteen
    everybody = loo.assign(school_type="all")
    assert _pareto_check(everybody, cells, 0.7).passed is False
    assert _pareto_check(loo, cells.assign(n=3), 0.7).passed is None


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_cell_parameters_are_lines_plus_deviations(name, rng):
    spec = SPECIFICATIONS[name]
    posterior = posterior_of(spec, rng, draws=3)
    grid = grid_of(scores(np.ones((4, 17), int), 500.0, [50] * 4, rng), X)
    expected, sigma = cell_parameters(posterior, spec, grid)
    assert expected.shape == (12, 4, 17)
    at = {"chain": 2, "draw": 1}
    draw = posterior.isel(at)
    suffix = "_school_type" if spec.by_school_type else ""
    for g, school_type in enumerate(TYPES):
        one = draw.sel(school_type=school_type) if spec.by_school_type else draw
        line = float(one["intercept" + suffix]) + float(one["slope" + suffix]) * X
        if spec.deviation_scale:
            line = line + one["deviation"].to_numpy()
        np.testing.assert_allclose(expected[2 * 3 + 1, g], line, rtol=1e-12)
        assert sigma[2 * 3 + 1, g] == float(one["sigma"])


def test_replications_are_the_same_from_the_same_seed(rng):
    grid = grid_of(scores(np.full((4, 17), 2), 500.0, [50] * 4, rng), X)
    draws = np.full((50, 4, 17), 500.0), np.full((50, 4), 50.0)
    tables = [predictive_table(grid, *draws, 0.9, np.random.default_rng(3)) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)
    assert not tables[0].equals(predictive_table(grid, *draws, 0.9, np.random.default_rng(4)))


def test_merging_school_types_keeps_the_rows_moments(rng):
    rows = scores(COUNTS, np.arange(4)[:, None] * 50 + 400.0, [50] * 4, rng, letters=FEW)
    merged = grid_of(rows, X[:4], letters=FEW).over_school_types()
    for b, letter in enumerate(FEW):
        y = rows.score[rows.income_bracket == letter]
        assert merged.n[0, b] == len(y)
        if len(y):
            assert merged.mean[0, b] == pytest.approx(y.mean(), rel=1e-12)
            assert merged.ss[0, b] == pytest.approx(len(y) * y.var(ddof=0), rel=1e-9, abs=1e-9)
    assert replace(merged, x=X[:4]).participants.tolist() == [COUNTS.sum()]


@pytest.mark.parametrize(
    ("occupied", "by_type", "single"),
    [
        ((1, slice(None)), ["single_school_type"], []),
        ((slice(None), 5), ["single_bracket"], ["single_bracket"]),
        ((1, 5), ["single_bracket", "single_school_type"], ["single_bracket"]),
        ((slice(0, 2), slice(4, 6)), [], []),
    ],
)
def test_too_few_groups_are_a_stated_warning(occupied, by_type, single):
    n = np.zeros((4, 17))
    n[occupied] = 20.0
    grid = CellGrid(TYPES, LETTERS, X, n, 500.0 * (n > 0), 100.0 * n)
    for name, expected in (("school_type", by_type), ("income", single)):
        checks = _too_few_groups(SPECIFICATIONS[name], grid)
        assert [check.name for check in checks] == expected
        for check in checks:
            # a warning: it fails nothing, and says what the numbers rest on
            assert check.passed is None
            assert "prior" in check.message
            assert check.value < check.threshold
