"""Verdicts on posteriors: convergence, prediction, closed forms and sensitivity."""

import json
from dataclasses import asdict

import arviz_stats as azs
import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from scipy import stats

from ac_rows import INCOME as AC_INCOME
from ac_rows import read_participants
from enem.check.closed_form import closed_form_check, has_closed_form, pooled_moments
from enem.check.convergence import convergence_checks
from enem.check.direct import direct_check
from enem.check.grouping import grouping_of
from enem.check.loo import group_pareto_check, pareto_check
from enem.check.model import Evidence, check_model, income_sensitivity_check, too_few_groups
from enem.check.power_scaling import power_scaling, prior_sensitivity_check
from enem.check.predictive import predictive_table
from enem.check.predictive_checks import (
    group_predictive_checks,
    posterior_predictive_check,
    prior_predictive_check,
)
from enem.check.sentences import in_words
from enem.check.summary import participants_behind, summarise
from enem.check.verdict import Check, require_convergence, write_checks
from enem.errors import InputError
from enem.language import language
from enem.language.parameters import parameter_label
from enem.mixed.fit import fit
from enem.mixed.priors import Prior
from enem.mixed.rows import coefficient_values, flat_draws, scale_values
from enem.mixed.settings import SamplerSettings
from enem.names import PUBLIC
from made import REPOSITORY, dataset
from mixed_fixtures import (
    BOTH,
    FORMULAS,
    INCOME,
    LABELS,
    PRIORS,
    design_of,
    participants,
    specification,
)
from test_mixed_density import dense

LIMITS = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))["checks"]
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
    made["cell"] = (rng.normal(0, 3, (4, draws, 4, 17)), by_type + by_bracket)
    return dataset(**made)


def test_summary_equals_arviz(rng):
    posterior = group_draws(rng)
    ours = summarise(posterior, 0.9).set_index("parameter")
    theirs = azs.summary(
        posterior, kind="all", ci_prob=0.9, ci_kind="eti", round_to="none", fmt="wide"
    )
    theirs.index = theirs.index.str.replace("_school_type", "")
    assert sorted(ours.index) == sorted(theirs.index)
    assert "cell[privada, Q]" in ours.index
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


def test_participants_behind_each_parameter():
    rows = participants(300)
    at_two_wages = INCOME.assign(x=[-3.0, -1.5, 0.0, 0.4, 1.2, 2.6])
    design = design_of(rows, specification("covariates"), at_two_wages)
    cells = specification("school_type_income")
    count = {
        "slope[privada]": (rows["school_type"] == "privada").sum(),
        "sigma[federal]": (rows["school_type"] == "federal").sum(),
        "intercept[municipal]": 0,
        "sex[F]": (rows["sex"] == "F").sum(),
        "race_slope[parda]": (rows["race"] == "parda").sum(),
    }
    found = participants_behind(pd.Series(["intercept", "tau_sex", *count]), design)
    assert found[:2].isna().all()
    assert found[2:].tolist() == list(count.values())
    both = (rows["school_type"] == "privada") & (rows["income_bracket"] == "C")
    found = participants_behind(pd.Series(["cell[privada, C]"]), design_of(rows, cells))
    assert found.tolist() == [both.sum()]
    of_bracket = design_of(rows, specification("income"))
    found = participants_behind(pd.Series(["bracket[C]", "sigma"]), of_bracket)
    assert found[0] == (rows["income_bracket"] == "C").sum()
    assert np.isnan(found[1])


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


SLOPE = "Points per doubling of income (β)"


def label(parameter):
    return language("en").plain(parameter_label(parameter))


def said(check):
    return in_words(asdict(check))


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
    assert f"{SLOPE} (below 1.01 is required)" in said(checks["r_hat"])
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
    assert f"{SLOPE} (at least 400 is required)" in said(checks["ess_bulk"])


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
    assert "effective sample of the tails" in said(checks["ess_tail"])
    assert SLOPE in said(checks["ess_tail"])
    assert checks["ess_tail"].value < checks["ess_bulk"].value


