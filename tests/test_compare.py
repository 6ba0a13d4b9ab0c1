import arviz_stats as azs
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from arviz_stats import ELPDDataLOO
from scipy import stats

from enem.compare.estimates import estimates_table
from enem.compare.models import comparison_table
from enem.compare.pooling import pooling_table, separate_lines
from enem.compare.recovery import recovery_of, recovery_table
from enem.mixed.formula import parse_formula
from enem.mixed.specification import Specification
from made import LETTERS, TYPES, grid_of, scores

X = np.linspace(-3, 4, 17)
FOUR = LETTERS[:4]
XF = np.array([-2.0, -0.5, 0.0, 1.5])


@pytest.fixture
def rng():
    return np.random.default_rng(20171105)


def nodes_of(rows, rng, shift, group=None):
    """Give every distinct score of every cell pointwise values of a made model."""
    mine = rows if group is None else rows.assign(school_type=group)
    keys = ["school_type", "income_bracket", "score"]
    table = mine[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    table["elpd_loo"] = -5.2 + shift + rng.normal(0, 0.4, len(table))
    table["lppd"] = table["elpd_loo"] + np.abs(rng.normal(0, 0.01, len(table)))
    table["pareto_k"] = rng.uniform(-0.2, 0.75, len(table))
    return table


def pointwise(rows, nodes, column="elpd_loo"):
    """Join each row to its own node."""
    keys = ["school_type", "income_bracket", "score"]
    if nodes["school_type"].unique().tolist() == ["all"]:
        rows = rows.assign(school_type="all")
    return rows.merge(nodes, on=keys, how="left", validate="many_to_one")[column].to_numpy()


def stacking(matrix, steps=5_000):
    """Maximise the log score of a mixture by expectation-maximisation."""
    density = np.exp(matrix - matrix.max(axis=1, keepdims=True))
    weight = np.full(matrix.shape[1], 1 / matrix.shape[1])
    for _ in range(steps):
        share = weight * density
        weight = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
    return weight


def case(rng):
    counts = rng.integers(0, 12, (4, 17))
    rows = scores(counts, 500 + 20 * X, [60] * 4, rng).round({"score": -1})
    rows = rows.sample(frac=1, random_state=3).reset_index(drop=True)
    nodes = {
        "pooled": nodes_of(rows, rng, 0.0, "all"),
        "school_type": nodes_of(rows, rng, 0.05),
        "income": nodes_of(rows, rng, -0.02, "all"),
        "school_type_income": nodes_of(rows, rng, 0.02),
    }
    return rows, nodes


def test_comparison_equals_a_computation_by_hand(rng):
    rows, nodes = case(rng)
    table = comparison_table(rows, nodes, 0.7).set_index("model")
    values = {model: pointwise(rows, nodes[model]) for model in nodes}
    best = max(values, key=lambda m: values[m].sum())
    assert table.index[0] == best
    assert table["rank"].tolist() == [0, 1, 2, 3]
    assert table["elpd"].is_monotonic_decreasing
    n = len(rows)
    for model, elpd in values.items():
        row, difference = table.loc[model], elpd - values[best]
        assert row["elpd"] == pytest.approx(elpd.sum(), rel=1e-9)
        assert row["se"] == pytest.approx(np.sqrt(n) * elpd.std(ddof=1), rel=1e-9)
        assert row["elpd_diff"] == pytest.approx(difference.sum(), rel=1e-9, abs=1e-9)
        spread = np.sqrt(n) * difference.std()
        assert row["diff_se"] == pytest.approx(spread, rel=2e-3, abs=1e-9)
        lppd = pointwise(rows, nodes[model], "lppd").sum()
        assert row["p_loo"] == pytest.approx(lppd - elpd.sum(), rel=1e-9)
        k = nodes[model]["pareto_k"]
        assert row["pareto_k_max"] == k.max()
        assert row["pareto_k_high"] == (k > 0.7).sum() > 0
    weights = stacking(np.stack([values[m] for m in table.index], axis=1))
    np.testing.assert_allclose(table["weight"], weights, atol=2e-3)
    assert table["weight"].sum() == pytest.approx(1)


def test_comparison_equals_arviz_on_pointwise_arrays(rng):
    rows, nodes = case(rng)
    given = {}
    for model, table in nodes.items():
        elpd, k = pointwise(rows, table), pointwise(rows, table, "pareto_k")
        given[model] = ELPDDataLOO(
            elpd=elpd.sum(), se=np.sqrt(len(elpd) * elpd.var(ddof=1)),
            p=pointwise(rows, table, "lppd").sum() - elpd.sum(),
            n_samples=4000, n_data_points=len(elpd), scale="log", warning=False, good_k=0.7,
            elpd_i=xr.DataArray(elpd, dims="row"), pareto_k=xr.DataArray(k, dims="row"),
        )  # fmt: skip
    theirs = azs.compare(given, round_to="none")
    ours = comparison_table(rows, nodes, 0.7).set_index("model")
    assert ours.index.tolist() == theirs.index.tolist()
    pairs = {"elpd": "elpd", "se": "se", "p_loo": "p", "elpd_diff": "elpd_diff", "diff_se": "dse"}
    for mine, other in (pairs | {"weight": "weight"}).items():
        np.testing.assert_allclose(ours[mine], theirs[other].astype(float), rtol=1e-7, atol=1e-7)


def test_stacking_weights_hold_for_many_participants(rng):
    # each distinct score once, so that rows are nodes; the objective sums 40,000 terms
    n = 40_000
    rows = scores(np.full((1, 1), n), 500.0, [60], rng, types=TYPES[:1], letters=LETTERS[:1])
    at = np.sort(rows["score"].to_numpy())
    mix = np.where(rng.random(n) < 0.7, rng.normal(0, 1, n), rng.normal(3, 1, n))
    rows["score"] = at
    densities = {"pooled": stats.norm.logpdf(mix), "income": stats.norm.logpdf(mix, 3)}
    keys = {"school_type": "federal", "income_bracket": "A", "score": at}
    nodes = {
        m: pd.DataFrame({**keys, "elpd_loo": d, "lppd": d, "pareto_k": 0.1})
        for m, d in densities.items()
    }
    table = comparison_table(rows, nodes, 0.7).set_index("model")["weight"]
    assert table["pooled"] == pytest.approx(0.7, abs=0.01)
    weights = stacking(np.stack([densities["pooled"], densities["income"]], axis=1), 300)
    assert table["pooled"] == pytest.approx(weights[0], abs=1e-3)


def test_small_differences_are_noted(rng):
    rows, nodes = case(rng)
    close = nodes["pooled"].assign(elpd_loo=nodes["pooled"]["elpd_loo"] - 0.001)
    table = comparison_table(rows, {"pooled": nodes["pooled"], "income": close}, 0.7)
    assert table["elpd_diff"].tolist() == [0, pytest.approx(-0.001 * len(rows))]
    assert table["note"].tolist() == ["", "|elpd_diff| < 4"]
    few = rows.head(50)
    assert comparison_table(few, nodes, 0.7)["note"].iloc[1] == "N < 100"


def test_a_single_model_has_all_the_weight(rng):
    rows, nodes = case(rng)
    for model in ("pooled", "school_type_income"):
        table = comparison_table(rows, {model: nodes[model]}, 0.7)
        assert len(table) == 1
        row = table.iloc[0]
        assert (row["rank"], row["elpd_diff"], row["diff_se"], row["weight"]) == (0, 0, 0, 1)
        assert row["elpd"] == pytest.approx(pointwise(rows, nodes[model]).sum(), rel=1e-9)
        assert row["note"] == ""


def unequal(rng):
    counts = np.zeros((4, 17), int)
    counts[0, [3, 9]] = 2, 1
    counts[1] = rng.integers(1, 9, 17)
    counts[2, [4, 5]] = 1, 1
    counts[3, 16] = 40
    rows = scores(counts, 500 + 20 * X, [60, 70, 50, 80], rng)
    return rows, grid_of(rows, X)


@pytest.mark.parametrize("mass", [0.9, 0.5])
def test_separate_lines_equal_least_squares_on_rows(rng, mass):
    rows, grid = unequal(rng)
    table = separate_lines(grid, mass).set_index(["school_type", "parameter"])
    assert (table["pooling"] == "none").all()
    for school_type in ("federal", "estadual"):
        mine = rows[rows.school_type == school_type]
        x = np.array([X[LETTERS.index(b)] for b in mine.income_bracket])
        fit = sm.OLS(mine.score.to_numpy(), sm.add_constant(x)).fit()
        interval = fit.conf_int(alpha=1 - mass)
        for i, parameter in enumerate(("intercept", "slope")):
            row = table.loc[(school_type, parameter)]
            found = row[["mean", "sd", "interval_low", "interval_high"]].astype(float)
            expected = [fit.params[i], fit.bse[i], *interval[i]]
            np.testing.assert_allclose(found, expected, rtol=1e-8)
            assert row["n"] == len(mine)


def test_groups_that_have_no_line_of_their_own_are_blank(rng):
    _, grid = unequal(rng)
    table = separate_lines(grid, 0.9).set_index("school_type")
    numbers = ["mean", "sd", "interval_low", "interval_high"]
    # two participants; forty in one bracket
    assert table.loc["municipal", numbers].isna().all().all()
    assert table.loc["privada", numbers].isna().all().all()
    assert table.loc["privada", "n"].tolist() == [40, 40]


def summary_of(parameters):
    order = np.arange(len(parameters), dtype=float)
    columns = {"mean": order, "sd": order + 0.1, "interval_low": order - 1}
    return pd.DataFrame({"parameter": parameters, **columns, "interval_high": order + 1})


MODELS = {
    "mine": "score ~ income + (income | school_type)",
    "textbook": "score ~ income",
    "cells": "score ~ income + (income | school_type) + (1 | school_type:income_bracket)",
    "flat": "score ~ income + (1 | school_type)",
}


def models(*names):
    return {name: Specification(name, parse_formula(MODELS[name], name), ()) for name in names}


def test_pooling_puts_each_kind_beside_its_group(rng):
    _, grid = unequal(rng)
    groups = [f"{p}[{g}]" for p in ("intercept", "slope") for g in TYPES]
    typed = summary_of(["intercept", "slope", "tau_slope", *groups])
    summaries = dict.fromkeys(("cells", "flat", "mine"), typed)
    summaries["textbook"] = summary_of(["intercept", "slope", "sigma"])
    table = pooling_table(grid, summaries, models("cells", "flat", "textbook", "mine"), 0.9)
    assert len(table) == 3 * 8
    partial = table[table["pooling"] == "partial"].set_index(["school_type", "parameter"])
    expected = typed.set_index("parameter")["mean"]
    for (school_type, parameter), row in partial.iterrows():
        assert row["mean"] == expected[f"{parameter}[{school_type}]"]
    complete = table[table["pooling"] == "complete"]
    assert complete["mean"].tolist() == [0.0, 1.0] * 4
    assert complete["n"].tolist() == partial["n"].tolist()
    assert set(pooling_table(grid, summaries, models("cells", "flat"), 0.9)["pooling"]) == {"none"}


def test_estimates_stand_beside_the_posterior():
    summary = summary_of(["intercept", "slope", "tau_slope"])
    record = {
        "mle": {"intercept": 500.0, "slope": 21.0},
        "map": {"intercept": 499.0, "slope": 3.0, "tau_slope": 0.0},
        "laplace_sd": {"intercept": 2.0},
    }
    table = estimates_table(record, summary).set_index("parameter")
    assert table.loc["slope", "map_minus_mean_in_sd"] == pytest.approx((3 - 1) / 1.1)
    assert np.isnan(table.loc["tau_slope", "mle"])
    assert np.isnan(table.loc["slope", "laplace_sd"])
    assert table.loc["tau_slope", "posterior_mean"] == 2.0


def truth_table():
    keys = ["state", "school_type", "outcome", "zero_essays", "parameter", "value"]
    entries = [
        (state, school_type, outcome, zeros, parameter, value + 10 * (zeros == "exclude"))
        for state in ("AC", "RS")
        for outcome in ("mean", "MT")
        for zeros in ("include", "exclude")
        for school_type in TYPES
        for parameter, value in (("intercept", 500.0), ("slope", 20.0), ("sigma", 60.0))
    ]
    entries += [
        (state, "", outcome, zeros, parameter, value)
        for state in ("AC", "RS")
        for outcome in ("mean", "MT")
        for zeros in ("include", "exclude")
        for parameter, value in (("tau_school", 20.0), ("tau_municipality", 8.0))
    ]
    return pd.DataFrame(entries, columns=keys)


def recovered_summaries():
    names = [f"{p}[{g}]" for g in TYPES for p in ("intercept", "slope", "sigma")]
    middle = np.tile([503.0, 25.0, 61.0], 4)
    summary = pd.DataFrame({"parameter": names, "mean": middle, "n": np.repeat([5, 9, 0, 7], 3)})
    summary = summary.assign(interval_low=middle - 4, interval_high=middle + 4)
    pooled = summary.iloc[:3].assign(parameter=["intercept", "slope", "sigma"], n=np.nan)
    names = ["tau_school", "tau_municipality", "tau_slope"]
    levels = summary.iloc[:3].assign(parameter=names, n=np.nan)
    levels[["mean", "interval_low", "interval_high"]] = np.array([22.0, 17.0, 27.0])
    income = pd.concat([pooled, levels])
    typed = pd.concat([summary, levels], ignore_index=True)
    return {"pooled": pooled, "income": income, "school_type": typed}


def test_recovery_joins_the_truth_of_the_state_outcome_and_rule():
    table = recovery_table(truth_table(), recovered_summaries(), "AC", "MT", "include")
    # lines and sigma of three school types, and two levels
    assert len(table) == 11
    assert not table["parameter"].str.contains("[municipal]", regex=False).any()
    # the scales of a model without school types mean something else
    assert (table["model"] == "school_type").all()
    by_name = table.set_index("parameter")
    assert by_name.loc["slope[privada]", "truth"] == 20.0
    covered = by_name["covered"].astype(bool)
    assert covered["intercept[federal]"]
    assert not covered["slope[federal]"]
    assert by_name.loc["tau_municipality", "truth"] == 8.0
    assert covered["tau_school"]
    assert not covered["tau_municipality"]
    assert covered.sum() == 7
    excluded = recovery_table(truth_table(), recovered_summaries(), "AC", "MT", "exclude")
    assert excluded.set_index("parameter").loc["slope[privada]", "truth"] == 30.0


POPULATION = {
    "school_type": "enrolled",
    "trainees": "exclude",
    "blank_answer_sheets": "exclude",
    "zero_essays": "keep",
}


def test_recovery_is_empty_where_the_simulation_states_no_truth(tmp_path):
    path = tmp_path / "truth.csv"
    truth_table().to_csv(path, index=False)
    given = recovered_summaries(), "AC", "mean"
    assert len(recovery_of([path], *given, POPULATION)) == 11
    kept = recovery_of([path], *given, POPULATION | {"zero_essays": "exclude"})
    assert (kept.loc[kept["parameter"] == "sigma[privada]", "truth"] == 70.0).all()
    columns = ["model", "parameter", "truth", "mean", "interval_low", "interval_high", "covered"]
    for other in ({"school_type": "self_reported"}, {"blank_answer_sheets": "keep"}):
        table = recovery_of([path], *given, POPULATION | other)
        assert table.empty
        assert table.columns.tolist() == columns
    assert recovery_of([], *given, POPULATION).empty
    only = recovery_of([path], {"pooled": given[0]["pooled"]}, "AC", "mean", POPULATION)
    assert only.empty
    assert only.columns.tolist() == columns
