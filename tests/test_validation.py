import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from enem.check.closed_form import pooled_moments
from enem.check.verdict import Check
from enem.mixed.fit import fit
from enem.mixed.objective import Kind, Objective
from enem.mixed.parameters import parameter_draws
from enem.mixed.rows import flat_draws
from studies.validation import __main__ as command
from studies.validation import (
    calibration,
    coverage,
    known_lines,
    page,
    ranks,
    recovery,
    references,
    stuck,
    uniformity,
)
from studies.validation.implementations import implementations
from studies.validation.moments import distances, largest_allowed
from studies.validation.mutations import MUTATIONS, mutated
from studies.validation.setting import models, project_priors, sampler, tables
from studies.validation.simulate import (
    draw_rows,
    draw_sums,
    draw_truth,
    expected_scores,
    log_likelihood,
    with_levels,
)
from studies.validation.statsmodels_rows import compare_models
from studies.validation.study import Study, write_study

PRIORS = project_priors()
LEVELLED = ("school_type", "school_type_income", "school_context", "income")


def small_rows(seed=4):
    hard = calibration.SMALL, calibration.SCHOOLS, calibration.MUNICIPALITIES
    return draw_rows(*hard, np.random.default_rng(seed))


def small_sums(model="school_type", seed=4):
    rows, rng = small_rows(seed), np.random.default_rng(seed)
    return draw_sums(draw_truth(models()[model], rows, PRIORS, rng), rows, rng)


# ---- simulated schools


@pytest.mark.parametrize("model", ["pooled", *LEVELLED])
def test_truths_follow_the_priors(model):
    spec, rng, rows = models()[model], np.random.default_rng(1), small_rows()
    truths = [draw_truth(spec, rows, PRIORS, rng) for _ in range(300)]
    for name in ("intercept", "slope", "sigma", *spec.scales):
        values = np.array([float(t[name].to_numpy().ravel()[0]) for t in truths])
        prior = PRIORS[spec.scale_priors.get(name, name)]
        drawn = prior.draw(np.random.default_rng(2), 20_000)
        assert stats.ks_2samp(values, drawn).pvalue > 1e-4
    if spec.by_school_type:
        z = [(t["slope_school_type"] - t["slope"]) / t["tau_slope"] for t in truths]
        assert stats.kstest(np.ravel([v.to_numpy() for v in z]), "norm").pvalue > 1e-4
    for level in spec.levels:
        z = [(t[level].sel(group="estadual-0") / t[f"tau_{level}"]).item() for t in truths]
        assert stats.kstest(z, "norm").pvalue > 1e-4


def test_schools_of_a_municipality_share_its_effect():
    rows = small_rows()
    truth = draw_truth(models()["school_type"], rows, PRIORS, np.random.default_rng(1))
    place = rows.drop_duplicates("school").set_index("school")["municipality"]
    effect = truth["municipality"].to_series().droplevel(["chain", "draw"])
    assert (effect.groupby(place).nunique() == 1).all()
    assert effect.nunique() == place.nunique() < len(place)
    assert np.unique(truth["school"]).size == len(place)


def test_expected_scores_add_up_what_a_participant_is():
    rows, rng = small_rows(), np.random.default_rng(2)
    mean = rows.assign(total=rows["n"] * rows["x"]).groupby("school")[["total", "n"]].sum()
    of_school = (mean["total"] / mean["n"])[rows["school"]]
    np.testing.assert_allclose(rows["school_income"], of_school)
    for model in LEVELLED:
        truth = draw_truth(models()[model], rows, PRIORS, rng).squeeze(drop=True)
        found = expected_scores(truth.expand_dims(["chain", "draw"]), rows).to_numpy()[0, 0]
        one = rows.iloc[7]
        where = {"school_type": one["school_type"], "income_bracket": one["income_bracket"]}

        def value(name, truth=truth, where=where):
            found = truth[name]
            return float(found.sel({k: v for k, v in where.items() if k in found.dims}))

        own = "_school_type" if "slope_school_type" in truth else ""
        total = value(f"intercept{own}") + value(f"slope{own}") * one["x"]
        if "context" in truth:
            total += value("context_school_type") * one["school_income"]
        total += sum(value(name) for name in ("bracket", "cell") if name in truth)
        total += sum(truth[k].sel(group=one["school"]).item() for k in ("school", "municipality"))
        assert found[7] == pytest.approx(total)


