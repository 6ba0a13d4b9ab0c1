"""Effects of participants against a computation person by person, draw by draw."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.oaxaca import OaxacaBlinder

from effect_fixtures import (
    ASKED,
    BRACKETS,
    STATISTICS,
    X,
    case,
    draws_of,
    expected_of,
    numbers_of,
    one,
    people,
    with_scores,
)
from enem.compare.direct import redrawn_cells
from enem.compare.effects import COLUMNS, KEYS, effects_table, gap_table
from enem.compare.quantities import line_scores
from enem.mixed.formula import parse_formula
from enem.mixed.rows import coefficient_values
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.tabulate.sums import collapse_to_sums
from mixed_fixtures import BOTH, FORMULAS, SCHOOL_TYPES, design_of, participants, specification

PUBLIC = ("federal", "estadual", "municipal")
MAIN = "privada - publica"
BOTH_SCOPES = ["these_schools", "schools_like_these"]


def weights_of(tree, rows, scope):
    """Participants of cells in every draw: as they are, or with schools drawn anew."""
    if scope == "schools_like_these":
        return expected_of(tree, "participants")
    g, b = people(rows)
    n = np.zeros((4, len(X)))
    np.add.at(n, (g, b), 1)
    return np.broadcast_to(n, (len(expected_of(tree, "these_schools")), *n.shape))


def gap_by_hand(score, n, other, whose):
    """Gap of one draw: loops over incomes, public types in the mix of each income."""
    total = weight = 0.0
    for b in range(n.shape[1]):
        mix = [n[g, b] if SCHOOL_TYPES[g] in other else 0.0 for g in range(4)]
        if sum(mix) == 0 or n[3, b] == 0:
            continue
        public = sum(m * score[g, b] for g, m in enumerate(mix) if m) / sum(mix)
        w = sum(n[g, b] for g in range(4) if SCHOOL_TYPES[g] in whose)
        total, weight = total + w * (score[3, b] - public), weight + w
    return total / weight


def raw_by_hand(score, n, other):
    def mean(types):
        cells = [(n[g, b], score[g, b]) for g in types for b in range(n.shape[1]) if n[g, b]]
        return np.average([s for _, s in cells], weights=[w for w, _ in cells])

    return mean([3]) - mean([SCHOOL_TYPES.index(name) for name in other])


OTHERS = {MAIN: PUBLIC, "privada - estadual": ("estadual",), "privada - federal": ("federal",)}
WHOSE = {"": ("privada",), "_of_public": PUBLIC, "_of_all": SCHOOL_TYPES}


@pytest.mark.parametrize("name", ["school_type", "school_type_income", "covariates"])
@pytest.mark.parametrize("scope", BOTH_SCOPES)
def test_gaps_equal_a_computation_draw_by_draw(name, scope):
    rows, design, tree = case(name)
    table = effects_table(tree, design, 0.8)
    scores, n = expected_of(tree, scope), weights_of(tree, rows, scope)
    pairs = list(zip(scores, n, strict=True))
    for contrast, other in OTHERS.items():
        raw = np.array([raw_by_hand(s, w, other) for s, w in pairs])
        here = {"contrast": contrast, "scope": scope}
        found = one(table, effect="raw_gap", **here)[STATISTICS].astype(float)
        np.testing.assert_allclose(found, numbers_of(raw, 0.8), rtol=1e-9)
        for suffix, whose in WHOSE.items():
            equal = np.array([gap_by_hand(s, w, other, whose) for s, w in pairs])
            expected = {
                f"gap_at_equal_income{suffix}": equal,
                f"gap_explained_by_income{suffix}": 1 - equal / raw,
                f"gap_points_explained_by_income{suffix}": raw - equal,
            }
            for effect, draws in expected.items():
                found = one(table, effect=effect, **here)[STATISTICS].astype(float)
                np.testing.assert_allclose(found, numbers_of(draws, 0.8), rtol=1e-8)
    assert not table["contrast"].str.contains("municipal").any()


@pytest.mark.parametrize("scope", BOTH_SCOPES)
def test_a_fixed_mix_weighs_public_types_alike_at_every_income(scope):
    rows, design, tree = case()
    score, n = expected_of(tree, scope), weights_of(tree, rows, scope)
    assert (n[0, [0, 1, 3]].sum(axis=1) > 0).all()
    public = n[:, :2].sum(axis=2)
    share = public / public.sum(axis=1, keepdims=True)
    gap = score[:, 3] - np.einsum("sg,sgb->sb", share, score[:, :2])
    draws = (gap * n[:, 3]).sum(axis=1) / n[:, 3].sum(axis=1)
    table = effects_table(tree, design, 0.9)
    found = one(table, effect="gap_at_equal_income_fixed_mix", scope=scope)
    np.testing.assert_allclose(found[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-9)
    assert found["contrast"] == MAIN


def test_a_fixed_mix_reads_empty_cells_off_the_line_through_the_type_s_mean():
    rows = participants(900)
    nobody = (rows["school_type"] == "federal") & rows["income_bracket"].isin(["A", "F"])
    rows, design, tree = case(rows=rows[~nobody])
    n = weights_of(tree, rows, "these_schools")[0]
    score = expected_of(tree, "these_schools").copy()
    slopes = tree["posterior"]["slope_school_type"].to_numpy().reshape(-1, 4)
    centre = n[0] @ X / n[0].sum()
    middle = (score[:, 0, 1:5] * n[0, 1:5]).sum(axis=1) / n[0].sum()
    for b in (0, 5):
        score[:, 0, b] = middle + slopes[:, 0] * (X[b] - centre)
    share = n[:2].sum(axis=1) / n[:2].sum()
    draws = (score[:, 3] - np.einsum("g,sgb->sb", share, score[:, :2])) @ (n[3] / n[3].sum())
    found = one(effects_table(tree, design, 0.9), effect="gap_at_equal_income_fixed_mix",
                scope="these_schools")  # fmt: skip
    np.testing.assert_allclose(found[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-9)


def observed_cells(rows):
    means = rows.groupby(["school_type", "income_bracket"])["score"].mean().unstack()
    return means.reindex(index=SCHOOL_TYPES, columns=list("ABCDEF")).to_numpy()


def gap_of_rows(rows):
    """Difference of cell means averaged over the incomes of private schools; NaN without one."""
    private = rows["school_type"] == "privada"
    table = rows.assign(private=private).groupby(["private", "income_bracket"])["score"]
    means, sizes = table.mean().unstack(0), table.size().unstack(0)
    if means.shape[1] < 2:
        return np.nan
    gap = means[True] - means[False]
    weights = sizes[True].where(gap.notna()).fillna(0)
    return float((gap.fillna(0) * weights).sum() / weights.sum())


@pytest.mark.parametrize("lost", ["", "A", "DEF"])
def test_without_noise_model_and_cells_agree(lost):
    rows = participants(900)
    nobody = (rows["school_type"] != "privada") & rows["income_bracket"].isin(list(lost))
    rows, design, tree = case(rows=rows[~nobody])
    table = effects_table(with_scores(tree, observed_cells(rows)), design, 0.9)
    direct = one(table, effect="gap_at_equal_income_direct")
    assert direct["mean"] == pytest.approx(gap_of_rows(rows), abs=1e-9)
    model = table[(table["effect"] == "gap_at_equal_income") & (table["contrast"] == MAIN)]
    model = model.set_index("scope")["mean"]
    assert model["these_schools"] == pytest.approx(direct["mean"], abs=1e-9)
    left = one(table, effect="gap_incomes_left_out", contrast=MAIN)["mean"]
    private = rows.loc[rows["school_type"] == "privada", "income_bracket"]
    assert left == pytest.approx(private.isin(list(lost)).mean())


def test_the_direct_estimate_s_sd_is_that_of_a_group_bootstrap():
    rows, design, tree = case()
    direct = one(effects_table(tree, design, 0.9), effect="gap_at_equal_income_direct")
    parts = [part for _, part in rows.groupby("school")]
    rng = np.random.default_rng(3)
    found = []
    for _ in range(300):
        drawn = rng.integers(0, len(parts), len(parts))
        found.append(gap_of_rows(pd.concat([parts[k] for k in drawn])))
    assert direct["sd"] == pytest.approx(np.nanstd(found), rel=0.15)
    assert direct["scope"] == "schools_like_these"
    again = one(effects_table(tree, design, 0.9), effect="gap_at_equal_income_direct")
    assert again["sd"] == direct["sd"]


def test_groups_drawn_anew_keep_their_participants_together():
    rows, design, _ = case()
    cells = redrawn_cells(design, 50, np.random.default_rng(1))
    g, b = people(rows)
    n = np.zeros((4, len(X)))
    np.add.at(n, (g, b), 1)
    times = cells.participants.sum(axis=(1, 2))
    assert np.isclose(times.mean(), len(rows), rtol=0.1)
    assert (cells.participants[:, n == 0] == 0).all()
    low, high = rows["score"].min(), rows["score"].max()
    inside = cells.score[cells.participants > 0]
    assert ((inside >= low) & (inside <= high)).all()


@pytest.mark.parametrize("scope", BOTH_SCOPES)
def test_slopes_are_least_squares_among_participants(scope):
    rows, design, tree = case()
    table = effects_table(tree, design, 0.9)
    score, n = expected_of(tree, scope), weights_of(tree, rows, scope)
    slopes = []
    for g in (0, 1, 3):
        weight = np.sqrt(n[:, g])
        draws = [np.polyfit(X, s, 1, w=w)[0] for s, w in zip(score[:, g], weight, strict=True)]
        row = one(table, effect="slope", group=SCHOOL_TYPES[g], scope=scope)
        np.testing.assert_allclose(row[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-7)
        slopes.append(draws)
    sizes = n[:, [0, 1, 3]].sum(axis=2)
    overall = (np.array(slopes).T * sizes).sum(axis=1) / sizes.sum(axis=1)
    row = one(table, effect="slope", group="all", scope=scope)
    np.testing.assert_allclose(row[STATISTICS].astype(float), numbers_of(overall, 0.9), rtol=1e-7)


def test_a_model_without_school_types_has_one_slope_and_no_gap():
    rows, design, tree = case("income")
    table = effects_table(tree, design, 0.9, ASKED)
    g, b = people(rows)
    draws = [np.polyfit(X[b], s[g, b], 1)[0] for s in expected_of(tree, "these_schools")]
    row = one(table, effect="slope", scope="these_schools")
    np.testing.assert_allclose(row[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-7)
    assert not table["effect"].str.contains("gap").any()
    assert set(table.loc[table["effect"].str.startswith("profile"), "group"]) == {
        "all, 4.5 minimum wages"
    }
    assert gap_table(tree, design, BRACKETS, 0.9).empty


def test_a_model_without_levels_takes_participants_as_independent():
    rows, design, tree = case("school_type", ())
    table = effects_table(tree, design, 0.9, ASKED)
    scopes = table[table["effect"] != "gap_at_equal_income_direct"]["scope"]
    assert set(scopes) == {"independent_participants"}
    words = table.loc[table["scope"] == "independent_participants", "definition"]
    assert words.str.contains("independent").all()
    found = one(table, effect="gap_at_equal_income", contrast=MAIN)
    pairs = zip(expected_of(tree, "these_schools"), weights_of(tree, rows, ""), strict=True)
    draws = [gap_by_hand(s, n, PUBLIC, ("privada",)) for s, n in pairs]
    np.testing.assert_allclose(found[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-9)
    assert not table["effect"].str.startswith("share").any()


def test_within_schools_and_context_are_the_lines_own():
    rows, design, tree = case("school_context")
    table = effects_table(tree, design, 0.9)
    assert rows["school_type"].nunique() == 3
    for effect, name in (("slope_within_school", "slope"), ("context", "context")):
        draws = tree["posterior"][f"{name}_school_type"].sel(school_type="privada")
        row = one(table, effect=effect, group="privada")
        found = row[STATISTICS].astype(float)
        np.testing.assert_allclose(found, numbers_of(draws.to_numpy().ravel(), 0.9), rtol=1e-9)
        assert row["scope"] == "typical_school"
        groups = table.loc[table["effect"] == effect, "group"].tolist()
        assert groups == ["federal", "estadual", "privada"]
    without = effects_table(*reversed(case()[1:]), 0.9)
    assert not (without["effect"] == "context").any()


@pytest.mark.parametrize("name", list(FORMULAS))
def test_lines_and_effects_of_groups_make_the_expected_scores(name):
    rows, design, tree = case(name)
    coefficients = coefficient_values(tree["posterior"].to_dataset(), design)
    lines = coefficients @ design.patterns.T
    levels = tree["levels"].to_dataset()
    of_group = (levels["municipality"] + levels["school"]).to_numpy()
    each = lines[:, design.pattern] + of_group[:, design.group]
    for g, b in set(zip(*people(rows), strict=True)):
        here = design.cell == g * len(X) + b
        draws = each[:, here] @ (design.n[here] / design.n[here].sum())
        found = expected_of(tree, "these_schools")[:, g, b]
        np.testing.assert_allclose(found, draws, atol=1e-3)
        typical = lines[:, design.pattern[here]] @ (design.n[here] / design.n[here].sum())
        np.testing.assert_allclose(line_scores(coefficients, design)[:, g, b], typical)


def test_the_gap_of_typical_schools_is_that_of_the_lines():
    rows, design, tree = case()
    posterior = tree["posterior"]
    a, b = (posterior[f"{n}_school_type"].to_numpy().reshape(-1, 4) for n in ("intercept", "slope"))
    score = a[..., None] + b[..., None] * X
    n = weights_of(tree, rows, "")[0]
    draws = [gap_by_hand(s, n, PUBLIC, ("privada",)) for s in score]
    table = effects_table(tree, design, 0.9)
    row = one(table, effect="gap_at_equal_income", contrast=MAIN, scope="typical_school")
    np.testing.assert_allclose(row[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-9)


@pytest.mark.parametrize("scope", BOTH_SCOPES)
def test_the_gap_at_an_income_moves_along_the_lines_inside_its_bracket(scope):
    rows, design, tree = case()
    table = effects_table(tree, design, 0.9, ASKED)
    score, n = expected_of(tree, scope), weights_of(tree, rows, scope)
    slopes = tree["posterior"]["slope_school_type"].to_numpy().reshape(-1, 4)
    for income, b in ((1.1, 2), (2.6, 3)):
        distance = np.log2(income / 2) - X[b]
        assert abs(distance) > 0.01
        here = score[:, :, b] + slopes * distance
        public = (n[:, :2, b] * here[:, :2]).sum(axis=1) / n[:, :2, b].sum(axis=1)
        for contrast, other in ((MAIN, public), ("privada - estadual", here[:, 1])):
            name = f"{contrast} at {income:g} minimum wages"
            row = one(table, effect="gap_at_income", contrast=name, scope=scope)
            expected = numbers_of(here[:, 3] - other, 0.9)
            np.testing.assert_allclose(row[STATISTICS].astype(float), expected, rtol=1e-9)


def test_probability_that_the_gap_exceeds_a_size():
    rows, design, tree = case()
    table = effects_table(tree, design, 0.9, ASKED)
    for contrast in (MAIN, "privada - estadual"):
        for scope in BOTH_SCOPES:
            score, n = expected_of(tree, scope), weights_of(tree, rows, scope)
            pairs = zip(score, n, strict=True)
            gap = [gap_by_hand(s, w, OTHERS[contrast], ("privada",)) for s, w in pairs]
            row = one(table, contrast=f"{contrast}, above 60 points", scope=scope)
            assert row["mean"] == np.mean(np.array(gap) > 60)
            assert row["unit"] == "probability"
            assert row[["sd", "interval_low", "interval_high"]].isna().all()
    assert not table["contrast"].str.contains("federal, above").any()


def test_profiles_predict_participants_of_schools_drawn_anew():
    _, design, tree = case()
    table = effects_table(tree, design, 0.9, ASKED)
    profiles = table[table["effect"].str.startswith("profile")]
    # nobody is at municipal schools, and nobody was asked what they attended
    assert set(profiles["group"]) == {"privada, 4.5 minimum wages"}
    assert set(profiles["scope"]) == {"schools_like_these"}
    posterior = tree["posterior"].to_dataset().stack(s=("chain", "draw")).transpose("s", ...)
    slope = posterior["slope_school_type"].sel(school_type="privada").to_numpy()
    mean = expected_of(tree, "schools_like_these")[:, 3, 4]
    mean = mean + slope * (np.log2(4.5 / 2) - X[4])
    row = one(table, effect="profile_mean")
    np.testing.assert_allclose(row[STATISTICS].astype(float), numbers_of(mean, 0.9), rtol=1e-9)
    sigma = posterior["sigma"].sel(school_type="privada").to_numpy()
    tau = posterior["tau_school"].to_numpy(), posterior["tau_municipality"].to_numpy()
    rng, size = np.random.default_rng(4), (20_000, len(mean))
    scores = mean + sum(sd * rng.standard_normal(size) for sd in (sigma, *tau))
    predicted = one(table, effect="profile_score")
    expected = [scores.mean(), scores.std(), *np.quantile(scores, [0.05, 0.95])]
    np.testing.assert_allclose(predicted[STATISTICS].astype(float), expected, rtol=2e-3)
    above = one(table, contrast="score above 600 points")
    assert above["mean"] == pytest.approx((scores > 600).mean(), abs=2e-3)
    spread = np.sqrt(sigma**2 + tau[0] ** 2 + tau[1] ** 2)
    for level in (10, 50, 90):
        row = one(table, contrast=f"{level}th percentile")
        assert row["mean"] == pytest.approx(stats.norm.ppf(level / 100, mean, spread).mean())


def test_profiles_spread_as_participants_of_a_cell_differ_by_covariates():
    rows, design, tree = case("covariates")
    table = effects_table(tree, design, 0.9, ASKED)
    posterior = tree["posterior"].to_dataset().stack(s=("chain", "draw")).transpose("s", ...)
    here = rows[(rows["school_type"] == "privada") & (rows["income_bracket"] == "E")]
    own = posterior["sex"].sel(sex_level=here["sex"].tolist()).to_numpy()
    own = own + X[4] * posterior["race_slope"].sel(race_level=here["race"].tolist()).to_numpy()
    own = own + posterior["race"].sel(race_level=here["race"].tolist()).to_numpy()
    sigma = posterior["sigma"].sel(school_type="privada").to_numpy()
    levels = posterior["tau_school"].to_numpy() ** 2 + posterior["tau_municipality"].to_numpy() ** 2
    spread = np.sqrt(sigma**2 + levels + own.var(axis=1))
    percentile, mean = (
        one(table, contrast=name)["mean"] for name in ("90th percentile", "expected score")
    )
    assert percentile - mean == pytest.approx(stats.norm.ppf(0.9) * spread.mean(), rel=1e-9)
    assert own.var(axis=1).mean() > 10


def test_shares_of_the_variance_person_by_person():
    rows, design, tree = case()
    table = effects_table(tree, design, 0.9)
    posterior = tree["posterior"].to_dataset().stack(s=("chain", "draw")).transpose("s", ...)
    levels = tree["levels"].to_dataset()
    codes = {name: k for k, name in enumerate(levels["group_school"].to_numpy())}
    at = rows["school"].map(codes).to_numpy()
    g, b = people(rows)
    a, slope, sigma = (
        posterior[n].to_numpy() for n in ("intercept_school_type", "slope_school_type", "sigma")
    )
    effect = (levels["municipality"] + levels["school"]).to_numpy()
    expected = a[:, g] + slope[:, g] * X[b] + effect[:, at]
    parts = {"share_between_municipalities": [], "share_between_schools": [], "share_within": []}
    for draw, residual in zip(expected, (sigma[:, g] ** 2).mean(axis=1), strict=True):
        frame = rows.assign(score=draw)
        place = frame.groupby("municipality")["score"].transform("mean")
        school = frame.groupby("school")["score"].transform("mean")
        within = (frame["score"] - school).var(ddof=0) + residual
        found = [place.var(ddof=0), (school - place).var(ddof=0), within]
        for share, value in zip(parts.values(), found, strict=True):
            share.append(value / sum(found))
    for effect, draws in parts.items():
        row = one(table, effect=effect, contrast="nothing given")
        assert row["scope"] == "these_schools"
        np.testing.assert_allclose(
            row[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-4, atol=1e-6
        )
    tau = [posterior[f"tau_{name}"].to_numpy() ** 2 for name in BOTH]
    residual = (sigma[:, g] ** 2).mean(axis=1)
    given = table[table["contrast"] == "given income and school type"].set_index("effect")
    draws = tau[1] / (tau[0] + tau[1] + residual)
    found = given.loc["share_between_schools", STATISTICS].astype(float)
    np.testing.assert_allclose(found, numbers_of(draws, 0.9), rtol=1e-9)
    assert given["mean"].sum() == pytest.approx(1)


@pytest.mark.parametrize("levels", [("school",), ("municipality",)])
def test_shares_of_one_level_sum_to_one(levels):
    _, design, tree = case(levels=levels)
    table = effects_table(tree, design, 0.9)
    shares = table[table["effect"].str.startswith("share")]
    assert shares.groupby("contrast")["mean"].sum().tolist() == pytest.approx([1, 1])
    absent = {"school": "share_between_municipalities", "municipality": "share_between_schools"}
    assert set(shares["effect"]) == {
        "share_between_schools", "share_between_municipalities", "share_within",
    } - {absent[levels[0]]}  # fmt: skip


def test_shares_are_named_by_what_is_given():
    _, design, tree = case("constant")
    shares = effects_table(tree, design, 0.9)
    assert set(shares.loc[shares["effect"].str.startswith("share"), "contrast"]) == {
        "nothing given"
    }
    _, design, tree = case("covariates")
    contrasts = set(effects_table(tree, design, 0.9)["contrast"])
    assert "given income, school type, sex and race" in contrasts


def test_every_row_has_a_key_of_its_own_a_scope_and_a_definition():
    rows = participants(900, municipal=True)
    _, design, tree = case("school_context", rows=rows)
    table = effects_table(tree, design, 0.9, ASKED)
    assert table.columns.tolist() == COLUMNS
    assert not table.duplicated(KEYS[:-1]).any()
    assert table["scope"].isin(
        ["these_schools", "schools_like_these", "typical_school"]
    ).all()  # fmt: skip
    assert table["definition"].str.len().min() > 20
    assert table["mean"].notna().all()
    assert "privada - municipal" in set(table["contrast"])


@pytest.mark.parametrize("kept", [("privada",), ("estadual",), ("federal", "estadual")])
def test_a_state_without_one_side_has_slopes_and_no_gap(kept):
    rows = participants(900)
    rows, design, tree = case(rows=rows[rows["school_type"].isin(kept)])
    table = effects_table(tree, design, 0.9, ASKED)
    assert not table["effect"].str.contains("gap").any()
    assert set(table.loc[table["effect"] == "slope", "group"]) == {*kept, "all"}
    gaps = gap_table(tree, design, BRACKETS, 0.9)
    assert gaps.empty
    assert gaps.columns.tolist()[:4] == ["model", "contrast", "scope", "income_bracket"]


def test_sides_without_a_common_income_have_no_gap():
    rows = participants(900)
    poor = rows["income_bracket"].isin(list("ABC"))
    rows, design, tree = case(rows=rows[poor != (rows["school_type"] == "privada")])
    table = effects_table(tree, design, 0.9, ASKED)
    assert not table["effect"].str.contains("gap").any()
    assert gap_table(tree, design, BRACKETS, 0.9).empty


def test_a_school_type_at_one_income_has_no_slope():
    rows = participants(900)
    away = (rows["school_type"] == "federal") & (rows["income_bracket"] != "B")
    _, design, tree = case(rows=rows[~away])
    table = effects_table(tree, design, 0.9)
    groups = table.loc[table["effect"] == "slope", "group"]
    assert set(groups) == {"estadual", "privada", "all"}
    assert table["mean"].notna().all()


def test_reported_school_types_have_two_sides_and_a_rest():
    names = {"federal": "publica", "estadual": "publica", "privada": "privada"}
    rows = participants(900)
    rows["school_type"] = rows["school_type"].map(names)
    mixed = rows["school"].isin(rows.loc[rows["school_type"] == "publica", "school"].unique()[:5])
    rows.loc[mixed, "school_type"] = "mista"
    labels = {"school_type": ("publica", "mista", "privada")}
    spec = Specification("school_type", parse_formula(FORMULAS["school_type"], "x"), BOTH)
    design = Tables(collapse_to_sums(rows, []), BRACKETS, labels).design(spec)
    table = effects_table(draws_of(design), design, 0.9, ASKED)
    gaps = table[table["effect"].isin(["raw_gap", "gap_at_equal_income"])]
    assert set(gaps["contrast"]) == {MAIN}
    tree = draws_of(design)
    score = expected_of(tree, "these_schools")
    n = design.cell_sums(design.n)
    draws = (score[:, 2] - score[:, 0]) @ (n[2] / n[2].sum())
    row = one(gaps, effect="gap_at_equal_income", scope="these_schools")
    np.testing.assert_allclose(row[STATISTICS].astype(float), numbers_of(draws, 0.9), rtol=1e-9)
    assert "publica, 4.5 minimum wages" in set(table["group"])


def test_gaps_by_income_stand_where_both_sides_are():
    rows = participants(900)
    nobody = (rows["school_type"] == "federal") & (rows["income_bracket"] == "A")
    rows, design, tree = case(rows=rows[~nobody])
    table = gap_table(tree, design, BRACKETS, 0.8)
    assert (table["model"] == "school_type").all()
    assert set(table["scope"]) == {"schools_like_these"}
    sizes = table.groupby("contrast").size()
    assert sizes.to_dict() == {MAIN: 6, "privada - estadual": 6, "privada - federal": 5}
    score = expected_of(tree, "schools_like_these")
    row = one(table, contrast="privada - estadual", income_bracket="C")
    expected = numbers_of(score[:, 3, 2] - score[:, 1, 2], 0.8)
    np.testing.assert_allclose(row[STATISTICS].astype(float), expected, rtol=1e-9)
    assert row["value_min_wages"] == pytest.approx(2 * 2 ** X[2])


def test_the_shares_are_those_of_statsmodels_oaxaca_blinder():
    rows = participants(1500)
    rows = rows[rows["school_type"].isin(["estadual", "privada"])]
    rows, design, tree = case(rows=rows)
    x = rows["income_bracket"].map(dict(zip("ABCDEF", X, strict=True)))
    given = sm.add_constant(x.rename("x")).reset_index(drop=True)
    lines = np.full((4, 2), np.nan)
    for g in (1, 3):
        mine = (rows["school_type"] == SCHOOL_TYPES[g]).to_numpy()
        lines[g] = sm.OLS(rows["score"].to_numpy()[mine], given[mine]).fit().params
    score = lines[:, [0]] + lines[:, [1]] * X
    table = effects_table(with_scores(tree, score), design, 0.9)
    table = table[(table["scope"] == "these_schools") & (table["contrast"] == MAIN)]
    table = table.set_index("effect")["mean"]
    private = (rows["school_type"] == "privada").to_numpy(float)
    theirs = OaxacaBlinder(
        rows["score"].to_numpy(), given.assign(private=private), "private", hasconst=True
    )
    endowments, coefficients, interaction, raw = theirs.three_fold().params
    assert table["raw_gap"] == pytest.approx(raw, rel=1e-9)
    explained = table["gap_points_explained_by_income"]
    # theirs weighs by the coefficients of the group of lower mean: the public one
    assert explained == pytest.approx(endowments, rel=1e-9)
    assert table["gap_at_equal_income"] == pytest.approx(coefficients + interaction, rel=1e-9)
    assert table["gap_at_equal_income_of_public"] == pytest.approx(coefficients, rel=1e-9)
    n = private.sum(), len(rows) - private.sum()
    both = (table["gap_at_equal_income"], table["gap_at_equal_income_of_public"])
    mixed = np.average(both, weights=n)
    assert table["gap_at_equal_income_of_all"] == pytest.approx(mixed, rel=1e-9)


def test_a_model_s_own_design_is_used_for_its_cells():
    rows = participants(900)
    design = design_of(rows, specification("fixed"))
    table = effects_table(draws_of(design), design, 0.9)
    # neither lines nor effects know school types
    assert set(table.loc[table["effect"] == "slope", "group"]) == {"all"}
