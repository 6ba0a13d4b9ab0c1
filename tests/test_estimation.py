"""The study of estimators against least squares, refits and closed forms."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats
from statsmodels.stats.outliers_influence import OLSInfluence

from enem.check.closed_form import pooled_moments
from enem.check.without import without_participant
from enem.estimation import plug_in
from enem.estimation.cross_entropy import cross_entropy_table
from enem.estimation.likelihood import least_squares_table, likelihood_curves
from enem.estimation.plug_in import LeftOut
from enem.estimation.prior_weight import prior_weight_path, ridge_path
from enem.estimation.regression import REGRESSION, Cells, cells_of, posterior_modes
from enem.estimation.sample_size import (
    chebyshev_table,
    draw_subsamples,
    sample_size_table,
    sample_sizes,
    slope_posteriors,
    subsample_table,
)
from enem.estimation.scale_of_parameters import (
    disagreement_table,
    log_scale_mode,
    parameterisation_table,
    sigma_means,
)
from enem.estimation.scales import scales_table, school_shrinkage
from enem.mixed.estimates import maximum_a_posteriori, maximum_likelihood
from enem.mixed.objective import Kind, Objective
from enem.mixed.priors import Prior
from enem.mixed.profile import scale_profiles
from enem.mixed.rows import participant_rows
from enem.mixed.tables import Tables
from enem.tabulate.sums import collapse_to_sums
from made import REPOSITORY
from mixed_fixtures import BOTH, INCOME, LABELS, PRIORS, participants, specification
from test_mixed_density import values_of

MODELS = ["pooled", "school_type", "income", "school_type_income"]


def tables_of(rows, spec):
    return Tables(collapse_to_sums(rows, spec.factors), INCOME, LABELS)


@pytest.fixture(scope="module")
def rows():
    return participants(rows=60, schools=14, seed=4)


@pytest.fixture(scope="module")
def tables(rows):
    return tables_of(rows, REGRESSION)


@pytest.fixture(scope="module")
def cells(rows):
    return cells_of(rows, INCOME)


@pytest.fixture(scope="module")
def mle(tables):
    return maximum_likelihood(REGRESSION, tables, PRIORS)


def ordinary_least_squares(rows):
    columns = sm.add_constant(values_of(rows)["income"])
    return sm.OLS(rows["score"].to_numpy(), columns).fit()


# --- likelihood


def test_least_squares_is_the_maximum_of_the_likelihood(rows, mle):
    table = least_squares_table(rows, INCOME, mle).set_index("parameter")
    fit = ordinary_least_squares(rows)
    expected = [*fit.params, np.sqrt(np.mean(fit.resid**2))]
    np.testing.assert_allclose(table["least_squares"], expected, rtol=1e-9)
    np.testing.assert_allclose(table["mle"], expected, rtol=1e-7)


def test_likelihood_curves_are_profiles(rows, cells, mle):
    curves, fit = likelihood_curves(cells, mle), ordinary_least_squares(rows)
    y, x = rows["score"].to_numpy(), values_of(rows)["income"]
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


def test_without_a_maximum_the_tables_are_blank(rows):
    one = rows.assign(income_bracket="A")
    found = maximum_likelihood(REGRESSION, tables_of(one, REGRESSION), PRIORS)
    cells = cells_of(one, INCOME)
    assert likelihood_curves(cells, found).empty
    assert prior_weight_path(cells, found, PRIORS).empty
    assert ridge_path(tables_of(one, REGRESSION), cells, found, PRIORS).empty
    table = least_squares_table(one, INCOME, found)
    assert table[["least_squares", "mle", "standard_error"]].isna().all(axis=None)


# --- leave-one-out of plug-ins


def estimate(spec, rows, kind):
    find = maximum_likelihood if kind is Kind.LIKELIHOOD else maximum_a_posteriori
    return find(spec, tables_of(rows, spec), PRIORS)


def left_out(spec, rows, kind):
    found = estimate(spec, rows, kind)
    known = ~rows["school_type"].isin(found.left_out)
    design = found.objective.design
    row = participant_rows(design, rows[known])
    score = rows.loc[known, "score"].to_numpy()
    return LeftOut(found.objective, found.optimum.vector, row, score), rows[known]


def group_effect(rows, row, spec, values):
    """Effects of a participant's school and municipality, by dense Gaussian conditioning."""
    line = expected_on_line(rows, spec, values)
    alike = {level: equal(rows, rows, level) for level in spec.levels}
    towards = {level: equal(row, rows, level) for level in spec.levels}
    variance = {level: values[f"tau_{level}"] ** 2 for level in spec.levels}
    whole = sum(variance[k] * alike[k] for k in spec.levels)
    sigma = sigma_of(rows, spec, values)
    gain = sum(variance[k] * towards[k] for k in spec.levels)
    away = np.linalg.solve(whole + np.diag(sigma**2), rows["score"].to_numpy() - line)
    return float((gain @ away).item())


