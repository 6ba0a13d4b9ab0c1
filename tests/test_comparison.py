"""Models side by side, with errors of groups."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from enem.compare.models import LeftOut, comparison_table, standard_error
from enem.mixed.design import finest_groups
from mixed_fixtures import participants

MODELS = ("pooled", "school_type", "income", "school_type_income")


@pytest.fixture
def rng():
    return np.random.default_rng(20171105)


def tables(rows, rng, shift):
    """Made densities: a participant's own noise, and what a group's participants share."""
    group, groups = finest_groups(rows.assign(n=1))
    shared = rng.normal(0, 0.2, len(groups))
    elpd = -5.5 - rng.gamma(1, 0.5, len(rows)) + shared[group] + shift
    people = pd.DataFrame({"elpd_loo": elpd, "lppd": elpd + rng.uniform(0, 0.02, len(rows))})
    people["pareto_k"] = rng.uniform(0, 0.8, len(rows))
    own = np.bincount(group, elpd) - rng.gamma(1, 1, len(groups))
    k = rng.uniform(0, 0.9, len(groups))
    return LeftOut(people, groups.assign(elpd=own, pareto_k=k))


def case(rng, rows=600, schools=40):
    rows = participants(rows, schools)
    shifts = dict(zip(MODELS, (0.0, 0.5, -0.2, 0.2), strict=True))
    return rows, {model: tables(rows, rng, shift) for model, shift in shifts.items()}


def cluster_error(parts, sizes):
    """Spread of a sum by leaving out each group in turn (the jackknife), scaled to all."""
    total, count = sizes.sum(), len(sizes)
    mean = [(parts.sum() - p) / (total - n) for p, n in zip(parts, sizes, strict=True)]
    return total * np.sqrt((count - 1) * np.var(mean))


def test_comparison_equals_a_computation_by_hand(rng):
    rows, left_out = case(rng)
    table = comparison_table(rows, left_out, 0.7).set_index("model")
    values = {model: of.participants["elpd_loo"].to_numpy() for model, of in left_out.items()}
    assert table.index[0] == max(values, key=lambda m: values[m].sum()) == "school_type"
    assert table["rank"].tolist() == [0, 1, 2, 3]
    assert table["elpd"].is_monotonic_decreasing
    keys = [rows[c] for c in ("municipality", "school", "school_type")]
    sizes = rows.groupby(keys).size().to_numpy()
    for model, elpd in values.items():
        row, people = table.loc[model], left_out[model].participants
        difference = elpd - values["school_type"]
        for name, each in (("elpd", elpd), ("elpd_diff", difference)):
            assert row[name] == pytest.approx(each.sum(), rel=1e-9, abs=1e-9)
            parts = pd.Series(each).groupby(keys).sum().to_numpy()
            error = {"elpd": "se", "elpd_diff": "diff_se"}[name]
            assert row[error] == pytest.approx(cluster_error(parts, sizes), rel=0.05, abs=1e-9)
        assert row["p_loo"] == pytest.approx(people["lppd"].sum() - elpd.sum(), rel=1e-9)
        assert row["pareto_k_max"] == people["pareto_k"].max()
        assert row["pareto_k_high"] == (people["pareto_k"] > 0.7).sum() > 0
        groups, best = left_out[model].groups, left_out["school_type"].groups
        assert row["elpd_group"] == pytest.approx(groups["elpd"].sum())
        assert row["elpd_diff_group"] == pytest.approx((groups["elpd"] - best["elpd"]).sum())
        assert row["se_group"] == pytest.approx(cluster_error(groups["elpd"], sizes), rel=0.05)
        assert row["pareto_k_group_max"] == groups["pareto_k"].max()


def test_errors_of_groups_are_larger_than_those_of_participants_and_hold(rng):
    sizes = rng.integers(5, 60, 200)
    sums = []
    for _ in range(400):
        parts = sizes * rng.normal(0.1, 0.3, 200) + rng.normal(0, np.sqrt(sizes))
        sums.append((parts.sum(), standard_error(parts, sizes.astype(float))))
    found, errors = np.transpose(sums)
    assert errors.mean() == pytest.approx(found.std(), rel=0.1)
    # participants taken for independent: sqrt(N) times the sd of one of them
    assert errors.mean() > 1.5 * np.sqrt(sizes.sum()) * np.hypot(0.3, 1)


def test_a_single_group_has_no_error():
    assert np.isnan(standard_error(np.array([-5.0]), np.array([3.0])))


def test_weights_are_those_of_stacking(rng):
    rows = participants(4000, 150)
    mix = np.where(rng.random(4000) < 0.7, rng.normal(0, 1, 4000), rng.normal(3, 1, 4000))
    left_out = {}
    for model, centre in (("pooled", 0), ("income", 3)):
        made = tables(rows, rng, 0.0)
        people = made.participants.assign(elpd_loo=stats.norm.logpdf(mix, centre))
        left_out[model] = LeftOut(people, made.groups)
    table = comparison_table(rows, left_out, 0.7).set_index("model")
    density = [np.exp(of.participants["elpd_loo"].to_numpy()) for of in left_out.values()]

    def score(share):
        return -np.log(share * density[0] + (1 - share) * density[1]).sum()

    best = optimize.minimize_scalar(score, bounds=(0, 1), method="bounded").x
    assert table["weight"]["pooled"] == pytest.approx(best, abs=2e-3)
    assert table["weight"].sum() == pytest.approx(1)


def test_close_models_and_few_groups_are_noted(rng):
    rows = participants(800, 400)
    made = tables(rows, rng, 0.0)
    close = made.participants.assign(elpd_loo=made.participants["elpd_loo"] - 0.001)
    left_out = {"pooled": made, "income": LeftOut(close, made.groups)}
    table = comparison_table(rows, left_out, 0.7)
    assert table["elpd_diff"].tolist() == [0, pytest.approx(-0.8)]
    assert table["note"].tolist() == ["", "|elpd_diff| < 4"]
    rows, left_out = case(rng)
    assert comparison_table(rows, left_out, 0.7)["note"].tolist() == ["", *["groups < 100"] * 3]


def test_a_single_model_has_all_the_weight(rng):
    rows, left_out = case(rng)
    table = comparison_table(rows, {"income": left_out["income"]}, 0.7)
    row = table.iloc[0]
    assert (row["rank"], row["elpd_diff"], row["diff_se"], row["weight"]) == (0, 0, 0, 1)
    assert row["note"] == ""
