import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.outliers_influence import OLSInfluence

from enem.check.cell_nodes import interpolate_rows
from enem.check.closed_form import pooled_moments
from enem.estimate.point_estimates import (
    bounds_sigma,
    maximum_a_posteriori,
    maximum_likelihood,
)
from enem.estimate.profile import scale_profiles
from enem.estimate.record import posterior_optimum
from enem.estimate.vector import Objective
from enem.estimation import plug_in
from enem.estimation.chebyshev import chebyshev_table
from enem.estimation.cross_entropy import cross_entropy_table
from enem.estimation.disagreement import disagreement_table
from enem.estimation.likelihood import least_squares_table, likelihood_curves
from enem.estimation.plug_in import in_sample, left_out_nodes, out_of_sample, without_rows
from enem.estimation.sample_size import (
    posterior_modes,
    sample_size_table,
    slope_posteriors,
    subsample_table,
)
from enem.estimation.scale_of_parameters import log_scale_mode, sigma_means
from enem.estimation.scales import scales_table
from enem.estimation.shrinkage import prior_weight_path, ridge_path
from enem.estimation.subsamples import draw_subsamples, sample_sizes
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS
from grids import BRACKETS, X, collapse, made_rows, merged
from grids import PRIORS as GRID_PRIORS
from made import REPOSITORY

PRIORS = GRID_PRIORS
MODELS = tuple(SPECIFICATIONS)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    sizes = {"federal": 9, "estadual": 22, "municipal": 0, "privada": 12}
    return made_rows(rng, sizes)


@pytest.fixture(scope="module")
def grid(rows):
    return collapse(rows)


def x_of(rows):
    return X[[BRACKETS.index(b) for b in rows["income_bracket"]]]


def ordinary_least_squares(rows):
    return sm.OLS(rows["score"].to_numpy(), sm.add_constant(x_of(rows))).fit()


# --- likelihood


def test_least_squares_is_the_maximum_of_the_likelihood(rows, grid):
    table = least_squares_table(rows, grid).set_index("parameter")
    fit = ordinary_least_squares(rows)
    expected = [*fit.params, np.sqrt(np.mean(fit.resid**2))]
    np.testing.assert_allclose(table["least_squares"], expected, rtol=1e-9)
    np.testing.assert_allclose(table["mle"], expected, rtol=1e-7)


def test_likelihood_curves_are_profiles(rows, grid):
    curves, fit = likelihood_curves(grid), ordinary_least_squares(rows)
    y, x = rows["score"].to_numpy(), x_of(rows)
    for name, table in curves.groupby("parameter"):
        for row in table.iloc[::20].itertuples():
            if name == "slope":
                residual = y - row.value * x
                residual = residual - residual.mean()
                sigma = np.sqrt(np.mean(residual**2))
            else:
                residual, sigma = fit.resid, row.value
            value = stats.norm.logpdf(residual, 0, sigma).sum()
            assert row.log_likelihood == pytest.approx(value - fit.llf, abs=1e-8)
            assert row.cross_entropy == pytest.approx((fit.llf - value) / len(y), abs=1e-9)
        assert table["likelihood"].max() == pytest.approx(1, abs=1e-9)


# --- leave-one-out of plug-ins


def predicted(spec, data, rest, row, priors):
    """Fit without the row from scratch, and read the prediction off the table of estimates."""
    found = (
        maximum_likelihood(spec, data)
        if priors is None
        else maximum_a_posteriori(spec, data, priors)
    ).values
    group, bracket = row.school_type, row.income_bracket
    of = f"[{group}]" if spec.by_school_type else ""
    if f"sigma{of}" not in found:
        return np.nan
    mean = found[f"intercept{of}"] + found[f"slope{of}"] * X[BRACKETS.index(bracket)]
    if spec.deviation_scale:
        mean += found[f"deviation[{group}, {bracket}]" if of else f"deviation[{bracket}]"]
    assert len(rest)
    return stats.norm.logpdf(row.score, mean, found[f"sigma{of}"])