def equal(some, others, level):
    return (some[level].to_numpy()[:, None] == others[level].to_numpy()).astype(float)


def sigma_of(rows, spec, values):
    if not spec.by_school_type:
        return np.full(len(rows), values["sigma"])
    return np.array([values[f"sigma[{of}]"] for of in rows["school_type"]])


def expected_on_line(rows, spec, values):
    found = []
    for x, row in zip(values_of(rows)["income"], rows.itertuples(), strict=True):
        of = f"[{row.school_type}]" if spec.by_school_type else ""
        mean = values[f"intercept{of}"] + values[f"slope{of}"] * x
        mean += values.get(f"bracket[{row.income_bracket}]", 0.0)
        mean += values.get(f"cell[{row.school_type}, {row.income_bracket}]", 0.0)
        found.append(mean)
    return np.array(found)


def predicted(spec, rows, i, kind):
    """Fit without the row from scratch, and read the prediction off the table of estimates."""
    rest, row = rows.drop(index=rows.index[i]), rows.iloc[[i]]
    found = estimate(spec, rest, kind)
    if row["school_type"].iloc[0] in found.left_out:
        return np.nan
    # the effects of groups are those of participants whose estimates exist
    rest = rest[~rest["school_type"].isin(found.left_out)]
    mean = expected_on_line(row, spec, found.values)[0]
    mean += group_effect(rest, row, spec, found.values) if spec.levels else 0.0
    return stats.norm.logpdf(row["score"].iloc[0], mean, sigma_of(row, spec, found.values)[0])


@pytest.mark.parametrize("kind", [Kind.LIKELIHOOD, Kind.POSTERIOR])
@pytest.mark.parametrize("levels", [BOTH, ("school",), ()])
@pytest.mark.parametrize("name", MODELS)
def test_leave_one_out_equals_refitting_without_the_row(name, levels, kind, rows):
    spec = specification(name, levels)
    everyone, known = left_out(spec, rows, kind)
    found = everyone.out_of_sample()
    for i in range(0, len(known), 9):
        expected = predicted(spec, known, i, kind)
        assert found[i] == pytest.approx(expected, abs=3e-3, nan_ok=True), i


@pytest.mark.parametrize("kind", [Kind.LIKELIHOOD, Kind.POSTERIOR])
@pytest.mark.parametrize("name", MODELS)
def test_what_the_density_loses_is_its_difference_without_the_participant(name, kind):
    many = participants(rows=200, schools=25, seed=6)
    everyone, _ = left_out(specification(name), many, kind)
    vector = everyone.vector + 5.0
    _, loss = everyone._without(vector)
    top, _ = everyone.density(vector)
    for i in range(0, len(loss), 25):
        design = without_participant(everyone.density.design, everyone.row[i], everyone.score[i])
        rest, _ = Objective(design, everyone.density.priors, everyone.density.kind)(vector)
        assert loss[i] == pytest.approx(top - rest, abs=1e-7)