def test_one_divergence_fails_alone():
    checks = verdicts(diverging=1)
    assert failed(checks) == {"divergences"}
    assert said(checks["divergences"]) == "Divergent transitions: 1 (at most 0)."


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
    assert "chain 1" in said(checks["e_bfmi"])


def test_a_heavy_tail_fails_monte_carlo_error(rng):
    slope = rng.normal(size=SHAPE) + np.linspace(-20, 20, SHAPE[1])
    checks = verdicts(slope=slope)
    assert "mcse" in failed(checks)
    assert f"{SLOPE} (below 0.05 is required)" in said(checks["mcse"])


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
    assert said(checks["r_hat"]) == f"The R-hat is undefined: {SLOPE}."
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
    reason = Check("r_hat", True, 1.0, 1.01, details={"case": "worst", "parameter": "slope"})
    write_checks([reason, notes], path)
    found = strict(path)
    assert found["passed"] is True
    assert found["checks"][0]["message"] == said(reason)
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


SETTINGS = SamplerSettings("nutpie", 400, 300, 2, 0.9, 1)


def fitted(rows, name, levels=BOTH, settings=SETTINGS):
    design = design_of(rows, specification(name, levels))
    return design, fit(design, PRIORS, settings, cores=1)


@pytest.fixture(scope="module")
def schools():
    """Schools of some twenty-five participants, and a model fitted to them."""
    rows = participants(4000, schools=160, seed=11)
    return rows, *fitted(rows, "school_type")


# ---- what is replicated


def statistics_by_hand(rows, label):
    mine = rows if label == "all" else rows[rows["school_type"] == label]
    found = {"mean": mine["score"].mean(), "sd": mine["score"].std(ddof=1)}
    for name, key in (("sd_group_means", "school"), ("sd_municipality_means", "municipality")):
        of = mine.groupby(key)["score"].agg(["mean", "size"])
        of = of[of["size"] >= 10]
        own = key == "municipality" and mine.groupby(key)["school"].nunique().max() == 1
        found[name] = None if own or len(of) < 5 else of["mean"].std(ddof=1)
    return found


@pytest.mark.parametrize("label", ["all", "estadual", "privada"])
def test_observed_statistics_are_those_of_the_rows(schools, label, rng):
    rows, design, tree = schools
    table = predictive_table(tree, design, 0.9, rng)
    found = table[table["group"] == label].set_index("statistic")["observed"]
    for name, value in statistics_by_hand(rows, label).items():
        assert found[name] == pytest.approx(np.nan if value is None else value, 1e-9, nan_ok=True)


def anova(residual, school):
    """Intraclass correlation by one-way analysis of variance, from its table."""
    groups = [residual[school == s] for s in np.unique(school)]
    n, k = len(residual), len(groups)
    between = sum(len(g) * (g.mean() - residual.mean()) ** 2 for g in groups) / (k - 1)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (n - k)
    size = (n - sum(len(g) ** 2 for g in groups) / n) / (k - 1)
    return (between - within) / (between + (size - 1) * within)


def test_realised_statistics_are_those_of_the_rows_residuals(schools, rng):
    rows, design, tree = schools
    table = predictive_table(tree, design, 0.9, rng).set_index(["group", "statistic"])["observed"]
    posterior = tree["posterior"].to_dataset()
    x = rows["income_bracket"].map(INCOME.set_index("income_bracket")["x"]).to_numpy()
    kind = [LABELS["school_type"].index(t) for t in rows["school_type"]]
    line = flat_draws(posterior["intercept_school_type"])[:, kind]
    line = line + flat_draws(posterior["slope_school_type"])[:, kind] * x
    residual = rows["score"].to_numpy() - line
    levels = tree["levels"].to_dataset()
    place = pd.Index(levels["group_school"].to_numpy()).get_indexer(rows["school"])
    effect = (levels["school"] + levels["municipality"]).to_numpy()[:, place]
    sigma = flat_draws(posterior["sigma"])[:, kind]
    by_hand = {"intraclass_correlation": [], "group_residuals": []}
    for s in range(0, len(line), 20):
        by_hand["intraclass_correlation"].append(anova(residual[s], rows["school"].to_numpy()))
        left = pd.Series((residual[s] - effect[s]) / sigma[s]).groupby(rows["school"])
        by_hand["group_residuals"].append(np.sqrt((left.mean() ** 2 * left.size()).mean()))
    for name, values in by_hand.items():
        assert table["all", name] == pytest.approx(np.mean(values), rel=0.02)