def test_simulated_sums_have_the_moments_of_simulated_scores():
    rng = np.random.default_rng(3)
    rows = small_rows().iloc[:3].assign(n=[1, 2, 40])
    truth = draw_truth(models()["school_type_income"], rows, PRIORS, rng)
    expected = expected_scores(truth, rows).to_numpy()[0, 0]
    sigma = float(truth["sigma"].sel(school_type=rows["school_type"].iloc[0]).item())
    drawn = [draw_sums(truth, rows, rng) for _ in range(500)]
    mean, ss = (np.array([d[name] for d in drawn]) for name in ("mean", "ss"))
    for index, size in enumerate((1, 2, 40)):
        scores = rng.normal(expected[index], sigma, (500, size))
        assert stats.ks_2samp(mean[:, index], scores.mean(axis=1)).pvalue > 1e-4
        of_rows = scores.var(axis=1) * size
        assert size == 1 or stats.ks_2samp(ss[:, index], of_rows).pvalue > 1e-4
    assert (ss[:, 0] == 0).all()


def test_the_likelihood_of_sums_is_that_of_their_scores():
    rng, rows = np.random.default_rng(5), small_rows()
    people = rows.loc[rows.index.repeat(rows["n"])]
    pair = [draw_truth(models()["school_type"], rows, PRIORS, rng) for _ in range(2)]
    score = rng.normal(500, 90, len(people))
    group = people.assign(score=score).groupby(level=0)["score"]
    squares = group.agg(lambda y: ((y - y.mean()) ** 2).sum())
    sums = rows.assign(mean=group.mean(), ss=squares)
    exact = []
    for truth in pair:
        sigma = truth["sigma"].sel(school_type=people["school_type"].to_numpy()).to_numpy()[0, 0]
        at = expected_scores(truth, people).to_numpy()[0, 0]
        exact.append(stats.norm.logpdf(score, at, sigma).sum())
    found = [float(log_likelihood(truth, sums).item()) for truth in pair]
    assert found[0] - found[1] == pytest.approx(exact[0] - exact[1])


def test_a_hard_case_has_an_empty_school_type_and_rows_of_one():
    rows = small_rows()
    expected = {name: n for name, n in calibration.SMALL.items() if n}
    assert rows.groupby("school_type")["n"].sum().to_dict() == expected
    assert rows["n"].min() == 1
    sizes = rows.groupby("school")["n"].sum()
    assert "estadual-0" in sizes.index
    assert sizes["estadual-0"] > sizes.median()


# ---- uniformity


def test_the_band_holds_the_share_of_uniform_samples_that_it_claims():
    rng = np.random.default_rng(5)
    low, high = uniformity.band(60, 0.9)
    curves = np.array([uniformity.ecdf(rng.random(60)) for _ in range(4000)])
    inside = ((low <= curves) & (curves <= high)).all(axis=1).mean()
    assert inside == pytest.approx(0.9, abs=0.02)


def test_p_values_are_uniform_for_uniform_values_and_small_for_others():
    rng = np.random.default_rng(6)
    p = [uniformity.p_value(rng.random(60)) for _ in range(2000)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.015)
    assert uniformity.p_value(rng.beta(3, 3, 200)) < 1e-3
    assert uniformity.p_value(rng.beta(1, 1.6, 200)) < 1e-3


def test_holms_procedure_rejects_down_to_the_first_that_stands():
    # thresholds in order: 0.05 / 4, / 3, / 2, / 1
    found = uniformity.rejected([0.04, 0.012, 0.016, 0.02], 0.05)
    assert found.tolist() == [True, True, True, True]
    found = uniformity.rejected([0.04, 0.012, 0.018, 0.02], 0.05)
    assert found.tolist() == [False, True, False, False]


# ---- mutations


def density_of(sums):
    design = tables(sums).design(models()["school_type"])
    density = Objective(design, PRIORS, Kind.RESTRICTED)
    values = np.where(density.logged, 70.0, 20.0)
    return density(values)[0]


@pytest.mark.parametrize("name", ["dropped_level", "shuffled_groups"])
def test_a_mutation_breaks_the_density_and_leaves_it_whole_again(name):
    sums = small_sums()
    density = density_of(sums)
    with mutated(name):
        assert abs(density_of(sums) - density) > 0.1
    assert density_of(sums) == density