def test_a_scale_at_zero_may_leave_it_without_a_participant():
    rows, rng = participants(rows=150, schools=40, seed=29), np.random.default_rng(29)
    x, private = values_of(rows)["income"], rows["school_type"] == "privada"
    line = np.where(private, 580 + 8 * x, 500 + 14 * x)
    rows["score"] = line + rng.normal(0, 60, len(rows))
    spec = specification("school_type", ("school",))
    everyone, _ = left_out(spec, rows, Kind.POSTERIOR)
    assert (everyone.vector[-2:] == 0).all()
    found, leaving = everyone.out_of_sample(), np.flatnonzero(everyone._leaves_zero())
    assert 0 < len(leaving) < 20
    for i in leaving:
        expected = predicted(spec, rows, i, Kind.POSTERIOR)
        assert found[i] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_one_step_is_close_to_the_maximum_without_the_participant(name, monkeypatch):
    many = participants(rows=1500, schools=60, seed=8)
    everyone, _ = left_out(specification(name), many, Kind.POSTERIOR)
    found = everyone.out_of_sample()
    monkeypatch.setattr(plug_in, "INFLUENCE", 0.0)
    some = LeftOut(
        everyone.density, everyone.vector, everyone.row[::30], everyone.score[::30]
    ).out_of_sample()
    np.testing.assert_allclose(found[::30], some, atol=1e-3)
    assert np.abs(found[::30] - some).max() > 0


def test_leave_one_out_of_one_line_equals_the_influence_of_least_squares(rows, monkeypatch):
    monkeypatch.setattr(plug_in, "INFLUENCE", 0.0)
    everyone, _ = left_out(REGRESSION, rows, Kind.LIKELIHOOD)
    influence = OLSInfluence(ordinary_least_squares(rows))
    n = len(rows)
    sigma = np.sqrt(influence.sigma2_not_obsi * (n - 3) / (n - 1))
    expected = stats.norm.logpdf(influence.resid_press, 0, sigma)
    np.testing.assert_allclose(everyone.out_of_sample(), expected, atol=1e-6)


def test_without_the_only_participant_there_is_no_estimate(rows):
    alone, _ = left_out(specification("school_type", BOTH), rows.head(1), Kind.POSTERIOR)
    assert np.isnan(alone.out_of_sample()).all()


@pytest.mark.parametrize("i", range(0, 60, 7))
def test_taking_a_row_out_of_a_design(i, rows):
    spec = specification("school_type_income")
    design = tables_of(rows, spec).design(spec)
    row = participant_rows(design, rows)[i]
    found = without_participant(design, row, rows["score"].iloc[i])
    rest = rows.drop(index=rows.index[i])
    expected = tables_of(rest, spec).design(spec)
    for name in ("n", "mean", "ss", "cell", "leaf", "leaf_sigma", "leaf_n", "leaf_columns"):
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), atol=1e-7, err_msg=name
        )
    alone = (rest["school"] == rows["school"].iloc[i]).sum() == 0
    assert (len(found.leaf_n) < len(design.leaf_n)) == alone


def test_in_sample_of_one_line_is_minus_the_likelihood_per_participant(rows):
    everyone, _ = left_out(REGRESSION, rows, Kind.LIKELIHOOD)
    assert everyone.in_sample().sum() == pytest.approx(ordinary_least_squares(rows).llf, rel=1e-10)


def study_of(rows, names, levels=BOTH):
    specs = {name: specification(name, levels if name != "pooled" else ()) for name in names}
    tables = {name: tables_of(rows, spec) for name, spec in specs.items()}
    records = {}
    for name, spec in specs.items():
        of_map = maximum_a_posteriori(spec, tables[name], PRIORS).values
        of_mle = maximum_likelihood(spec, tables[name], PRIORS).values
        records[name] = {"mle": of_mle, "map": of_map}
    return specs, tables, records


def test_cross_entropy_table_averages_the_same_participants(rows):
    specs, tables, records = study_of(rows, ("pooled", "school_type"))
    loo = {name: pd.DataFrame({"elpd_loo": -5.8, "lppd": -5.6}, rows.index) for name in specs}
    table = cross_entropy_table(rows, specs, tables, PRIORS, records, loo)
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
    everyone, _ = left_out(specs["school_type"], rows, Kind.POSTERIOR)
    out = chosen.loc[("school_type", "map", "out")]
    if out["participants"] == len(rows):
        assert out["cross_entropy"] == pytest.approx(-everyone.out_of_sample().mean(), rel=1e-6)


