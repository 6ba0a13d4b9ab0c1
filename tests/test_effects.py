import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.oaxaca import OaxacaBlinder

from enem.compare.asked import asked_effects
from enem.compare.effects import effects_table
from enem.compare.effects_recovery import COLUMNS, effects_recovery
from enem.editions import edition_named
from enem.models.cells import grid_from_table
from enem.models.specification import SPECIFICATIONS
from enem.tabulate.cells import collapse_to_cells
from enem.tabulate.income import IncomeSettings, income_table
from made import TYPES, dataset, shipped_config

SPEC = SPECIFICATIONS["school_type"]
CELLS = SPECIFICATIONS["school_type_income"]
INCOME = income_table(edition_named("2019"), IncomeSettings(0.25, 1.25))
LETTERS = INCOME["income_bracket"].tolist()
X = INCOME["x"].to_numpy()
STATISTICS = ["mean", "sd", "interval_low", "interval_high"]
SETTINGS = {
    "incomes": [1.2, 5.0],
    "gap_sizes": [0, 60],
    "score_thresholds": [600],
    "profiles": [
        {"school_type": "privada", "income": 4.5},
        {"school_type": "municipal", "income": 4.5},
        {"school_type": "publica", "income": 4.5},
    ],
}


@pytest.fixture
def rng():
    return np.random.default_rng(20190101)


def rows_of(rng, sizes):
    """Participants whose private schools are richer, the sizes by school type."""
    tables = []
    for g, (school_type, size) in enumerate(zip(TYPES, sizes, strict=True)):
        bracket = rng.binomial(16, 0.2 + 0.12 * g, size)
        score = 480 + 30 * g + (15 + 4 * g) * X[bracket] + rng.normal(0, 60, size)
        letters = np.array(LETTERS)[bracket]
        frame = {"school_type": school_type, "income_bracket": letters, "score": score}
        tables.append(pd.DataFrame(frame))
    return pd.concat(tables, ignore_index=True)


def grid_of(rows):
    return grid_from_table(collapse_to_cells(rows, TYPES, LETTERS), INCOME)


def draws_of(rng, deviations=False):
    shape = (2, 400)
    made = {
        "intercept_school_type": (rng.normal([500, 480, 470, 540], 5, (*shape, 4)), "school_type"),
        "slope_school_type": (rng.normal([20, 15, 18, 25], 2, (*shape, 4)), "school_type"),
        "sigma": (rng.normal([70, 75, 60, 80], 1, (*shape, 4)), "school_type"),
    }
    made = {name: (values, (dim,)) for name, (values, dim) in made.items()}
    if deviations:
        values = rng.normal(0, 9, (*shape, 4, 17))
        made["deviation"] = (values, ("school_type", "income_bracket"))
    return dataset(**made).assign_coords(school_type=list(TYPES))


def flat(posterior, name):
    return posterior[name].stack(s=("chain", "draw")).transpose("s", ...).to_numpy()


def table_of(posterior, spec, grid, mass=0.9):
    return effects_table(posterior, spec, grid, mass, asked_effects(SETTINGS, INCOME))


def one(table, **where):
    found = table[(table[list(where)] == pd.Series(where)).all(axis=1)]
    assert len(found) == 1
    return found.iloc[0]