def test_replicated_schools_have_the_spread_of_simulated_rows(schools):
    rows, design, tree = schools
    rng = np.random.default_rng(3)
    table = predictive_table(tree, design, 0.9, rng).set_index(["group", "statistic"])
    values = scale_values(tree["posterior"].to_dataset(), design)
    line = coefficient_values(tree["posterior"].to_dataset(), design) @ design.patterns.T
    from enem.mixed.rows import participant_rows

    row = participant_rows(design, rows)
    kind = np.array([LABELS["school_type"].index(t) for t in rows["school_type"]])
    codes = {level: rows[level].factorize()[0] for level in BOTH}
    found = []
    for s in range(0, len(values), 4):
        tau = dict(zip(design.spec.scales, values[s, 4:], strict=True))
        effects = [rng.normal(0, tau[f"tau_{k}"], c.max() + 1)[c] for k, c in codes.items()]
        score = line[s, design.pattern[row]] + sum(effects) + rng.normal(0, values[s, kind])
        found.append(statistics_by_hand(rows.assign(score=score), "all"))
    found = pd.DataFrame(found).astype(float)
    for name in ("sd_group_means", "sd_municipality_means", "sd"):
        replicated = table.loc["all", :].loc[name]
        assert replicated["replicated_mean"] == pytest.approx(found[name].mean(), rel=0.03)
        spread = found[name].quantile(0.95) - found[name].quantile(0.05)
        width = replicated["replicated_high"] - replicated["replicated_low"]
        # those in the schools of the file hardly vary where the school's sd is uncertain
        assert width == pytest.approx(spread, rel=0.2) or name == "sd"


def verdict(tree, design, rng, threshold=0.01):
    table = predictive_table(tree, design, 0.9, rng)
    return {c.name: c for c in group_predictive_checks(table, design, threshold)}


def changed(tree, **posterior):
    """A posterior with other values of some parameters."""
    found = tree.copy(deep=True)
    found["posterior"] = xr.DataTree(tree["posterior"].to_dataset().assign(posterior))
    return found


def test_a_model_with_levels_passes_and_names_what_was_looked_at(schools, rng):
    _, design, tree = schools
    check = verdict(tree, design, rng)["group_predictive"]
    assert check.passed
    assert "standard deviation of school means, standard deviation" in said(check)
    assert check.details["looked_at"][0] == "sd_group_means"


def test_a_level_with_half_its_scale_fails(schools, rng):
    _, design, tree = schools
    half = changed(tree, tau_school=tree["posterior"]["tau_school"] / 2)
    assert verdict(half, design, rng)["group_predictive"].passed is False


def test_a_level_twice_as_wide_fails(schools, rng):
    _, design, tree = schools
    twice = changed(tree, tau_school=tree["posterior"]["tau_school"] * 2.5)
    assert verdict(twice, design, rng)["group_predictive"].passed is False


def test_effects_of_other_groups_fail(schools, rng):
    _, design, tree = schools
    found = tree.copy(deep=True)
    levels = tree["levels"].to_dataset()
    moved = levels["school"].copy(data=np.roll(levels["school"].to_numpy(), 1, axis=1))
    found["levels"] = xr.DataTree(levels.assign(school=moved))
    check = verdict(found, design, rng)["group_predictive"]
    assert check.passed is False
    assert check.details["statistic"] == "group_residuals"


