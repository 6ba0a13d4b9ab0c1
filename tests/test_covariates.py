import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
import xarray as xr

from enem.convert.columns import plan_columns
from enem.editions import edition_named, load_editions
from enem.errors import InputError
from enem.fit.settings import SamplerSettings
from enem.mixed.variables import COVARIATES, check_covariates, columns_of, questions_of
from enem.models.priors import Prior
from enem.models.specification import SPECIFICATIONS
from enem.tabulate.population import PopulationSettings
from enem.wide.adjusted import complete_posterior, level_shares
from enem.wide.adjusted_effects import adjusted_effects_table
from enem.wide.adjustment import adjustment_table
from enem.wide.blocks import slices
from enem.wide.covariates import factors, levels_of
from enem.wide.moments import moments_of_rows
from enem.wide.sample import sample
from enem.wide.structure import covariate_blocks, covariate_model
from enem.wide.tabulate import covariate_moments
from grids import PRIORS
from made import grid_of
from wide_truth import INCOME, LETTERS, SHARE_OF_TYPE, SIGMA, X

TYPES = ("federal", "estadual", "municipal", "privada")
WIDE = {
    "two_levels": Prior("normal", {"mean": 0.0, "sd": 35.0}),
    "tau_covariate": Prior("half_normal", {"sd": 25.0}),
}
TRUE_RACE = {"branca": 12.0, "parda": -4.0, "preta": -10.0, "indigena": 2.0}
TRUE_SEX = {"F": -6.0, "M": 6.0}


def made_participants(rng, n):
    """Participants whose race and mother's education go with the school type and income."""
    group = rng.choice(4, n, p=SHARE_OF_TYPE)
    bracket = np.clip(rng.normal(np.where(group == 3, 10, 4), 2.5, n).round(), 0, 16).astype(int)
    white = rng.random(n) < np.where(group == 3, 0.6, 0.2)
    race = np.where(white, "branca", rng.choice(["parda", "preta", "indigena"], n))
    sex = rng.choice(["F", "M"], n)
    line = np.array([560.0, 500.0, 510.0, 565.0])[group] + 14.0 * X[bracket]
    effects = pd.Series(race).map(TRUE_RACE) + pd.Series(sex).map(TRUE_SEX)
    score = line + effects.to_numpy() + rng.normal(0, SIGMA[group])
    return pd.DataFrame(
        {
            "school_type": np.array(TYPES)[group],
            "income_bracket": np.array(LETTERS)[bracket],
            "x": X[bracket],
            "race": race,
            "sex": sex,
            "score": score,
        }
    )


def test_levels_hold_every_harmonised_answer():
    for edition in load_editions().values():
        sources = {**edition.coded, **edition.questions}
        for name in ("sex", "race", "mother_education", "father_education"):
            if sources[name]:
                answers = {value for value in sources[name].codes.values() if value is not None}
                assert answers <= set(COVARIATES[name].levels), (edition.name, name)
    assert all(entry.reference in entry.levels for entry in COVARIATES.values())


@pytest.mark.parametrize(
    ("edition", "columns"),
    [
        ("2009", ("Q17", "Q18", None)),
        ("2010", ("Q02", "Q03", None)),
        ("2011", ("Q002", "Q003", "Q001")),
        *[(str(year), ("Q001", "Q002", "Q004")) for year in (2012, 2013, 2014)],
        *[(str(year), ("Q001", "Q002", "Q005")) for year in range(2015, 2024)],
    ],
)
def test_questions_are_ineps(edition, columns):
    questions = edition_named(edition).questions
    names = ("father_education", "mother_education", "household_size")
    assert tuple(questions[name] and questions[name].column for name in names) == columns


@pytest.mark.parametrize("name", [str(year) for year in range(2009, 2024)])
def test_real_answers_are_in_the_tables(shared_microdata, name):
    questions = load_editions()[name].questions
    rows = pd.read_csv(
        shared_microdata / "first_rows" / f"microdados_enem_{name}.zip",
        sep=";",
        encoding="latin-1",
        dtype=str,
        keep_default_na=False,
    )
    for question in filter(None, questions.values()):
        answers = set(rows[question.column].dropna()) - set(edition_named(name).missing_markers)
        assert answers <= set(question.codes), question.column