def test_an_estimate_that_does_not_exist_is_blank(rows):
    specs, tables, _ = study_of(rows, ("pooled",))
    loo = {"pooled": pd.DataFrame({"elpd_loo": -5.8, "lppd": -5.6}, rows.index)}
    record = {"pooled": {"mle": {}, "map": {}}}
    table = cross_entropy_table(rows, specs, tables, PRIORS, record, loo)
    blank = table[table["estimator"] != "posterior"]
    assert blank["cross_entropy"].isna().all()
    assert (table["participants"] == len(rows)).all()


# --- priors


def test_flat_priors_give_the_mle_back(rows, tables, cells, mle):
    table = prior_weight_path(cells, mle, PRIORS)
    flat = table[table["prior_weight"] == 0].set_index("parameter")
    fit = ordinary_least_squares(rows)
    np.testing.assert_allclose(flat["map"][:2], fit.params, rtol=1e-7)
    assert flat["map_minus_mle_in_se"].abs().max() < 1e-6
    used = table[table["prior_weight"] == 1].set_index("parameter")["map"]
    expected = maximum_a_posteriori(REGRESSION, tables, PRIORS).values
    assert used.to_dict() == pytest.approx(expected, rel=1e-7)


def test_gaussian_prior_is_ridge_regression(rows, tables, cells, mle):
    priors = PRIORS | {"slope": Prior("normal", {"mean": 5.0, "sd": 8.0})}
    table = ridge_path(tables, cells, mle, priors)
    assert table["configured"].sum() == 1
    sigma = np.sqrt(np.mean(ordinary_least_squares(rows).resid ** 2))
    y, columns = rows["score"].to_numpy(), sm.add_constant(values_of(rows)["income"])
    for row in table.itertuples():
        penalty = sigma**2 / row.prior_sd**2
        assert row.ridge_lambda == pytest.approx(penalty, rel=1e-6)
        # a row of data of its own stands for the prior
        augmented = np.vstack([columns, [0, np.sqrt(penalty)]])
        target = np.append(y, np.sqrt(penalty) * 5.0)
        slope = sm.OLS(target, augmented).fit().params[1]
        assert row.map == pytest.approx(slope, rel=1e-6)
        assert row.ridge == pytest.approx(slope, rel=1e-6)


# --- how parameters are written


def test_mode_of_the_logarithm_equals_a_grid_search(tables):
    density = Objective(tables.design(REGRESSION), PRIORS, Kind.POSTERIOR)
    found = log_scale_mode(density)
    sigma = np.linspace(0.9, 1.1, 20001) * found["sigma"]
    values = np.array([density(np.array([each]))[0] for each in sigma]) + np.log(sigma)
    assert sigma[np.argmax(values)] == pytest.approx(found["sigma"], rel=2e-5)
    natural = maximum_a_posteriori(REGRESSION, tables, PRIORS).values["sigma"]
    assert found["sigma"] > natural


def test_a_scale_at_zero_has_an_interior_mode_in_logarithms(rows):
    spec = specification("school_type_income")
    density = Objective(tables_of(rows, spec).design(spec), PRIORS, Kind.POSTERIOR)
    modes = log_scale_mode(density)
    assert all(modes[name] > 0 for name in spec.scales)


def test_posterior_mean_does_not_depend_on_the_scale(tables, cells):
    over_scale, over_log = sigma_means(cells, PRIORS)
    assert over_scale == pytest.approx(over_log, rel=1e-6)
    exact = pooled_moments(tables.design(REGRESSION), PRIORS).loc["sigma", "mean"]
    assert over_log == pytest.approx(exact, rel=1e-6)


def test_parameterisation_table_has_every_sigma_and_scale(rows, cells):
    specs, tables, records = study_of(rows, ("pooled", "income"))
    numbers = {"mean": 30.0, "sd": 10.0, "n": 5.0}
    summaries = {
        name: pd.DataFrame({"parameter": list(record["map"])}).assign(**numbers)
        for name, record in records.items()
    }
    designs = {name: tables[name].design(spec) for name, spec in specs.items()}
    table = parameterisation_table(designs, cells, PRIORS, records, summaries)
    assert table[["model", "parameter"]].agg(" ".join, axis=1).tolist() == [
        *("pooled sigma", "income tau_bracket", "income tau_municipality"),
        *("income tau_school", "income sigma"),
    ]
    shift = (table["map_of_log"] - table["map"]) / 10
    np.testing.assert_allclose(table["shift_in_sd"], shift)
    assert (shift > 0).all()
    known = table["mean_over_log"].notna()
    assert table.loc[known, "model"].tolist() == ["pooled"]