@pytest.mark.parametrize("kind", ["mle", "map"])
@pytest.mark.parametrize("model", MODELS)
def test_leave_one_out_equals_refitting_without_the_row(model, kind, rows, grid):
    spec, priors = SPECIFICATIONS[model], None if kind == "mle" else PRIORS
    mine = rows if spec.by_school_type else merged(rows)
    data = spec.data(grid)
    kept = bounds_sigma(spec, data) if priors is None else np.ones(len(data.n), bool)
    objective = Objective(spec, data.subset(kept), priors)
    estimate = maximum_likelihood if priors is None else maximum_a_posteriori
    best = estimate(spec, grid, *([] if priors is None else [priors]))
    found = out_of_sample(objective, best.optimum.vector, mine)
    for i in range(0, len(rows), 6):
        rest = rows.drop(index=rows.index[i])
        expected = predicted(spec, collapse(rest), rest, mine.iloc[i], priors)
        assert found[i] == pytest.approx(expected, abs=2e-5, nan_ok=True), i


def test_leave_one_out_of_one_line_equals_the_influence_of_least_squares(rows, grid):
    spec = SPECIFICATIONS["pooled"]
    objective = Objective(spec, spec.data(grid), None)
    vector = maximum_likelihood(spec, grid).optimum.vector
    influence = OLSInfluence(ordinary_least_squares(rows))
    n = len(rows)
    sigma = np.sqrt(influence.sigma2_not_obsi * (n - 3) / (n - 1))
    expected = stats.norm.logpdf(influence.resid_press, 0, sigma)
    found = out_of_sample(objective, vector, merged(rows))
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_few_nodes_interpolate_all_rows(monkeypatch):
    rng = np.random.default_rng(9)
    rows = merged(made_rows(rng, {"federal": 0, "estadual": 260, "municipal": 0, "privada": 60}))
    grid, spec = collapse(rows.assign(school_type="estadual")), SPECIFICATIONS["income"]
    objective = Objective(spec, spec.data(grid), PRIORS)
    vector = maximum_a_posteriori(spec, grid, PRIORS).optimum.vector
    few = left_out_nodes(objective, vector, rows)
    monkeypatch.setattr(plug_in, "NODES", 10_000)
    every = left_out_nodes(objective, vector, rows)
    assert len(every) > 2 * len(few)
    found, exact = (interpolate_rows(rows, t, "log_density")[0] for t in (few, every))
    np.testing.assert_allclose(found, exact, atol=2e-4)


def test_taking_a_row_out_of_a_cell(rows, grid):
    i = 4
    g = grid.school_types.index(rows["school_type"].iloc[i])
    b = BRACKETS.index(rows["income_bracket"].iloc[i])
    score = rows["score"].to_numpy()[[i]]
    found = without_rows(grid, np.array([g]), np.array([b]), score)
    expected = collapse(rows.drop(index=rows.index[i]))
    for name in ("n", "mean", "ss"):
        np.testing.assert_allclose(getattr(found, name)[0], getattr(expected, name), atol=1e-7)


def test_in_sample_of_one_line_is_minus_the_likelihood_per_participant(rows, grid):
    spec = SPECIFICATIONS["pooled"]
    objective = Objective(spec, spec.data(grid), None)
    vector = maximum_likelihood(spec, grid).optimum.vector
    found = in_sample(objective, vector, merged(rows))
    assert found.sum() == pytest.approx(ordinary_least_squares(rows).llf, rel=1e-10)


def made_nodes(rows, model):
    mine = rows if SPECIFICATIONS[model].by_school_type else merged(rows)
    table = mine.drop_duplicates().sort_values(["school_type", "income_bracket", "score"])
    return table.assign(elpd_loo=-5.8, lppd=-5.6)


def test_cross_entropy_table_averages_the_same_participants(rows, grid):
    records = {}
    for name in ("pooled", "school_type"):
        spec = SPECIFICATIONS[name]
        mle, posterior = maximum_likelihood(spec, grid), maximum_a_posteriori(spec, grid, PRIORS)
        records[name] = {"mle": mle.values, "map": posterior.values}
    nodes = {name: made_nodes(rows, name) for name in records}
    table = cross_entropy_table(rows, grid, PRIORS, records, nodes)
    assert len(table) == 12
    assert table["participants"].nunique() == 1
    chosen = table.set_index(["model", "estimator", "sample"])
    assert chosen.loc[("pooled", "posterior", "out"), "cross_entropy"] == pytest.approx(5.8)
    assert chosen.loc[("pooled", "posterior", "in"), "above_posterior"] == pytest.approx(
        -0.2 * table["participants"].iloc[0]
    )
    np.testing.assert_allclose(
        np.log(table["equivalent_sd"]) + 0.5 * np.log(2 * np.pi * np.e), table["cross_entropy"]
    )
    for name in records:
        inside, outside = (chosen.loc[(name, "mle", s), "cross_entropy"] for s in ("in", "out"))
        assert inside < outside