def test_groups_shuffled_among_participants_fail(schools, rng):
    rows, design, tree = schools
    other = rows.sample(frac=1, random_state=1)
    mixed = rows.copy()
    for kind in rows["school_type"].unique():
        here, there = (t["school_type"].to_numpy() == kind for t in (rows, other))
        keys = ["municipality", "school"]
        mixed.loc[here, keys] = other.loc[there, keys].to_numpy()
    elsewhere = design_of(mixed, design.spec)
    assert len(elsewhere.groups) == len(design.groups)
    assert verdict(tree, elsewhere, rng)["group_predictive"].passed is False


def test_a_model_that_lost_its_schools_fails(schools, rng):
    rows, _, _ = schools
    rows = rows.assign(score=rows["score"] + 40 * (rows["school"].astype(int) % 2))
    design, tree = fitted(rows, "school_type", ("municipality",))
    check = verdict(tree, design, rng)["group_predictive"]
    assert check.passed is False


def test_the_textbook_regression_is_not_judged_and_says_why(schools, rng):
    rows, _, _ = schools
    design, tree = fitted(rows, "pooled", ())
    checks = verdict(tree, design, rng)
    assert list(checks) == ["group_predictive"]
    assert checks["group_predictive"].passed is None
    assert checks["group_predictive"].value < 0.01
    assert "Not judged: the model has no levels" in said(checks["group_predictive"])


def test_types_whose_schools_differ_more_are_named_but_not_judged(schools, rng):
    rows, _, _ = schools
    wild = np.random.default_rng(1).normal(0, 70, 160)[rows["school"].astype(int)]
    private = rows["school_type"] == "privada"
    design, tree = fitted(rows.assign(score=rows["score"] + wild * private), "school_type")
    check = verdict(tree, design, rng)["group_predictive_by_school_type"]
    assert check.passed is None
    assert check.value < 0.05
    assert "The least likely is the standard deviation of school means (" in said(check)


def test_schools_that_are_not_named_are_no_municipalities_of_a_type(rng):
    rows = participants(600, schools=40, seed=3)
    rows["school"] = None
    design, tree = fitted(rows, "school_type")
    table = predictive_table(tree, design, 0.9, rng)
    of_types = table[table["statistic"] == "sd_municipality_means"].set_index("group")
    # by school type these are the groups themselves
    assert np.isnan(of_types.loc["estadual", "observed"])
    assert of_types.loc["all", "observed"] > 0


def test_too_few_groups_are_not_judged(rng):
    design, tree = fitted(participants(60, schools=3), "school_type")
    (check,) = group_predictive_checks(predictive_table(tree, design, 0.9, rng), design, 0.01)
    assert check.passed is None
    assert check.details["case"] == "not_judged"


def test_probabilities_of_the_model_s_own_data_are_not_small():
    """Simulated from the model: tail probabilities of the group statistics are rarely small."""
    found = []
    for seed in range(12):
        rows = participants(500, schools=30, seed=100 + seed)
        design, tree = fitted(rows, "school_type", settings=SamplerSettings(
            "nutpie", 150, 200, 2, 0.9, seed))  # fmt: skip
        found.append(verdict(tree, design, np.random.default_rng(seed))["group_predictive"].value)
    assert min(found) > 0.01
    assert np.median(found) > 0.2


def test_sums_over_rows_group_as_pandas_does(rng):
    rows = participants(400, schools=25, seed=8)
    design = design_of(rows, specification("school_type"))
    grouping = grouping_of(design)
    mean = np.broadcast_to(design.mean, (2, len(design.mean)))
    of_school = rows.groupby(["municipality", "school", "school_type"])["score"].mean()
    np.testing.assert_allclose(grouping.means(mean)[1], of_school)
    variance = np.array([[9.0, 0.0], [0.0, 4.0]])
    drawn = [grouping.new_effects(variance, rng) for _ in range(400)]
    by_place, by_group = (np.stack([d[i] for d in drawn]) for i in range(2))
    assert by_place.std() == pytest.approx(3, rel=0.1)
    assert by_group.std() == pytest.approx(2, rel=0.1)
    same = grouping.place_of_group[:, None] == grouping.place_of_group
    assert (np.corrcoef(by_place.T)[same] > 0.99).all()
    assert np.abs(np.corrcoef(by_group.T) - np.eye(len(by_group.T))).max() < 0.25