def test_an_edition_without_a_covariate_is_refused():
    with pytest.raises(InputError, match=r"covariates has household_size, which the 2010 .* 2011"):
        check_covariates(["sex", "household_size"], edition_named("2010"))
    with pytest.raises(InputError, match="covariates has race, which the 2009"):
        check_covariates(["race"], edition_named("2009"))
    check_covariates(COVARIATES, edition_named("2019"))
    header = ["NU_ANO", "TP_FAIXA_ETARIA"]
    with pytest.raises(InputError, match="2009 edition has no household_size"):
        plan_columns("a file", edition_named("2009"), header, ["household_size"])


def test_conversion_reads_only_the_questions_that_covariates_need():
    assert questions_of(["sex", "race", "age_band"]) == []
    assert questions_of(["first_generation"]) == ["father_education", "mother_education"]
    questions = ["father_education", "household_size", "mother_education"]
    assert questions_of(COVARIATES) == questions
    assert columns_of(["first_generation", "sex"]) == [
        "father_education",
        "mother_education",
        "sex",
    ]


def test_factors_keep_everybody():
    participants = pd.DataFrame(
        {
            "mother_education": ["medio", "superior", "nao_sabe", None, "medio", "nao_sabe"],
            "father_education": ["medio", None, "medio", "medio", "pos_graduacao", None],
            "household_size": pd.array([1, 9, 10, 20, None, 4], "Int8"),
            "age_band": pd.array([1, 2, 11, 20, None, 10], "Int8"),
        }
    )
    found = factors(participants, ["first_generation", "household_size", "age_band"])
    expected = ["sim", "nao", "nao_sabe", "sem_resposta", "nao", "sem_resposta"]
    assert list(found["first_generation"]) == expected
    assert list(found["household_size"]) == ["1", "9", "10+", "10+", "sem_resposta", "4"]
    assert list(found["age_band"]) == ["<17", "17", "26-30", ">70", "sem_resposta", "25"]


def test_moments_of_a_population_are_those_of_its_rows():
    rng = np.random.default_rng(3)
    made = made_participants(rng, 400)
    participants = made.rename(columns={"score": "MT"}).assign(is_trainee=False, presence_MT=1)
    participants.loc[:19, "race"] = None
    participants.loc[20:29, "presence_MT"] = 0
    settings = PopulationSettings("AC", "exam", "enrolled", "exclude", "exclude", "keep")
    found = covariate_moments(participants, settings, "MT", INCOME, ["race", "sex"])
    kept = participants[participants["presence_MT"] == 1]
    assert found.n.sum() == len(kept) == 390
    dummies = pd.get_dummies(kept["race"].fillna("sem_resposta"))
    total, where = found.xx.sum(axis=0), slices(found.blocks)
    for level, column in zip(
        levels_of("race"), range(*where["effect_race"].indices(99)), strict=True
    ):
        present = dummies[level] if level in dummies else pd.Series(0, kept.index)
        assert total[column, column] == present.sum()
        assert total[where["slope"].start, column] == pytest.approx((kept["x"] * present).sum())
        centred = (kept["MT"] - found.origin[0]) * present
        assert found.xy.sum(axis=0)[column, 0] == pytest.approx(centred.sum(), abs=1e-8)


@pytest.fixture(scope="module")
def fitted():
    rows = made_participants(np.random.default_rng(11), 20_000)
    moments = moments_of_rows(rows, covariate_blocks(LETTERS, ["race", "sex"]), TYPES)
    spec = SPECIFICATIONS["school_type"]
    model = covariate_model(spec, moments, PRIORS, WIDE)
    settings = SamplerSettings("nutpie", 150, 200, 4, 0.95, 1)
    tree = complete_posterior(sample(model, settings, 1), spec, model, np.random.default_rng(1))
    return rows, moments, spec, tree


