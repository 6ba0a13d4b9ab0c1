"""Shrunken effects of groups, and effects held against the schools of a simulation."""

import numpy as np
import pandas as pd
import pytest

from effect_fixtures import ASKED, X, case, draws_of, one
from enem.compare.analysis import model_of_groups
from enem.compare.effects import KEYS, effects_table
from enem.compare.groups import groups_table
from enem.compare.recovery import EFFECTS, effects_recovery, groups_recovery, read_truth
from made import POPULATION
from mixed_fixtures import SCHOOL_TYPES, design_of, participants, specification

NUMBERS = ["mean_score", "mean_income", "effect_mean", "interval_low", "interval_high"]
MAIN = "privada - publica"


def test_groups_hold_means_of_their_participants_and_shrunken_effects():
    rows, design, tree = case()
    table = groups_table(tree, design, 0.8, 20)
    assert table.columns.tolist() == ["municipality", "school", "school_type", "n", *NUMBERS]
    assert len(table) == rows["school"].nunique()
    table = table.set_index("school")
    wages = 2 * 2 ** rows["income_bracket"].map(dict(zip("ABCDEF", X, strict=True)))
    by_school = rows.assign(wages=wages).groupby("school")
    levels = tree["levels"].to_dataset()
    draws = (levels["municipality"] + levels["school"]).to_numpy().astype(float)
    effects = dict(zip(levels["group_school"].to_numpy(), draws.T, strict=True))
    shown = table[table["n"] >= 20]
    assert 5 < len(shown) < len(table)
    for school, row in shown.iterrows():
        here = by_school.get_group(school)
        assert row["n"] == len(here)
        assert row["mean_score"] == pytest.approx(here["score"].mean())
        assert row["mean_income"] == pytest.approx(here["wages"].mean())
        ends = np.quantile(effects[school], [0.1, 0.9])
        found = row[["effect_mean", "interval_low", "interval_high"]].astype(float)
        np.testing.assert_allclose(found, [effects[school].mean(), *ends], rtol=1e-4, atol=1e-4)
    hidden = table[table["n"] < 20]
    assert hidden[NUMBERS].isna().all(axis=None)
    assert hidden["n"].between(1, 19).all()


def test_small_effects_are_shrunken_more():
    rows = participants(900)
    few = (rows["school"].astype(int) % 2 == 0) & (rows.groupby("school").cumcount() > 1)
    rows, design, tree = case(rows=rows[~few])
    table = groups_table(tree, design, 0.9, 1)
    posterior = tree["posterior"].mean(("chain", "draw"))
    x = rows["income_bracket"].map(dict(zip("ABCDEF", X, strict=True)))
    g = rows["school_type"].map(SCHOOL_TYPES.index)
    a, b = (posterior[f"{name}_school_type"].to_numpy() for name in ("intercept", "slope"))
    residual = rows["score"] - a[g] - b[g] * x
    own = residual.groupby(rows["school"]).mean().reindex(table["school"]).to_numpy()
    kept = np.abs(table["effect_mean"]) < np.abs(own)
    assert kept.mean() > 0.6
    width = table["interval_high"] - table["interval_low"]
    assert width.corr(table["n"], method="spearman") < -0.7


def test_a_model_without_levels_has_groups_without_effects():
    _, design, tree = case("pooled", ())
    table = groups_table(tree, design, 0.9, 10)
    shown = table[table["n"] >= 10]
    assert shown[["mean_score", "mean_income"]].notna().all(axis=None)
    assert table[NUMBERS[2:]].isna().all(axis=None)


def test_schools_that_are_not_named_are_one_group_of_a_type_in_a_municipality():
    rows = participants(900).assign(school=None)
    _, design, tree = case(rows=rows)
    table = groups_table(tree, design, 0.9, 1)
    expected = rows.groupby(["municipality", "school_type"]).size()
    found = table.set_index(["municipality", "school_type"])["n"]
    pd.testing.assert_series_equal(
        found.sort_index(), expected.sort_index(), check_names=False, check_dtype=False
    )
    assert table["school"].isna().all()
    assert table["effect_mean"].notna().all()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("pooled", "income", "school_type"), "school_type"),
        (("pooled", "income"), "income"),
        (("pooled",), None),
    ],
)
def test_groups_come_from_school_type_or_the_first_with_levels(given, expected):
    specs = {name: specification(name, () if name == "pooled" else ("school",)) for name in given}
    assert model_of_groups(specs) == expected