def test_posterior_predictive_finds_a_moved_mean_and_judges_what_the_model_knows(schools, rng):
    rows, design, tree = schools
    table = predictive_table(tree, design, 0.9, rng)
    assert posterior_predictive_check(table, design, 0.01).passed
    moved = design_of(rows.assign(score=rows["score"] + 15), design.spec)
    table = predictive_table(tree, moved, 0.9, rng)
    check = posterior_predictive_check(table, moved, 0.01)
    assert check.passed is False
    assert check.details["case"] == "mean"
    simple, one = fitted(rows, "pooled", ())
    table = predictive_table(one, simple, 0.9, rng)
    assert (table.loc[table["group"] == "privada", "p_value"].dropna() < 0.01).any()
    assert posterior_predictive_check(table, simple, 0.01).passed


def test_groups_under_ten_are_not_judged(rng):
    rows = participants(9, schools=5)
    design, tree = fitted(rows, "school_type")
    check = posterior_predictive_check(predictive_table(tree, design, 0.9, rng), design, 0.01)
    assert check.passed is None


def test_replications_are_the_same_from_the_same_seed(schools):
    _, design, tree = schools
    tables = [predictive_table(tree, design, 0.9, np.random.default_rng(3)) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)
    assert not tables[0].equals(predictive_table(tree, design, 0.9, np.random.default_rng(4)))


def test_real_schools_are_missed_without_levels_and_met_with_them(shared_microdata, rng):
    rows = read_participants(shared_microdata / "microdados_enem_2019_AC.zip")
    found = {}
    for levels in (BOTH, ()):
        design = design_of(rows, specification("school_type", levels), AC_INCOME)
        tree = fit(design, PRIORS, SETTINGS, cores=1)
        found[levels] = verdict(tree, design, rng)["group_predictive"]
        if levels:
            half = changed(tree, tau_school=tree["posterior"]["tau_school"] / 2)
            assert verdict(half, design, rng)["group_predictive"].passed is False
    assert found[BOTH].passed
    assert found[()].value < 0.01


# ---- a gap without a model


@pytest.mark.parametrize("levels", [BOTH, ()])
def test_the_gap_of_cells_alone_is_near_the_models_and_moves_away_with_its_scores(levels):
    rows = participants(1500, schools=60, seed=11)
    design, tree = fitted(rows, "school_type", levels)
    check = direct_check(tree, design, 1.0)
    assert check.passed
    # of each public type and of all, the one that is furthest
    of = [check.details["other"]] if check.details["other"] != "publica" else PUBLIC
    private = rows["school_type"] == "privada"
    both = rows[private | rows["school_type"].isin(of)]
    means = both.pivot_table(index="income_bracket", columns=private, values="score")
    weights = rows[private]["income_bracket"].value_counts()
    by_hand = np.average((means[True] - means[False])[weights.index], weights=weights)
    assert check.details["direct"] == pytest.approx(by_hand)
    assert check.value == pytest.approx(abs(check.details["model"] - by_hand) / check.details["sd"])
    moved = tree.copy(deep=True)
    expected = tree["expected"].to_dataset()
    here = expected["school_type"] == "privada"
    for scope in ("these_schools", "schools_like_these"):
        expected[scope] = expected[scope] + here * 1.5 * check.details["sd"]
    moved["expected"] = xr.DataTree(expected)
    assert direct_check(moved, design, 1.0).passed is False


def test_a_gap_that_does_not_exist_is_not_judged():
    design, tree = fitted(participants(200), "income")
    assert direct_check(tree, design, 1.0).passed is None
    rows = participants(200)
    apart = (rows["school_type"] == "privada") == (rows["income_bracket"] == "C")
    design, tree = fitted(rows[apart], "school_type")
    assert direct_check(tree, design, 1.0).passed is None


