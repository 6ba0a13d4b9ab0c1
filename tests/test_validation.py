import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from enem.check.closed_form import pooled_moments
from enem.check.verdict import Check
from enem.fit import compiled
from enem.fit.density import log_posterior
from enem.models import group_effects, likelihood
from enem.models.specification import SPECIFICATIONS
from enem.names import MODELS
from grids import collapse, hyperparameters, made_rows
from studies.validation import __main__ as command
from studies.validation import calibration, page, ranks, recovery, references, uniformity
from studies.validation.implementations import implementations
from studies.validation.moments import distances, largest_allowed
from studies.validation.mutations import MUTATIONS, mutated
from studies.validation.setting import SMALL, empty_grid, project_priors, sampler
from studies.validation.simulate import allocate, draw_truth, expected_scores, simulate_cells
from studies.validation.study import Study, write_study

PRIORS = project_priors()


# ---- simulated cells


@pytest.mark.parametrize("model", MODELS)
def test_truths_follow_the_priors(model):
    spec, grid, rng = SPECIFICATIONS[model], empty_grid(), np.random.default_rng(1)
    truths = [draw_truth(spec, grid, PRIORS, rng) for _ in range(300)]
    for name in ("intercept", "slope", "sigma", *spec.scales):
        values = np.array([float(t[name].to_numpy().ravel()[0]) for t in truths])
        drawn = PRIORS[name].draw(np.random.default_rng(2), 20_000)
        assert stats.ks_2samp(values, drawn).pvalue > 1e-4
    if spec.by_school_type:
        z = [(t["slope_school_type"] - t["slope"]) / t["tau_slope"] for t in truths]
        assert stats.kstest(np.ravel([v.to_numpy() for v in z]), "norm").pvalue > 1e-4


def test_simulated_cells_have_the_moments_of_simulated_rows():
    spec, grid, rng = SPECIFICATIONS["school_type_income"], empty_grid(), np.random.default_rng(3)
    truth = draw_truth(spec, grid, PRIORS, rng)
    n = np.zeros_like(grid.n)
    n[0, :3] = [1, 2, 40]
    expected = expected_scores(truth, grid).to_numpy().reshape(n.shape)[0, :3]
    sigma = float(truth["sigma"][0, 0, 0])
    drawn = [simulate_cells(truth, grid, n, rng) for _ in range(500)]
    mean = np.array([d.mean[0, :3] for d in drawn])
    ss = np.array([d.ss[0, :3] for d in drawn])
    for index, size in enumerate((1, 2, 40)):
        scores = rng.normal(expected[index], sigma, (500, size))
        assert stats.ks_2samp(mean[:, index], scores.mean(axis=1)).pvalue > 1e-4
        of_rows = scores.var(axis=1) * size
        assert size == 1 or stats.ks_2samp(ss[:, index], of_rows).pvalue > 1e-4
    assert (ss[:, 0] == 0).all()
    assert all((d.mean[n == 0] == 0).all() and (d.ss[n == 0] == 0).all() for d in drawn)


def test_a_hard_case_has_an_empty_group_and_cells_of_none_and_one():
    n = allocate(empty_grid(), SMALL, np.random.default_rng(4))
    assert n.sum(axis=1).tolist() == list(SMALL.values())
    assert n.sum(axis=1).min() == 0
    assert {0, 1} <= set(n[1:].ravel())


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


def likelihood_values():
    grid = collapse(made_rows(np.random.default_rng(7)))
    parameters = hyperparameters("school_type")
    lines = group_effects.group_lines(parameters, grid)
    return likelihood.log_likelihood_of(parameters, grid), lines.shift2


def test_a_dropped_n_reaches_what_nuts_samples():
    spec, grid = SPECIFICATIONS["school_type"], collapse(made_rows(np.random.default_rng(7)))

    def density():
        point = np.zeros(len(grid.school_types) + len(spec.scales))
        model = compiled.compiled_density(spec, grid, PRIORS)
        return log_posterior(point, model.user_data, np.empty(len(point)))

    whole = density()
    with mutated("dropped_n"):
        assert abs(density() - whole) > 0.1
    assert density() == whole


@pytest.mark.parametrize("name", ["wrong_sign", "dropped_n"])
def test_a_mutation_breaks_the_likelihood_and_leaves_it_whole_again(name):
    density, shift = likelihood_values()
    with mutated(name):
        broken, turned = likelihood_values()
    assert abs(broken - density) > 0.1
    assert np.abs(turned - shift).max() > 0.1
    again, same = likelihood_values()
    assert again == density
    np.testing.assert_array_equal(same, shift)


# ---- each study at tiny size, right and mutated