# --- a truth

LINES = {"federal": (520, 18), "estadual": (500, 14), "municipal": (490, 12), "privada": (570, 9)}
SIGMA, SCHOOL, MUNICIPALITY = 55.0, 25.0, 8.0


def simulate(folder, rows_count=4000, seed=9):
    """Give participants scores of known lines and schools; write the truth's two files."""
    rows = participants(rows_count, schools=60, seed=seed)
    rng = np.random.default_rng(seed)
    schools = rows[["municipality", "school", "school_type"]].drop_duplicates()
    places = schools["municipality"].unique()
    of_place = dict(zip(places, rng.normal(0, MUNICIPALITY, len(places)), strict=True))
    schools["municipality_effect"] = schools["municipality"].map(of_place)
    schools["school_effect"] = rng.normal(0, SCHOOL, len(schools))
    line = np.array([LINES[t] for t in rows["school_type"]])
    x = rows["income_bracket"].map(dict(zip("ABCDEF", X, strict=True)))
    effect = rows[["school"]].merge(schools, on="school")
    effect = (effect["municipality_effect"] + effect["school_effect"]).to_numpy()
    rows["score"] = line[:, 0] + line[:, 1] * x + effect + rng.normal(0, SIGMA, len(rows))
    keys = {"state": "AC", "outcome": "mean", "zero_essays": "include"}
    values = [
        (name, parameter, value)
        for name, (intercept, slope) in LINES.items()
        for parameter, value in (("intercept", intercept), ("slope", slope), ("sigma", SIGMA))
    ]
    values += [("", "tau_school", SCHOOL), ("", "tau_municipality", MUNICIPALITY)]
    truth = pd.DataFrame(values, columns=["school_type", "parameter", "value"]).assign(**keys)
    truth.to_csv(folder / "truth.csv", index=False)
    of_groups = schools.assign(outcome="mean", zero_essays="include")
    of_groups.to_csv(folder / "truth_groups.csv", index=False)
    return rows, schools, [folder / "truth.csv", folder / "truth_groups.csv"]


def truth_of(files, state="AC"):
    return read_truth(files, state, "mean", POPULATION)


def fitted(rows, name="school_type", levels=("municipality", "school")):
    """Draw effects at the true scales."""
    design = design_of(rows, specification(name, levels))
    tree = draws_of(design, shape=(2, 300), tau=20.0)
    return design, tree, effects_table(tree, design, 0.9, ASKED)


def test_effects_are_held_against_those_of_the_true_schools(tmp_path):
    rows, schools, files = simulate(tmp_path)
    design, _, table = fitted(rows)
    truth = truth_of(files)
    found = effects_recovery(truth, {"school_type": table}, {"school_type": design}, ASKED)
    assert found.columns.tolist() == EFFECTS == ["model", *KEYS, *EFFECTS[6:]]
    effect = rows[["school"]].merge(schools, on="school", how="left")
    line = np.array([LINES[t] for t in rows["school_type"]])
    x = rows["income_bracket"].map(dict(zip("ABCDEF", X, strict=True))).to_numpy()
    municipal = effect["municipality_effect"].to_numpy()
    school = effect["school_effect"].to_numpy()
    on_line = line[:, 0] + line[:, 1] * x
    scores = {
        "typical_school": on_line,
        "schools_like_these": on_line + municipal,
        "these_schools": on_line + municipal + school,
    }
    for scope, score in scores.items():
        frame = rows.assign(score=score, private=rows["school_type"] == "privada")
        cells = frame.groupby(["private", "income_bracket"])["score"].mean().unstack(0)
        weights = frame[frame["private"]].groupby("income_bracket").size()
        gap = np.average(cells[True] - cells[False], weights=weights)
        row = one(found, effect="gap_at_equal_income", contrast=MAIN, scope=scope)
        assert row["truth"] == pytest.approx(gap, rel=1e-9)
    slope = one(found, effect="slope_within_school", group="privada")
    assert slope["truth"] == LINES["privada"][1]
    mine = rows["school_type"] == "estadual"
    truth = np.polyfit(x[mine], scores["these_schools"][mine], 1)[0]
    row = one(found, effect="slope", group="estadual", scope="these_schools")
    assert row["truth"] == pytest.approx(truth, rel=1e-9)
    shares = one(found, effect="share_between_schools")
    total = SIGMA**2 + SCHOOL**2 + MUNICIPALITY**2
    assert shares["truth"] == pytest.approx(SCHOOL**2 / total)
    assert found["covered"].mean() > 0.6
    here = found["scope"].isin(["these_schools", "schools_like_these"])
    gaps = found[here & (found["effect"] == "gap_at_equal_income")]
    assert gaps["covered"].mean() > 0.6
    assert not found["effect"].isin(["gap_exceeds", "profile_score"]).any()