def test_the_shares_are_those_of_statsmodels_oaxaca_blinder(rng):
    rows = rows_of(rng, [0, 900, 0, 400])
    design = sm.add_constant(INCOME.set_index("income_bracket").loc[rows["income_bracket"], "x"])
    design = design.reset_index(drop=True)
    lines = {}
    for school_type in ("estadual", "privada"):
        mine = (rows["school_type"] == school_type).to_numpy()
        lines[school_type] = sm.OLS(rows["score"][mine], design[mine]).fit().params
    values = {"estadual": lines["estadual"], "privada": lines["privada"]}
    columns = [values.get(t, pd.Series({"const": 0.0, "x": 0.0})) for t in TYPES]
    posterior = dataset(
        intercept_school_type=(np.tile([c["const"] for c in columns], (1, 2, 1)), ("school_type",)),
        slope_school_type=(np.tile([c["x"] for c in columns], (1, 2, 1)), ("school_type",)),
        sigma=(np.full((1, 2, 4), 60.0), ("school_type",)),
    ).assign_coords(school_type=list(TYPES))
    table = effects_table(posterior, SPEC, grid_of(rows), 0.9).set_index("effect")["mean"]
    given = design.assign(private=(rows["school_type"] == "privada").astype(float))
    theirs = OaxacaBlinder(rows["score"], given, "private", hasconst=True).three_fold().params
    endowments, coefficients, interaction, raw = theirs
    assert table["raw_gap"] == pytest.approx(raw, rel=1e-9)
    explained = table["gap_points_explained_by_income"]
    # theirs weighs by the coefficients of the group of lower mean: the public one
    assert explained == pytest.approx(endowments, rel=1e-9)
    assert table["gap_at_equal_income"] == pytest.approx(coefficients + interaction, rel=1e-9)
    assert table["gap_at_equal_income_of_public"] == pytest.approx(coefficients, rel=1e-9)
    assert table["gap_explained_by_income"] == pytest.approx(endowments / raw, rel=1e-9)
    n = rows["school_type"].value_counts()
    both = (table["gap_at_equal_income"], table["gap_at_equal_income_of_public"])
    mixed = np.average(both, weights=[n["privada"], n["estadual"]])
    assert table["gap_at_equal_income_of_all"] == pytest.approx(mixed, rel=1e-9)


@pytest.mark.parametrize("spec", [SPEC, CELLS])
def test_gap_at_an_income_is_on_the_line_and_in_its_bracket(rng, spec):
    grid = grid_of(rows_of(rng, [50, 300, 0, 100]))
    posterior = draws_of(rng, deviations=spec is CELLS)
    table = table_of(posterior, spec, grid)
    # 1.2 minimum wages lie in C (1 to 1.5), 5 in H (4 to 5, its upper bound)
    for income, letter in ((1.2, "C"), (5.0, "H")):
        a, b = (flat(posterior, f"{n}_school_type") for n in ("intercept", "slope"))
        score = a + b * np.log2(income / 2)
        if spec is CELLS:
            score = score + flat(posterior, "deviation")[:, :, LETTERS.index(letter)]
        gap = score[:, 3] - (50 * score[:, 0] + 300 * score[:, 1]) / 350
        row = one(table, contrast=f"private minus public at {income:g} minimum wages")
        expected = [gap.mean(), gap.std(ddof=1), *np.quantile(gap, [0.05, 0.95])]
        np.testing.assert_allclose(row[STATISTICS].astype(float), expected, rtol=1e-9)


def test_probability_that_the_gap_exceeds_a_size(rng):
    grid = grid_of(rows_of(rng, [50, 300, 0, 100]))
    posterior = draws_of(rng)
    table = table_of(posterior, SPEC, grid)
    score = flat(posterior, "intercept_school_type")[..., None] + (
        flat(posterior, "slope_school_type")[..., None] * X
    )
    public = np.tensordot([50 / 350, 300 / 350], score[:, :2], axes=(0, 1))
    gap = (score[:, 3] - public) @ (grid.n[3] / grid.n[3].sum())
    for size in (0, 60):
        row = one(table, contrast=f"private minus public, above {size} points")
        assert row["mean"] == np.mean(gap > size)
        assert row["unit"] == "probability"
        assert row[["sd", "interval_low", "interval_high"]].isna().all()