def test_an_estimate_that_does_not_exist_is_blank(rows, grid):
    record = {"pooled": {"mle": {}, "map": {}}}
    nodes = {"pooled": made_nodes(rows, "pooled")}
    table = cross_entropy_table(rows, grid, PRIORS, record, nodes)
    blank = table[table["estimator"] != "posterior"]
    assert blank["cross_entropy"].isna().all()
    assert (table["participants"] == len(rows)).all()


# --- priors


def test_flat_priors_give_the_mle_back(rows, grid):
    table = prior_weight_path(grid, PRIORS)
    flat = table[table["prior_weight"] == 0].set_index("parameter")
    fit = ordinary_least_squares(rows)
    np.testing.assert_allclose(flat["map"][:2], fit.params, rtol=1e-7)
    assert flat["map_minus_mle_in_se"].abs().max() < 1e-6
    used = table[table["prior_weight"] == 1].set_index("parameter")["map"]
    expected = maximum_a_posteriori(SPECIFICATIONS["pooled"], grid, PRIORS).values
    assert used.to_dict() == pytest.approx(expected, rel=1e-7)


def test_gaussian_prior_is_ridge_regression(rows, grid):
    prior = Prior("normal", {"mean": 5.0, "sd": 8.0})
    table = ridge_path(grid, prior)
    assert table["configured"].sum() == 1
    fit = ordinary_least_squares(rows)
    sigma = np.sqrt(np.mean(fit.resid**2))
    y, design = rows["score"].to_numpy(), sm.add_constant(x_of(rows))
    for row in table.itertuples():
        penalty = sigma**2 / row.prior_sd**2
        assert row.ridge_lambda == pytest.approx(penalty, rel=1e-6)
        # a row of data of its own stands for the prior
        augmented = np.vstack([design, [0, np.sqrt(penalty)]])
        target = np.append(y, np.sqrt(penalty) * 5.0)
        slope = sm.OLS(target, augmented).fit().params[1]
        assert row.map == pytest.approx(slope, rel=1e-6)
        assert row.ridge == pytest.approx(slope, rel=1e-6)


# --- how parameters are written


def test_mode_of_the_logarithm_equals_a_grid_search(grid):
    data = grid.over_school_types()
    objective = Objective(SPECIFICATIONS["pooled"], data, PRIORS)
    found = log_scale_mode(objective)
    sigma = np.linspace(0.9, 1.1, 20001) * found["sigma"]
    line = np.tile([found["intercept"], found["slope"]], (len(sigma), 1))
    density = objective(np.column_stack([line, sigma])) + np.log(sigma)
    assert sigma[np.argmax(density)] == pytest.approx(found["sigma"], rel=2e-5)
    natural = maximum_a_posteriori(SPECIFICATIONS["pooled"], grid, PRIORS).values["sigma"]
    assert found["sigma"] > natural


def test_a_scale_at_zero_has_an_interior_mode_in_logarithms(grid):
    spec = SPECIFICATIONS["school_type_income"]
    modes = log_scale_mode(Objective(spec, grid, PRIORS))
    assert all(modes[name] > 0 for name in spec.scales)


def test_posterior_mean_does_not_depend_on_the_scale(grid):
    over_scale, over_log = sigma_means(grid, PRIORS)
    assert over_scale == pytest.approx(over_log, rel=1e-6)
    exact = pooled_moments(grid, PRIORS).loc["sigma", "mean"]
    assert over_log == pytest.approx(exact, rel=1e-6)


# --- sample size


def test_sizes_end_with_everybody():
    assert sample_sizes(56) == [30, 56]
    assert sample_sizes(20) == [20]
    assert sample_sizes(4569) == [30, 100, 300, 1000, 3000, 4569]


def test_subsamples_are_draws_of_the_rows(rows, grid):
    everyone = merged(rows)
    found = draw_subsamples(everyone, grid.over_school_types(), 30, np.random.default_rng(1))
    assert (found.n.sum(axis=(1, 2)) == 30).all()
    means = (found.n * found.mean).sum(axis=(1, 2)) / 30
    error = everyone["score"].std() / np.sqrt(30 * len(means))
    assert abs(means.mean() - everyone["score"].mean()) < 4 * error
    assert means.std() == pytest.approx(everyone["score"].std() / np.sqrt(30), rel=0.15)
    assert (found.ss >= 0).all()
    assert (found.ss[found.n == 1] < 1e-6).all()