# --- sample size


def test_sizes_end_with_everybody():
    assert sample_sizes(56) == [30, 56]
    assert sample_sizes(20) == [20]
    assert sample_sizes(4569) == [30, 100, 300, 1000, 3000, 4569]


def test_subsamples_are_draws_of_the_rows(rows, cells):
    found = draw_subsamples(rows, cells, 30, np.random.default_rng(1))
    assert (found.total == 30).all()
    error = rows["score"].std() / np.sqrt(30 * len(found.level))
    assert abs(found.level.mean() - rows["score"].mean()) < 4 * error
    assert found.level.std() == pytest.approx(rows["score"].std() / np.sqrt(30), rel=0.15)
    assert (found.ss >= 0).all()
    assert (found.ss[found.n == 1] < 1e-6).all()


def table_of(cells):
    """Cells as sums of participants who share no school."""
    table = pd.DataFrame({"income_bracket": cells.brackets})
    table = table.assign(n=cells.n, mean=cells.mean, ss=cells.ss)
    table = table.assign(municipality="1", school="1", school_type="estadual")
    return Tables(table[table["n"] > 0], INCOME, LABELS)


def test_batched_modes_and_posteriors_equal_those_of_single_samples(rows, cells):
    many = draw_subsamples(rows, cells, 40, np.random.default_rng(2))
    modes, laplace = posterior_modes(many, PRIORS)
    mean, sd, below = slope_posteriors(many, PRIORS, np.log(modes[:, 2]), 15.0)
    for k in (0, 7, 100):
        one = Cells(many.brackets, many.x, *(a[k] for a in (many.n, many.mean, many.ss)))
        best = maximum_a_posteriori(REGRESSION, table_of(one), PRIORS)
        np.testing.assert_allclose(modes[k], list(best.values.values()), rtol=1e-6)
        assert laplace[k] == pytest.approx(best.sd["slope"], rel=1e-4)
        exact = pooled_moments(table_of(one).design(REGRESSION), PRIORS).loc["slope"]
        assert (mean[k], sd[k]) == pytest.approx(tuple(exact[["mean", "sd"]]), rel=1e-6)
        assert below[k] == pytest.approx(stats.norm.cdf(15, mean[k], sd[k]), abs=0.02)


def test_larger_samples_settle_and_chebyshev_holds():
    rows = participants(rows=1500, schools=40, seed=8)
    cells = cells_of(rows, INCOME)
    samples = subsample_table(rows, cells, PRIORS, seed=5)
    pd.testing.assert_frame_equal(samples, subsample_table(rows, cells, PRIORS, seed=5))
    sizes = sample_size_table(samples, cells, PRIORS, mass=0.9)
    for column in ("mle_sd", "posterior_sd", "map_to_mle_in_sd", "prior_share"):
        assert (np.diff(sizes[column]) < 0).all(), column
    assert sizes["slope"].iloc[0] == pytest.approx(ordinary_least_squares(rows).params[1])
    assert (sizes["coverage_chebyshev"] > sizes["coverage_posterior"]).all()
    # four standard errors of a share of 400 samples
    assert sizes["coverage_posterior"].between(0.84, 0.96).all()
    tails = chebyshev_table(samples, cells)
    assert (tails["tail"] <= tails["bound"]).all()
    assert tails["sd"].iloc[0] == pytest.approx(rows["score"].std(ddof=0))
    assert (tails["tail"] - tails["gaussian"]).abs().max() < 0.08


# --- scales, schools and disagreement


def test_joint_density_grows_by_the_number_of_effects(rows):
    spec = specification("school_type")
    likelihood, posterior = (
        find(spec, tables_of(rows, spec), PRIORS)
        for find in (maximum_likelihood, maximum_a_posteriori)
    )
    profiles = {"school_type": scale_profiles(likelihood, posterior)}
    columns = {"mean": 30.0, "sd": 10.0, "interval_low": 10.0, "interval_high": 60.0}
    summary = pd.DataFrame({"parameter": spec.scales}).assign(**columns)
    record = {"mle": {}, "map": posterior.values}
    design = {"school_type": posterior.objective.design}
    table = scales_table(design, profiles, {"school_type": record}, {"school_type": summary})
    groups = [rows["municipality"].nunique(), rows["school"].nunique()]
    assert table["parameter"].tolist() == list(spec.scales)
    assert table["effects"].tolist() == [4, 4, *groups]
    np.testing.assert_allclose(table["joint_growth"], table["effects"], atol=0.02)
    np.testing.assert_allclose(table["marginal_growth"], 0, atol=0.01)
    assert table["mle"].isna().all()
    assert table["map"].tolist() == [posterior.values[name] for name in spec.scales]


def test_effects_of_schools_at_the_map_are_those_of_dense_rows():
    rows = participants(rows=500, schools=40, seed=12)
    town = np.random.default_rng(5).normal(0, 40, 14)[rows["municipality"].astype(int)]
    rows["score"] += town
    spec = specification("school_type", BOTH)
    found = maximum_a_posteriori(spec, tables_of(rows, spec), PRIORS)
    assert found.values["tau_municipality"] > 5
    design = found.objective.design
    summary = pd.DataFrame({"parameter": list(found.values), "mean": found.values.values()})
    nothing = (("sample", "group"), np.zeros((2, len(design.groups)), np.float32))
    levels = xr.Dataset({"school": nothing, "municipality": nothing})
    table = school_shrinkage(
        *({"school_type": of} for of in (design,)),
        PRIORS,
        *({"school_type": of} for of in ({"map": found.values}, summary, levels)),
        1,
    )
    for effect, school in zip(table["effect_map"], design.groups["school"], strict=True):
        one = rows[rows["school"] == school].iloc[[0]]
        assert effect == pytest.approx(group_effect(rows, one, spec, found.values), rel=1e-6)


def test_schools_are_drawn_to_their_line():
    rows = participants(rows=500, schools=40, seed=12)
    spec = specification("school_type", ("school",))
    tables = tables_of(rows, spec)
    found = maximum_a_posteriori(spec, tables, PRIORS)
    design = found.objective.design
    values = pd.Series(found.values)
    summary = pd.DataFrame({"parameter": values.index, "mean": values.to_numpy()})
    rng = np.random.default_rng(1)
    drawn = rng.normal(5, 2, (300, len(design.groups))).astype(np.float32)
    levels = xr.Dataset({"school": (("sample", "group"), drawn)})
    of = {"school_type": {"map": found.values}}
    table = school_shrinkage(
        {"school_type": design}, PRIORS, of, {"school_type": summary}, {"school_type": levels}, 10
    )
    size = rows.groupby("school")["score"].size()
    assert sorted(table["n"]) == sorted(size[size >= 10])
    assert 0 < len(table) < len(size)
    # at the map the effect of a school is its weight times its residual's mean
    np.testing.assert_allclose(table["effect_map"], table["weight"] * table["mean_residual"])
    tau = found.values["tau_school"] ** 2
    sigma = table["school_type"].map(lambda name: found.values[f"sigma[{name}]"])
    np.testing.assert_allclose(table["weight"], tau / (tau + sigma**2 / table["n"]))
    residual = rows["score"] - expected_on_line(rows, spec, found.values)
    means = residual.groupby(rows["school"]).mean()[size[size >= 10].index]
    np.testing.assert_allclose(sorted(table["mean_residual"]), sorted(means))
    np.testing.assert_allclose(table["effect_sd"], 2, rtol=0.2)
    assert (table["effect_mean"] - 5).abs().max() < 0.7
    nobody = school_shrinkage({"pooled": design}, PRIORS, of, {}, {}, 10)
    assert nobody.empty
    assert list(nobody.columns) == list(table.columns)


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