@pytest.mark.parametrize("name", ["halved_scale", "wrong_sign", "dropped_level"])
def test_a_mutation_of_schools_is_seen_where_schools_are_the_level(name):
    reference = references.eight_schools_as_level()
    right = references.sample_reference(reference, 500)
    published = references.published_moments(reference.published, right)
    bound = largest_allowed(2 * len(published))

    def farthest(posterior):
        table = distances(references.moments(posterior), published)
        return table["difference_in_errors"].abs().max()

    assert farthest(right) < bound
    with mutated(name):
        assert farthest(references.sample_reference(reference, 500)) > bound


# ---- each study at tiny size


def test_ranks_are_counted_and_a_wrong_sign_turns_the_verdict(monkeypatch):
    monkeypatch.setattr(calibration, "SETTINGS", sampler(2, 400))
    spec, simulations = models()["school_type"], 40
    run = (spec, simulations)
    right = calibration.simulate_ranks(*run, np.random.default_rng(8))
    assert right.draws == 2 * 400 // calibration.THIN
    assert right.ranks.min().min() >= 0
    assert right.ranks.max().max() <= right.draws
    assert {*calibration.FOLLOWED[:3], "tau_school", "mean score[estadual]"} < set(right.ranks)
    assert right.divergences == 0
    assert ranks.verdicts({spec.name: right})["passed"].all()
    with mutated("wrong_sign"):
        wrong = calibration.simulate_ranks(*run, np.random.default_rng(8))
    table = ranks.verdicts({spec.name: wrong}).set_index("quantity")
    assert not table.loc["log likelihood", "passed"]
    assert table.loc["tau_school", "passed"]


def test_every_level_and_a_school_are_recovered():
    spec = models()["school_type"]
    (truth, draws), *_ = recovery._fits(spec, 1_000, 1)
    names = list(recovery.REPORTED["school_type"])
    assert {"tau_school", "tau_municipality", "school[estadual-0]"} < set(names)
    assert draws.shape == (2000, len(names))
    distance = (draws.mean(axis=0) - truth) / draws.std(axis=0)
    assert np.abs(distance).max() < 4.5
    again = recovery.state_of(10_000, np.random.default_rng(1))
    larger = draw_truth(spec, again, PRIORS, np.random.default_rng([recovery.SEED, 0]))
    found = parameter_draws(larger).sel(parameter="tau_school").item()
    assert found == pytest.approx(truth[names.index("tau_school")])


def test_effects_of_many_groups_stand_beside_the_draws_that_are_kept(monkeypatch):
    design, settings = tables(small_sums()).design(models()["school_type"]), sampler(2, 100)
    whole = with_levels(fit(design, PRIORS, settings, cores=1))
    monkeypatch.setattr("enem.mixed.fit.KEPT_EFFECTS", 5_000)
    tree = fit(design, PRIORS, settings, cores=1)
    found, at = with_levels(tree), tree["levels"]["sample"].to_numpy()
    assert found.sizes["chain"] == 1
    assert found.sizes["draw"] == len(at) < 200
    for name in ("tau_school", "slope_school_type", "school", "municipality"):
        np.testing.assert_array_equal(found[name][0], flat_draws(whole[name])[at])


def made_participants():
    rows = small_rows()
    return rows.loc[rows.index.repeat(rows["n"])].reset_index(drop=True)


def test_scores_of_the_coverage_study_are_those_of_its_lines():
    people, rng = made_participants(), np.random.default_rng(2)
    drawn = np.array([known_lines.draw_scores(people, rng) for _ in range(800)])
    line = np.array([known_lines.LINES[t] for t in people["school_type"]])
    expected = line[:, 0] + line[:, 1] * people["x"]
    error = np.hypot(known_lines.SCHOOL_SD, known_lines.RESIDUAL_SD)
    assert np.abs((drawn.mean(axis=0) - expected) / error * np.sqrt(800)).max() < 4.5
    of_one = people["school"] == "estadual-0"
    shared = (drawn - expected.to_numpy())[:, of_one].mean(axis=1).std()
    alone = known_lines.RESIDUAL_SD / np.sqrt(of_one.sum())
    assert shared == pytest.approx(np.hypot(known_lines.SCHOOL_SD, alone), rel=0.1)


def test_without_noise_the_coverage_study_finds_its_truth(monkeypatch):
    people = made_participants()
    monkeypatch.setattr(known_lines, "SCHOOL_SD", 0.0)
    monkeypatch.setattr(known_lines, "RESIDUAL_SD", 1.0)
    truth = known_lines.truths(people)
    scores = known_lines.draw_scores(people, np.random.default_rng(1))
    found = coverage.estimates(people.assign(score=scores), 1).set_index("quantity")["mean"]
    assert {"gap privada - publica", "slope estadual", "line slope[privada]"} < set(found.index)
    for name, value in truth.items():
        assert found[name] == pytest.approx(value, abs=4), name