# ---- priors


def test_prior_predictive_fails_for_absurd_priors(rng):
    rows = participants(300)
    for name in FORMULAS:
        design = design_of(rows, specification(name))
        good = prior_predictive_check(design, PRIORS, 0.9, rng)
        assert good.passed
        assert 0.9 < good.value <= 1
        absurd = PRIORS | {"intercept": Prior("normal", {"mean": 5000.0, "sd": 100.0})}
        bad = prior_predictive_check(design, absurd, 0.9, rng)
        assert bad.passed is False
        assert "(at least 90% is required)" in said(bad)
        for scale in ("tau_school", "tau_municipality"):
            wide = PRIORS | {scale: Prior("half_normal", {"sd": 5000.0})}
            assert prior_predictive_check(design, wide, 0.9, rng).passed is False


def test_prior_predictive_share_equals_the_closed_form(rng):
    design = design_of(participants(300), specification("pooled", ()))
    check = prior_predictive_check(design, PRIORS, 0.9, rng, draws=40000)
    sd = np.sqrt(100.0**2 + (50 * INCOME["x"]) ** 2)
    share = (stats.norm.cdf(500 / sd) - stats.norm.cdf(-500 / sd)).mean()
    assert check.value == pytest.approx(share, abs=0.004)


# ---- closed form


def exact_by_brute_force(rows, x, priors):
    """Integrate intercept, slope and log sigma over a plain three-dimensional grid of rows."""
    income = rows["income_bracket"].map(x).to_numpy()
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


def pooled_case():
    rows = participants(60, schools=12, seed=4)
    return rows, design_of(rows, specification("pooled", ()))


def test_closed_form_moments_equal_a_brute_force_grid():
    rows, design = pooled_case()
    assert has_closed_form(design)
    assert not has_closed_form(design_of(rows, specification("pooled", ("school",))))
    x = INCOME.set_index("income_bracket")["x"]
    # informative priors, so that the prior's part is tested as well
    priors = PRIORS | {
        "intercept": Prior("normal", {"mean": 520.0, "sd": 15.0}),
        "slope": Prior("normal", {"mean": 10.0, "sd": 4.0}),
        "sigma": Prior("log_normal", {"median": 50.0, "log_sd": 0.1}),
    }
    for chosen in (PRIORS, priors):
        exact = pooled_moments(design, chosen)
        plain = exact_by_brute_force(rows, x, chosen)
        np.testing.assert_allclose(exact["mean"], plain["mean"], rtol=2e-4)
        np.testing.assert_allclose(exact["sd"], plain["sd"], rtol=5e-3)


def test_closed_form_check_finds_shifted_and_missing_means():
    _, design = pooled_case()
    exact = pooled_moments(design, PRIORS)
    summary = exact.reset_index(names="parameter").assign(mcse_mean=exact["sd"].to_numpy() / 60)
    assert closed_form_check(summary, exact, 5).passed
    for name in exact.index:
        shifted = summary.copy()
        shifted.loc[shifted["parameter"] == name, "mean"] += exact.loc[name, "sd"] / 10
        check = closed_form_check(shifted, exact, 5)
        assert check.passed is False
        assert check.value == pytest.approx(6)
        assert f"{label(name)}. The mean of the draws is" in said(check)
        assert "6.0 Monte Carlo standard errors away" in said(check)
        shifted.loc[shifted["parameter"] == name, "mean"] = np.nan
        check = closed_form_check(shifted, exact, 5)
        assert check.passed is False
        assert said(check).endswith(f"undefined: {label(name)}.")


# ---- sensitivity


def conditional_dense(rows, spec, values, sigmas, common):
    """Log density of the rows given scales and common coefficients, written out."""
    mean, covariance = dense(rows, spec, values[:sigmas], values[sigmas:])
    x = rows["income_bracket"].map(INCOME.set_index("income_bracket")["x"]).to_numpy()
    columns = {"intercept": np.ones(len(rows)), "slope": x}
    for name, column in columns.items():
        prior = PRIORS[name].arguments
        covariance = covariance - prior["sd"] ** 2 * np.outer(column, column)
        mean = mean + (common[name] - prior["mean"]) * column
    return stats.multivariate_normal(mean, covariance).logpdf(rows["score"])


@pytest.mark.parametrize(
    ("name", "levels"),
    [("pooled", ()), ("school_type", BOTH), ("income", ("school",)), ("school_type_income", BOTH)],
)
def test_power_scaling_equals_arviz(name, levels):
    rows = participants(50, schools=12, seed=5)
    settings = SamplerSettings("nutpie", 100, 200, 2, 0.9, 1)
    design, tree = fitted(rows, name, levels, settings)
    posterior, spec = tree["posterior"].to_dataset(), design.spec
    ours = power_scaling(posterior, design, PRIORS).set_index("parameter")
    values, sigmas = scale_values(posterior, design), len(design.sigma_labels)
    common = {k: flat_draws(posterior[k]) for k in ("intercept", "slope")}
    log_prior = sum(
        stats.norm.logpdf(common[k], PRIORS[k].arguments["mean"], PRIORS[k].arguments["sd"])
        for k in common
    )
    log_prior = log_prior + stats.lognorm.logpdf(values[:, :sigmas], 0.6, scale=90).sum(axis=1)
    for k, scale in enumerate(spec.scales):
        sd = PRIORS[spec.scale_priors[scale]].arguments["sd"]
        log_prior = log_prior + stats.halfnorm.logpdf(values[:, sigmas + k], scale=sd)
    log_likelihood = [
        conditional_dense(rows, spec, v, sigmas, {k: common[k][s] for k in common})
        for s, v in enumerate(values)
    ]
    dims = ("chain", "draw")
    given = {
        "posterior": posterior,
        "log_prior": xr.Dataset({"lp": (dims, log_prior.reshape(2, -1))}),
        "log_likelihood": xr.Dataset({"ll": (dims, np.reshape(log_likelihood, (2, -1)))}),
    }
    theirs = azs.psense_summary(xr.DataTree.from_dict(given), round_to=12)
    theirs.index = theirs.index.str.replace("_school_type", "")
    for component in ("prior", "likelihood"):
        np.testing.assert_allclose(
            ours[component], theirs.loc[ours.index, component].astype(float), rtol=1e-5, atol=1e-8
        )


def test_prior_sensitivity_judges_only_what_people_inform():
    parameters = [
        "slope[privada]",
        "slope[federal]",
        "tau_slope",
        "cell[privada, Q]",
        "race[parda]",
    ]
    table = pd.DataFrame({"parameter": parameters, "prior": [0.02, 0.9, 0.8, 0.7, 0.6]})
    behind = pd.Series([500.0, 99.0, 0.0, 300.0, 300.0])
    check = prior_sensitivity_check(table, behind, 0.05)
    assert (check.passed, check.value) == (True, 0.02)
    assert f"{SLOPE}, Private, by 0.020" in said(check)
    assert prior_sensitivity_check(table.assign(prior=0.06), behind, 0.05).passed is False
    assert prior_sensitivity_check(table, behind * 0, 0.05).passed is None
    missing = table.assign(prior=[np.nan, 0.1, 0.1, 0.1, 0.1])
    assert prior_sensitivity_check(missing, behind, 0.05).passed is False


def income_record(**changes):
    return {
        "map": {"slope": 20.0},
        "laplace_sd": {"slope": 2.0},
        "income_sensitivity": [
            {"assumption": "none=0.5", "slope": 21.0},
            {"assumption": "open_ended_factor=2.0", "slope": 14.5},
            {"assumption": "an assumption without a mode", "slope": None},
        ],
    } | changes