def test_ranks_are_counted_and_a_swapped_group_turns_the_verdict(monkeypatch):
    monkeypatch.setattr(calibration, "SETTINGS", sampler(2, 300, 400))
    spec, simulations = SPECIFICATIONS["school_type"], 40
    run = (spec, simulations)
    right = calibration.simulate_ranks(*run, np.random.default_rng(8))
    assert right.draws == 2 * 400 // calibration.THIN
    assert right.ranks.shape == (simulations, 17)
    assert right.ranks.min().min() >= 0
    assert right.ranks.max().max() <= right.draws
    assert ranks.verdicts({spec.name: right})["passed"].all()
    with mutated("swapped_group"):
        wrong = calibration.simulate_ranks(*run, np.random.default_rng(8))
    table = ranks.verdicts({spec.name: wrong}).set_index("quantity")
    assert not table.loc["intercept[estadual]", "passed"]
    assert table.loc["tau_intercept", "passed"]


def test_the_rate_is_the_exponent_of_the_posterior_sd():
    n = [100, 1_000, 10_000, 100_000]
    sd = [500.0, 3.0, 3.0 * 10**-0.4, 3.0 * 10**-0.8]
    table = pd.DataFrame({"participants": n, "posterior_sd": sd})
    found = recovery.shrinking_rates(table.assign(model="pooled", parameter="slope"))
    assert found["rate"].tolist() == pytest.approx([-0.4])


def test_sufficient_statistics_of_kidiq_give_its_least_squares_line():
    _, grid, priors = references.kidscore_momiq()
    n, x, y = grid.n[0], grid.x, grid.mean[0]
    slope, intercept = np.polyfit(x, y, 1, w=np.sqrt(n))
    # Gelman & Hill (2006), section 3.1: 26 + 0.6 mom_iq, residual sd 18.3
    assert round(intercept) == 26
    assert round(slope, 1) == 0.6
    assert round(float(np.sqrt(grid.ss.sum() / (n.sum() - 2))), 1) == 18.3
    assert priors["sigma"].family == "half_student_t"


def test_the_eight_schools_cells_carry_the_published_standard_errors():
    spec, grid, _ = references.eight_schools()
    assert spec.name == "school_type"
    assert grid.n.shape == (8, 1)
    sigma = np.sqrt(grid.ss / (grid.n - 1))
    errors = pd.read_csv(references.DATA / "eight_schools.csv")["standard_error"]
    np.testing.assert_allclose((sigma / np.sqrt(grid.n)).ravel(), errors)


@pytest.mark.parametrize("build", [references.kidscore_momhs, references.kidscore_momiq])
def test_exact_moments_are_the_published_ones_and_not_with_a_wrong_sign(build):
    spec, grid, priors = build()
    assert spec.name == "pooled"
    table = pd.read_csv(references.DATA / "posteriordb.csv")
    published = table[table["posterior"] == f"kidiq-{build.__name__}"].set_index("parameter")

    def largest_difference():
        difference = pooled_moments(grid, priors)["mean"] - published["mean"]
        return float((difference / published["mcse_mean"]).abs().max())

    assert largest_difference() < largest_allowed(len(published))
    with mutated("wrong_sign"):
        assert largest_difference() > 100


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
    table = pd.DataFrame({"model": ["pooled"], "parameter": ["slope"], "rate": [-0.5]})
    write_study("recovery", Study(checks, {"recovery_rates": table}, {}), 12.3, folder)
    page.write_page(folder)
    text = (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert "| passed | All is well. |" in text
    assert "| reported | Three. |" in text
    assert "| `pooled` | slope | -0.500 |" in text
    assert text.count("Not run yet.") == 5
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
    monkeypatch.setattr(command, "_studies", lambda _: studies)
    monkeypatch.setattr(command, "_reduced", lambda _: studies)
    assert command.main(["references"]) == 0
    assert command.main(["recovery"]) == 1
    assert command.main(["implementations"]) == 0
    assert not (folder / "implementations_run.json").exists()
    assert command.main(["references", "--mutate", "dropped_n"]) == 0
    assert command.main(["recovery", "--mutate", "dropped_n"]) == 1
    table = pd.read_csv(folder / "mutations.csv").set_index("study")
    assert table["verdict"].to_dict() == {"recovery": "fails", "references": "passes"}
    assert "Broken." in (tmp_path / "validation.md").read_text(encoding="utf-8")


def test_without_the_real_state_nothing_is_judged(tmp_path):
    study = implementations(tmp_path)
    assert study.passed
    assert not study.judged
    assert "not in" in study.checks[0].message


# ---- slow: whole studies


@pytest.mark.slow
def test_cells_have_the_posterior_of_rows_statsmodels_and_closed_form(shared_microdata):
    study = implementations(shared_microdata)
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