def test_moved_effects_are_not_covered_and_models_without_types_are_left_out(tmp_path):
    rows, _, files = simulate(tmp_path, 900)
    design, _, table = fitted(rows)
    pooled, _, of_pooled = fitted(rows, "pooled", ())
    moved = table.assign(interval_low=table["interval_high"] + 500)
    tables = {"school_type": moved, "pooled": of_pooled}
    designs = {"school_type": design, "pooled": pooled}
    truth = truth_of(files)
    found = effects_recovery(truth, tables, designs, ASKED)
    assert set(found["model"]) == {"school_type"}
    assert not found["covered"].any()


@pytest.mark.parametrize("state", ["AC", "BR", "one unknown"])
def test_without_true_schools_only_schools_like_these_and_lines_have_a_truth(tmp_path, state):
    rows, _, files = simulate(tmp_path, 900)
    if state == "one unknown":
        pd.read_csv(files[1]).iloc[1:].to_csv(files[1], index=False)
        state = "AC"
    else:
        files = files[:1] if state == "AC" else files
    design, _, table = fitted(rows)
    if state == "BR":
        truth = pd.read_csv(files[0]).assign(state="BR")
        truth.to_csv(files[0], index=False)
    truth = truth_of(files, state)
    found = effects_recovery(truth, {"school_type": table}, {"school_type": design}, ASKED)
    assert set(found["scope"]) == {"schools_like_these", "typical_school"}
    gaps = found[(found["effect"] == "gap_at_equal_income") & (found["contrast"] == MAIN)]
    assert gaps["truth"].nunique() == 1


@pytest.mark.parametrize("files", ["none", "self_reported"])
def test_a_real_edition_has_no_truth(tmp_path, files):
    rows, _, paths = simulate(tmp_path, 900)
    design, tree, table = fitted(rows)
    population = POPULATION | ({"school_type": files} if files == "self_reported" else {})
    truth = read_truth(paths if files == "self_reported" else [], "AC", "mean", population)
    assert truth is None
    found = effects_recovery(truth, {"m": table}, {"m": design}, ASKED)
    assert found.empty
    assert found.columns.tolist() == EFFECTS
    groups = groups_table(tree, design, 0.9, 10)
    assert groups_recovery(truth, groups, design).empty


def test_effects_of_schools_are_recovered(tmp_path):
    rows, schools, files = simulate(tmp_path)
    design, tree, _ = fitted(rows)
    groups = groups_table(tree, design, 0.9, 10)
    found = groups_recovery(truth_of(files), groups, design).iloc[0]
    shown = groups.dropna(subset=["effect_mean"])
    both = shown.merge(schools, on=["municipality", "school", "school_type"])
    truth = both["municipality_effect"] + both["school_effect"]
    inside = truth.between(both["interval_low"], both["interval_high"])
    assert found["groups"] == len(shown) == inside.size
    assert found["covered"] == inside.sum()
    assert found["share_covered"] == pytest.approx(inside.mean())
    assert found["share_covered"] > 0.8
    assert found["correlation"] > 0.8
    assert found["error_sd"] < found["sd_of_truth"]
    others = pd.read_csv(files[1])
    numbers = ["municipality_effect", "school_effect"]
    others[numbers] = np.roll(others[numbers].to_numpy(), 7, axis=0)
    others.to_csv(files[1], index=False)
    found = groups_recovery(truth_of(files), groups, design).iloc[0]
    assert found["share_covered"] < 0.6
    assert found["correlation"] < 0.5