def test_income_sensitivity_message_carries_its_numbers():
    check = income_sensitivity_check(income_record(), 5)
    assert check.passed is False
    assert check.value == 5.5
    assert said(check) == (
        "It moves most when the open top bracket stands for 2 times its lower bound. The posterior "
        "mode of the slope goes from 20.00 to 14.50 points per doubling of income (a change below "
        "5 is required)."
    )
    assert income_sensitivity_check(income_record(), 6).passed
    assert income_sensitivity_check(income_record(map={}), 5).passed is None
    assert income_sensitivity_check(income_record(income_sensitivity=[]), 5).passed is None


# ---- verdicts of importance sampling, and of too little data


def test_pareto_verdict_leaves_small_groups_out_and_says_so():
    rows = participants(300)
    design = design_of(rows, specification("school_type"))
    everybody = design_of(rows, specification("income"))
    kinds = pd.Series(["federal"] * 9 + ["privada"] * 10)
    k = [0.9, *[0.2] * 8, *[0.1] * 9, 0.6]
    left = pd.DataFrame({"pareto_k": k, "refitted": [False, True, *[False] * 17]})
    check = pareto_check(left, kinds, design, 0.7)
    assert (check.passed, check.value) == (True, 0.6)
    assert "none exceeds 0.7 (scores for which it was computed: 10)" in said(check)
    assert "fewer than 10 participants are not judged. Their scores above the limit: 1." in said(
        check
    )
    assert said(check).endswith("fitted again without each of these many scores: 1.")
    assert pareto_check(left.assign(pareto_k=0.8), kinds, design, 0.7).passed is False
    # one group of everybody: nine and ten are nineteen
    assert pareto_check(left, kinds, everybody, 0.7).passed is False
    assert pareto_check(left[:9], kinds[:9], design, 0.7).passed is None


def test_high_pareto_of_groups_informs_and_counts_them():
    groups = pd.DataFrame({"n": [5, 200, 30], "pareto_k": [0.1, 0.9, np.inf]})
    check = group_pareto_check(groups, 0.7)
    assert (check.passed, check.value) == (None, None)
    assert "is not finite. Schools or groups above 0.7: 2 of 3." in said(check)


@pytest.mark.parametrize(
    ("kept", "by_type", "single"),
    [
        (("estadual",), ["single_school_type"], []),
        (("estadual", "privada"), [], []),
    ],
)
@pytest.mark.parametrize("bracket", [False, True])
def test_too_few_groups_are_a_stated_warning(kept, by_type, single, bracket):
    rows = participants(300)
    rows = rows[rows["school_type"].isin(kept)]
    if bracket:
        rows = rows[rows["income_bracket"] == "C"]
        by_type, single = ["single_bracket", *by_type], ["single_bracket", *single]
    for name, expected in (("school_type", by_type), ("income", single), ("constant", [])):
        checks = too_few_groups(design_of(rows, specification(name)))
        few = [check for check in checks if check.name != "groups_without_data"]
        assert [check.name for check in few] == expected
        for check in few:
            # a warning: it fails nothing, and says what the numbers rest on
            assert check.passed is None
            assert "prior" in said(check)
            assert check.value < check.threshold


# ---- all of it


RECORD = {"verification": {}, "income_sensitivity": [], "map": {}, "laplace_sd": {}}


@pytest.mark.parametrize("name", FORMULAS)
def test_every_model_is_checked_from_its_sums(name):
    rows = participants(400, schools=30, seed=12)
    levels = () if name in ("pooled", "constant") else BOTH
    design, tree = fitted(rows, name, levels)
    evidence = Evidence(rows, PRIORS, 0.9, LIMITS, SETTINGS)
    found = check_model(design, tree, RECORD, evidence)
    names = [check.name for check in found.checks]
    assert {"r_hat", "group_predictive", "pareto_k", "pareto_k_group", "direct_gap"} <= set(names)
    assert ("closed_form" in names) == (name in ("pooled", "constant"))
    assert len(names) == len(set(names))
    assert len(found.loo) == len(rows)
    assert found.loo.notna().all(axis=None)
    assert found.loo_groups["n"].sum() == len(rows)
    assert found.summary["parameter"].is_unique
    assert found.summary["parameter"].tolist() == found.sensitivity["parameter"].tolist()