def test_profiles_predict_what_simulated_participants_score(rng):
    grid = grid_of(rows_of(rng, [50, 300, 0, 100]))
    posterior = draws_of(rng)
    table = table_of(posterior, SPEC, grid)
    group = "privada, 4.5 minimum wages"
    profiles = table[table["effect"].str.startswith("profile")]
    # nobody is at municipal schools, and nobody was asked what they attended
    assert set(profiles["group"]) == {group}
    mean = flat(posterior, "intercept_school_type")[:, 3]
    mean = mean + flat(posterior, "slope_school_type")[:, 3] * np.log2(4.5 / 2)
    sigma = flat(posterior, "sigma")[:, 3]
    expected = one(table, effect="profile_mean")
    assert expected["mean"] == pytest.approx(mean.mean())
    assert expected["interval_high"] == pytest.approx(np.quantile(mean, 0.95))
    scores = rng.normal(mean, sigma, (4_000, len(mean)))
    predicted = one(table, effect="profile_score")
    low, high = np.quantile(scores, [0.05, 0.95])
    found = predicted[STATISTICS].astype(float).to_numpy()
    np.testing.assert_allclose(found, [scores.mean(), scores.std(), low, high], rtol=1e-3)
    above = one(table, contrast="score above 600 points")
    assert above["mean"] == pytest.approx((scores > 600).mean(), abs=2e-3)
    for level in (10, 50, 90):
        row = one(table, contrast=f"{level}th percentile")
        assert row["mean"] == pytest.approx(stats.norm.ppf(level / 100, mean, sigma).mean())


def test_models_without_school_types_predict_an_income_once(rng):
    grid = grid_of(rows_of(rng, [50, 300, 0, 100]))
    made = {name: rng.normal(m, 1, (2, 50)) for name, m in (("intercept", 500), ("slope", 20))}
    posterior = dataset(**made, sigma=rng.normal(70, 1, (2, 50)))
    table = table_of(posterior, SPECIFICATIONS["pooled"], grid)
    assert set(table["group"]) == {"all", "all, 4.5 minimum wages"}
    assert table["effect"].str.contains("gap").sum() == 0
    keys = ["effect", "group", "contrast"]
    assert not table.duplicated(keys).any()


def test_every_effect_has_a_key_of_its_own_and_a_definition(rng):
    grid = grid_of(rows_of(rng, [50, 300, 40, 100]))
    income = INCOME
    table = effects_table(
        draws_of(rng), SPEC, grid, 0.9, asked_effects(shipped_config()["effects"], income)
    )
    assert not table.duplicated(["effect", "group", "contrast"]).any()
    assert table.columns.tolist() == [
        *("effect", "group", "contrast", "unit"), *STATISTICS, "definition",
    ]  # fmt: skip
    assert table["definition"].str.len().min() > 20
    assert table["mean"].notna().all()


POPULATION = {
    "school_type": "enrolled",
    "trainees": "exclude",
    "blank_answer_sheets": "exclude",
    "zero_essays": "keep",
}


def truth_file(tmp_path):
    lines = {"intercept": [500, 480, 470, 540], "slope": [20, 15, 18, 25], "sigma": [70] * 4}
    entries = [
        ("AC", school_type, "mean", "include", name, values[g])
        for g, school_type in enumerate(TYPES)
        for name, values in lines.items()
    ]
    keys = ["state", "school_type", "outcome", "zero_essays", "parameter", "value"]
    path = tmp_path / "truth.csv"
    pd.DataFrame(entries, columns=keys).to_csv(path, index=False)
    return path


def test_effects_are_held_against_those_of_the_true_lines(rng, tmp_path):
    grid = grid_of(rows_of(rng, [50, 300, 0, 100]))

    def effects_of(posterior):
        return table_of(posterior, SPEC, grid)

    table = effects_of(draws_of(rng))
    moved = table.assign(interval_low=table["interval_high"] + 500)
    given = effects_of, grid, ("AC", "mean"), POPULATION
    both = {"school_type": table, "school_type_income": moved}
    recovered = effects_recovery([truth_file(tmp_path)], both, *given)
    assert recovered.columns.tolist() == COLUMNS
    mine = recovered[recovered["model"] == "school_type"]
    # the draws are centred at the truth, and one in ten intervals may miss it
    assert mine["covered"].mean() > 0.7
    assert not recovered.loc[recovered["model"] == "school_type_income", "covered"].any()
    at = one(mine, contrast="private minus public at 5 minimum wages")
    x = np.log2(5 / 2)
    public = (50 * (500 + 20 * x) + 300 * (480 + 15 * x)) / 350
    assert at["truth"] == pytest.approx(540 + 25 * x - public)
    assert not mine["effect"].isin(["gap_exceeds", "profile_score"]).any()
    assert effects_recovery([], both, *given).columns.tolist() == COLUMNS
    assert effects_recovery([], both, *given).empty