def test_coverage_is_counted():
    low, high = np.array([0.0, 2.0, 0.0]), np.array([2.0, 3.0, 1.0])
    columns = {"mean": [1.0, 2.5, 0.5], "sd": [2.0, 2.0, 2.0]}
    table = pd.DataFrame(columns | {"interval_low": low, "interval_high": high})
    row = coverage.summarise(table.assign(quantity="gap"), {"gap": 1.0}).iloc[0]
    assert row["covered"] == 2
    assert row["bias"] == pytest.approx(1 / 3)
    assert row["sd_ratio"] == pytest.approx(2 / np.std([1, 2.5, 0.5], ddof=1))


def test_a_chain_that_stands_still_is_counted(monkeypatch):
    study = stuck.stuck(2)
    assert [check.passed for check in study.checks][:2] == [True, True]
    assert study.tables["stuck"]["fits"].sum() == 2
    intact = stuck.draw_scales

    def still(*args, **kwargs):
        sampled = intact(*args, **kwargs)
        value = sampled["posterior"]["value"]
        value[1, :, -1] = value[1, 0, -1]
        return sampled

    monkeypatch.setattr(stuck, "draw_scales", still)
    study = stuck.stuck(2)
    assert [check.passed for check in study.checks] == [False, True, False]
    assert study.checks[0].value == 2


def test_the_rate_is_the_exponent_of_the_posterior_sd():
    n = [100, 1_000, 10_000, 100_000]
    sd = [500.0, 3.0, 3.0 * 10**-0.4, 3.0 * 10**-0.8]
    table = pd.DataFrame({"participants": n, "posterior_sd": sd})
    found = recovery.shrinking_rates(table.assign(model="school_type", parameter="slope[estadual]"))
    assert found["rate"].tolist() == pytest.approx([-0.4])


def test_sufficient_statistics_of_kidiq_give_its_least_squares_line():
    design, priors = references.kidscore_momiq()[1:3]
    slope, intercept = np.polyfit(design.x, design.mean, 1, w=np.sqrt(design.n))
    # Gelman & Hill (2006), section 3.1: 26 + 0.6 mom_iq, residual sd 18.3
    assert round(intercept) == 26
    assert round(slope, 1) == 0.6
    assert round(float(np.sqrt(design.ss.sum() / (design.n.sum() - 2))), 1) == 18.3
    assert priors["sigma"].family == "half_student_t"


@pytest.mark.parametrize("build", [references.eight_schools, references.eight_schools_as_level])
def test_the_eight_schools_carry_the_published_standard_errors(build):
    design = build().design
    assert len(design.sigma_labels) == len(design.n) == 8
    sigma = np.sqrt(design.ss / (design.n - 1))
    errors = pd.read_csv(references.DATA / "eight_schools.csv")["standard_error"]
    np.testing.assert_allclose(sigma / np.sqrt(design.n), errors)


@pytest.mark.parametrize("build", [references.kidscore_momhs, references.kidscore_momiq])
def test_exact_moments_are_the_published_ones(build):
    reference = build()
    table = pd.read_csv(references.DATA / "posteriordb.csv")
    published = table[table["posterior"] == reference.published].set_index("parameter")

    def largest_difference(design):
        difference = pooled_moments(design, reference.priors)["mean"] - published["mean"]
        return float((difference / published["mcse_mean"]).abs().max())

    assert largest_difference(reference.design) < largest_allowed(len(published))
    turned = replace(reference.design, mean=reference.design.mean[::-1])
    assert largest_difference(turned) > 100


def test_distances_are_in_errors_of_both():
    reference = pd.DataFrame(
        {"mean": [1.0], "mcse": [0.3], "sd": [2.0], "mcse_sd": [0.0]}, index=["slope"]
    )
    found = pd.DataFrame(
        {"mean": [2.0], "mcse": [0.4], "sd": [2.2], "mcse_sd": [0.1]}, index=["slope"]
    )
    table = distances(found, reference).set_index("moment")["difference_in_errors"]
    assert table.tolist() == pytest.approx([2.0, 2.0])
    assert largest_allowed(1) == pytest.approx(2.576, abs=1e-3)


# ---- results and command


def test_results_make_the_page(tmp_path):
    folder = tmp_path / "validation"
    checks = [Check("first", True, 1.0, 2.0, "All is well."), Check("n", None, 3.0, None, "Three.")]
    table = pd.DataFrame({"model": ["school_type"], "parameter": ["slope"], "rate": [-0.5]})
    write_study("recovery", Study(checks, {"recovery_rates": table}, {}), 12.3, folder)
    page.write_page(folder)
    text = (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert "| passed | All is well. |" in text
    assert "| reported | Three. |" in text
    assert "| `school_type` | slope | -0.500 |" in text
    assert text.count("Not run yet.") == 7
    assert json.loads((folder / "recovery_run.json").read_text())["seconds"] == 12


def test_the_command_fails_with_a_failing_study_and_records_mutations(tmp_path, monkeypatch):
    folder = tmp_path / "validation"
    monkeypatch.setattr(command, "FOLDER", folder)
    good = Study([Check("c", True, 0.0, 1.0, "Fine.")], {}, {})
    bad = Study([Check("c", False, 2.0, 1.0, "Broken.")], {}, {})
    skipped = Study([Check("c", None, None, None, "Not here.")], {}, {})
    studies = {
        "references": lambda: good,
        "recovery": lambda: bad,
        "implementations": lambda: skipped,
    }
    monkeypatch.setattr(command, "_studies", lambda *_: studies)
    monkeypatch.setattr(command, "_reduced", lambda *_: studies)
    assert command.main(["references"]) == 0
    assert command.main(["recovery"]) == 1
    assert command.main(["implementations"]) == 0
    assert not (folder / "implementations_run.json").exists()
    assert command.main(["references", "--mutate", "wrong_sign"]) == 0
    assert command.main(["recovery", "--mutate", "wrong_sign"]) == 1
    table = pd.read_csv(folder / "mutations.csv").set_index("study")
    assert table["verdict"].to_dict() == {"recovery": "fails", "references": "passes"}
    assert "Broken." in (tmp_path / "validation.md").read_text(encoding="utf-8")


def test_mutations_that_no_study_sees_fail_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "FOLDER", tmp_path / "validation")
    good = Study([Check("c", True, 0.0, 1.0, "Fine.")], {}, {})
    bad = Study([Check("c", False, 2.0, 1.0, "Broken.")], {}, {})
    seen = dict.fromkeys(command.BREAKABLE, lambda: good) | {"recovery": lambda: bad}
    monkeypatch.setattr(command, "_reduced", lambda *_: seen)
    assert command.main(["mutations"]) == 0
    seen["recovery"] = lambda: good
    assert command.main(["mutations"]) == 1


@pytest.mark.parametrize("study", [implementations, coverage.coverage])
def test_without_the_real_state_nothing_is_judged(study, tmp_path):
    found = study(tmp_path)
    assert found.passed
    assert not found.judged
    assert "not in" in found.checks[0].message


def test_sums_have_the_likelihood_of_rows_in_statsmodels():
    people = made_participants()
    scores = known_lines.draw_scores(people, np.random.default_rng(3))
    place = people["school"].map(dict(zip(people["school"].unique(), range(99), strict=False)))
    rows = people.assign(score=scores, municipality=(place // 2).astype(str))
    table = compare_models(rows.assign(school=people["school"]))
    assert set(table["model"]) == {"pooled", "schools", "municipalities"}
    np.testing.assert_allclose(table["here"], table["statsmodels"], rtol=1e-7, atol=1e-6)


# ---- slow: whole studies


@pytest.mark.slow
def test_levels_have_the_posterior_of_explicit_effects(shared_microdata):
    study = implementations(shared_microdata, 500)
    assert [c.message for c in study.checks if c.passed is False] == []
    assert study.judged


@pytest.mark.slow
def test_posteriors_are_those_that_posteriordb_publishes():
    study = references.references(1000)
    assert [c.message for c in study.checks if c.passed is False] == []


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_calibration_notices_each_mutation(mutation):
    assert calibration.calibration(20, ("school_type",)).passed
    with mutated(mutation):
        assert not calibration.calibration(60, ("school_type",)).passed


@pytest.mark.slow
def test_intervals_cover_on_real_schools(shared_microdata):
    study = coverage.coverage(shared_microdata, 40)
    assert [c.message for c in study.checks if c.passed is False] == []