def test_batched_modes_and_posteriors_equal_those_of_single_samples(rows, grid):
    data = grid.over_school_types()
    many = draw_subsamples(merged(rows), data, 40, np.random.default_rng(2))
    modes, laplace = posterior_modes(many, PRIORS)
    mean, sd, below = slope_posteriors(many, PRIORS, np.log(modes[:, 2]), 15.0)
    for k in (0, 7, 100):
        one = type(data)(data.school_types, data.brackets, data.x, *(
            a[k] for a in (many.n, many.mean, many.ss)
        ))  # fmt: skip
        best = maximum_a_posteriori(SPECIFICATIONS["pooled"], one, PRIORS)
        np.testing.assert_allclose(modes[k], best.optimum.vector, rtol=1e-6)
        assert laplace[k] == pytest.approx(best.sd["slope"], rel=1e-4)
        exact = pooled_moments(one, PRIORS).loc["slope"]
        assert (mean[k], sd[k]) == pytest.approx(tuple(exact[["mean", "sd"]]), rel=1e-6)
        assert below[k] == pytest.approx(stats.norm.cdf(15, mean[k], sd[k]), abs=0.02)


def test_larger_samples_settle_and_chebyshev_holds():
    rng = np.random.default_rng(8)
    rows = merged(made_rows(rng, {"federal": 0, "estadual": 1500, "municipal": 0, "privada": 0}))
    grid = collapse(rows.assign(school_type="estadual"))
    samples = subsample_table(rows, grid, PRIORS, seed=5)
    pd.testing.assert_frame_equal(samples, subsample_table(rows, grid, PRIORS, seed=5))
    sizes = sample_size_table(samples, grid, PRIORS, mass=0.9)
    for column in ("mle_sd", "posterior_sd", "map_to_mle_in_sd", "prior_share"):
        assert (np.diff(sizes[column]) < 0).all(), column
    assert sizes["slope"].iloc[0] == pytest.approx(ordinary_least_squares(rows).params[1])
    assert (sizes["coverage_chebyshev"] > sizes["coverage_posterior"]).all()
    # four standard errors of a share of 400 samples
    assert sizes["coverage_posterior"].between(0.84, 0.96).all()
    tails = chebyshev_table(samples, grid)
    assert (tails["tail"] <= tails["bound"]).all()
    assert tails["sd"].iloc[0] == pytest.approx(rows["score"].std(ddof=0))
    assert (tails["tail"] - tails["gaussian"]).abs().max() < 0.08


# --- scales and disagreement


def test_joint_density_grows_by_the_number_of_effects(grid):
    spec = SPECIFICATIONS["school_type"]
    objective, optimum = posterior_optimum(spec, grid, PRIORS)
    profiles = {"school_type": scale_profiles(objective, optimum)}
    names = ["tau_intercept", "tau_slope"]
    columns = {"mean": 30.0, "sd": 10.0, "interval_low": 10.0, "interval_high": 60.0}
    summary = pd.DataFrame({"parameter": names}).assign(**columns)
    record = {"mle": {}, "map": dict(zip(names, optimum.vector[2:4], strict=True))}
    table = scales_table(grid, profiles, {"school_type": record}, {"school_type": summary})
    assert table["effects"].tolist() == [4, 4]
    np.testing.assert_allclose(table["joint_growth"], 4, atol=0.01)
    np.testing.assert_allclose(table["marginal_growth"], 0, atol=0.01)
    assert table["mle"].isna().all()


def test_disagreement_is_ranked_over_models():
    summary = pd.DataFrame(
        {"parameter": ["slope", "sigma", "tau_slope"], "mean": 10.0, "sd": 2.0, "n": np.nan}
    )
    records = {
        "a": {"mle": {}, "map": {"slope": 9.0, "sigma": 14.0}, "laplace_sd": {}},
        "b": {"mle": {}, "map": {"slope": 10.0, "tau_slope": 0.0}, "laplace_sd": {}},
    }
    table = disagreement_table(records, {"a": summary, "b": summary})
    assert table["map_minus_mean_in_sd"].tolist() == [-5.0, 2.0, -0.5, 0.0]
    assert table["model"].tolist() == ["b", "a", "a", "b"]
    assert table["rank"].tolist() == [1, 2, 3, 4]


def test_study_needs_neither_sampler_nor_arviz():
    code = (
        "import json, sys; sys.path.insert(0, 'workflow'); import enem.estimation.study; "
        "print(json.dumps([m for m in ('pymc', 'arviz', 'arviz_stats') if m in sys.modules]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == []
