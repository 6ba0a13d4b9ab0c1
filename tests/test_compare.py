import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from enem.compare.estimates import estimates_table
from enem.compare.pooling import pooling_table, separate_lines
from enem.compare.recovery import PARAMETERS, read_truth, recovery_table
from enem.mixed.formula import parse_formula
from enem.mixed.specification import Specification
from made import LETTERS, POPULATION, TYPES, grid_of, scores

X = np.linspace(-3, 4, 17)


@pytest.fixture
def rng():
    return np.random.default_rng(20171105)


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


@pytest.fixture
def truth_file(tmp_path):
    path = tmp_path / "truth.csv"
    truth_table().to_csv(path, index=False)
    return path


def test_recovery_joins_the_truth_of_the_state_outcome_and_rule(truth_file):
    truth = read_truth([truth_file], "AC", "MT", POPULATION)
    table = recovery_table(truth, recovered_summaries())
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
    truth = read_truth([truth_file], "AC", "MT", POPULATION | {"zero_essays": "exclude"})
    excluded = recovery_table(truth, recovered_summaries())
    assert excluded.set_index("parameter").loc["slope[privada]", "truth"] == 30.0


def test_recovery_is_empty_where_the_simulation_states_no_truth(truth_file):
    for other in ({"school_type": "self_reported"}, {"blank_answer_sheets": "keep"}):
        truth = read_truth([truth_file], "AC", "mean", POPULATION | other)
        table = recovery_table(truth, recovered_summaries())
        assert table.empty
        assert table.columns.tolist() == PARAMETERS
    assert read_truth([], "AC", "mean", POPULATION) is None
    truth = read_truth([truth_file], "AC", "mean", POPULATION)
    only = recovery_table(truth, {"pooled": recovered_summaries()["pooled"]})
    assert only.empty
    assert only.columns.tolist() == PARAMETERS