def test_recovery_of_the_levels(fitted):
    rows, _, _, tree = fitted
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    posterior = tree["posterior"].to_dataset()
    shares = rows["race"].value_counts(normalize=True)
    centre = sum(shares[level] * value for level, value in TRUE_RACE.items())
    for level, value in TRUE_RACE.items():
        draws = posterior["effect_race"].sel(race=level)
        assert abs(float(draws.mean()) - (value - centre)) < 4 * float(draws.std())
    sex = posterior["effect_sex"].sel(sex="F") - posterior["effect_sex"].sel(sex="M")
    assert float(sex.mean()) == pytest.approx(-12.0, abs=4 * float(sex.std()))
    ols = smf.ols("score ~ school_type * x + race + sex", rows).fit()
    assert float(sex.mean()) == pytest.approx(-ols.params["sex[T.M]"], abs=0.5)
    assert float(sex.std()) == pytest.approx(ols.bse["sex[T.M]"], rel=0.15)


def test_effects_at_equal_covariates(fitted):
    rows, moments, spec, tree = fitted
    grid = grid_of(rows, X, TYPES, LETTERS)
    table = adjusted_effects_table(tree["posterior"].to_dataset(), spec, grid, moments, 0.9)
    effects = table.set_index(["effect", "group"])["mean"]
    parts = effects[["gap_part_of_covariate", "gap_part_of_income"]].sum()
    gap = effects["gap_at_equal_income_and_covariates", "all"]
    assert gap + parts == pytest.approx(effects["raw_gap", "all"])
    private = rows["school_type"] == "privada"
    raw = rows["score"][private].mean() - rows["score"][~private].mean()
    assert effects["raw_gap", "all"] == pytest.approx(raw, abs=1.0)
    # the share of whites is higher by 0.4 at private schools; whites score 16 above the others
    assert effects["gap_part_of_covariate", "race"] == pytest.approx(0.4 * 16, abs=2.0)
    levels = table[table["effect"] == "race"].set_index("group")
    assert "branca" not in levels.index
    assert (levels["contrast"] == levels.index + " minus branca").all()
    assert levels.loc["preta", "mean"] == pytest.approx(-22.0, abs=4 * levels.loc["preta", "sd"])
    assert dict(levels["n"]) == {
        k: v for k, v in rows["race"].value_counts().items() if k != "branca"
    }


def test_intercepts_are_those_of_the_participants_mix(fitted):
    rows, moments, _, tree = fitted
    shares = level_shares(moments)
    posterior = tree["posterior"].to_dataset()
    for name, share in shares.items():
        assert share.sum() == pytest.approx(1.0)
        covariate = name.removeprefix("effect_")
        mean = (posterior[name] * xr.DataArray(share, dims=covariate)).sum(covariate)
        assert float(np.abs(mean).max()) < 1e-9
    mine = rows[rows["school_type"] == "estadual"]
    line = posterior["intercept_school_type"].sel(school_type="estadual")
    slope = posterior["slope_school_type"].sel(school_type="estadual")
    effects = mine["race"].map(TRUE_RACE) + mine["sex"].map(TRUE_SEX)
    everybody = rows["race"].map(TRUE_RACE) + rows["sex"].map(TRUE_SEX)
    truth = 500.0 + everybody.mean()
    assert float(line.mean()) == pytest.approx(truth, abs=4 * float(line.std()))
    assert float(slope.mean()) == pytest.approx(14.0, abs=4 * float(slope.std()))
    assert effects.mean() != pytest.approx(everybody.mean(), abs=0.1)


def test_adjustment_pairs_both_versions():
    def table(gap, name):
        row = {"unit": "points", "sd": 1.0, "interval_low": 0.0, "interval_high": 9.0}
        return pd.DataFrame([{"effect": name, "group": "all", "mean": gap, **row}])

    plain = {"school_type": table(80.0, "gap_at_equal_income")}
    adjusted = {"school_type": table(70.0, "gap_at_equal_income_and_covariates")}
    found = adjustment_table(plain, adjusted)
    assert list(found["covariates"]) == ["without", "with"]
    assert list(found["mean"]) == [80.0, 70.0]
    assert set(found["effect"]) == {"gap_at_equal_income"}
