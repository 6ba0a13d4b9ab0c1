"""Incomes of exam municipalities: counted, averaged, a variable of formulas, beside individuals."""

import gzip
import zipfile

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from enem.compare.effects import effects_table
from enem.convert.release import convert_release
from enem.editions import edition_named
from enem.errors import InputError
from enem.mixed.fit import fit
from enem.mixed.formula import parse_formula
from enem.mixed.rows import participant_rows
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import Specification
from enem.mixed.variables import MUNICIPAL
from enem.municipal.counts import COLUMNS, count_incomes
from enem.municipal.incomes import FEWEST, municipal_incomes, with_municipal_incomes
from enem.municipal.people import people_of
from enem.municipal.slopes import ECOLOGICAL, municipal_means, municipal_slopes
from enem.tabulate.income import bracket_table, income_table
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_with_factors, tabulate_outcome
from enem.tabulate.sums import collapse_to_sums
from inep_zip import csv_bytes
from mixed_fixtures import INCOME, PRIORS, SCHOOL_TYPES, design_of
from mixed_fixtures import participants as made_participants
from two_tables import PARTICIPANT, results, write_tables

ASSUMED = {"none": 0.25, "open_ended_factor": 1.25}
RULES = {"school_type": "enrolled", "trainees": "exclude", "blank_answer_sheets": "exclude"}
RULES |= {"zero_essays": "keep"}
BOTH = ("municipality", "school")


def people(*changes):
    return [PARTICIPANT | {"NU_INSCRICAO": str(n)} | change for n, change in enumerate(changes)]


def counted(path, tmp_path, edition="2024"):
    convert_release(path, edition, tmp_path / "p.parquet", tmp_path / "r.json")
    return count_incomes(path, tmp_path / "p.parquet", edition_named(edition))


ANSWERS = [{"Q007": "A"}, {"Q007": "C"}, {"Q007": "C"}, {"Q007": ""}, {"Q007": "?"}]
FOUND = {("4314902", "A"): 1, ("4314902", "C"): 2, ("4314902", None): 2}


def as_counts(table):
    letters = table["income_bracket"].astype(object).where(table["income_bracket"].notna(), None)
    keys = zip(table["municipality"], letters, strict=True)
    return dict(zip(keys, table["participants"], strict=True))


def test_the_other_table_of_a_zip_is_counted(tmp_path):
    path = write_tables(tmp_path / "microdados_enem_2024.zip", results({}), people(*ANSWERS))
    assert as_counts(counted(path, tmp_path)) == FOUND


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_the_table_that_lies_beside_the_scores_is_counted(tmp_path, suffix):
    path = tmp_path / "RESULTADOS_2024.csv"
    path.write_bytes(csv_bytes(results({})))
    content = csv_bytes(people(*ANSWERS))
    beside = tmp_path / f"participantes_2024.csv{suffix}"
    beside.write_bytes(gzip.compress(content) if suffix else content)
    link = tmp_path / "elsewhere" / "microdados_enem_2024"
    link.parent.mkdir()
    link.symlink_to(path)
    assert as_counts(counted(link, tmp_path)) == FOUND


def test_a_file_without_the_other_table_counts_nobody(tmp_path):
    path = tmp_path / "RESULTADOS_2024.csv"
    path.write_bytes(csv_bytes(results({})))
    assert counted(path, tmp_path).empty
    assert list(counted(path, tmp_path)) == COLUMNS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"NU_ANO": "2023"}, "has another NU_ANO than 2024"),
        ({"CO_MUNICIPIO_PROVA": "?"}, "from line 2 on cannot be read"),
        ({"Q007": None}, "needs the column Q007"),
    ],
)
def test_a_table_of_incomes_that_cannot_be_read_is_refused(tmp_path, change, said):
    rows = [{k: v for k, v in r.items() if v is not None} for r in people(change, change)]
    path = write_tables(tmp_path / "microdados_enem_2024.zip", results({}), rows)
    with pytest.raises(InputError, match=said) as caught:
        counted(path, tmp_path)
    assert "PARTICIPANTES_2024.csv" in str(caught.value)


def test_real_first_rows_are_counted_as_pandas_counts_them(tmp_path, shared_microdata):
    path = shared_microdata / "first_rows" / "microdados_enem_2024.zip"
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if "PARTICIPANTES" in n)
        raw = pd.read_csv(archive.open(name), sep=";", encoding="latin-1", dtype=str)
    expected = raw.groupby(["CO_MUNICIPIO_PROVA", "Q007"]).size()
    assert as_counts(counted(path, tmp_path)) == expected.to_dict()


def test_means_and_spread_are_those_of_the_rows():
    edition = edition_named("2024")
    brackets = bracket_table(edition, ASSUMED)
    x = brackets.set_index("income_bracket")["x"]
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"municipality": rng.choice(["1", "2"], 60)})
    rows["income_bracket"] = rng.choice(list("ABCDQ"), 60)
    few = pd.DataFrame({"municipality": "3", "income_bracket": ["A"] * (FEWEST - 1)})
    blank = pd.DataFrame({"municipality": ["1"] * 3, "income_bracket": None})
    everybody = pd.concat([rows, few, blank])
    counts = everybody.groupby(COLUMNS[:2], dropna=False).size().rename(COLUMNS[2]).reset_index()
    found = municipal_incomes(counts, brackets)
    expected = rows["income_bracket"].map(x).groupby(rows["municipality"]).agg(["mean", "std"])
    assert found.loc[["1", "2"], list(MUNICIPAL)].to_numpy() == pytest.approx(expected.to_numpy())
    assert found.loc["3", list(MUNICIPAL)].isna().all()
    assert found.loc["1", "participants"] - found.loc["1", "incomes_known"] == 3


def places(rows=900, schools=60, within=12.0, between=40.0, seed=5):
    """Participants whose scores rise by `within` with income, by `between` with that of places."""
    rng = np.random.default_rng(seed)
    people = made_participants(rows, schools, seed)
    of_place = pd.Series(rng.normal(0, 0.5, people["municipality"].nunique()))
    place = people["municipality"].astype(int).map(of_place)
    x = people["income_bracket"].map(INCOME.set_index("income_bracket")["x"])
    own = people["municipality"].astype(int).map(pd.Series(rng.normal(0, 15, len(of_place))))
    score = 500 + within * x + between * place + own + rng.normal(0, 40, rows)
    spread = people["municipality"].astype(int).map(pd.Series(rng.uniform(0.8, 1.4, len(of_place))))
    return people.assign(score=score, **dict(zip(MUNICIPAL, (place, spread), strict=True)))


def test_the_slope_of_places_stands_beside_that_of_people():
    sample = places()
    table = municipal_slopes(sample, INCOME, SCHOOL_TYPES, BOTH, PRIORS, 0.9).set_index("slope")
    assert table.loc["individual", "mean"] == pytest.approx(12, abs=3)
    assert table.loc["municipal", "mean"] == pytest.approx(40, abs=3 * table.loc["municipal", "sd"])
    assert list(table["basis"]) == ["individual", *[ECOLOGICAL] * 3]
    assert table.loc["municipal", "municipalities"] == sample[MUNICIPAL[0]].nunique()
    assert table["definition"][1:].str.contains("not of people").all()
    # independent: REML by statsmodels, places as groups
    peer = smf.mixedlm(f"score ~ {MUNICIPAL[0]} + C(school_type)", sample, groups="municipality")
    found = peer.fit()
    assert table.loc["municipal", "mean"] == pytest.approx(found.params[MUNICIPAL[0]], abs=2)
    assert table.loc["municipal", "sd"] == pytest.approx(found.bse[MUNICIPAL[0]], rel=0.25)


def test_what_is_not_known_is_left_out_and_said():
    sample = places()
    gone = sample["municipality"] == "0"
    sample.loc[gone, list(MUNICIPAL)] = np.nan
    income = INCOME.assign(x=np.nan)
    table = municipal_slopes(sample, income, SCHOOL_TYPES, BOTH, PRIORS, 0.9)
    assert "individual" not in set(table["slope"])
    assert set(table["left_out"]) == {gone.sum()}
    two = sample[sample["municipality"].isin(["1", "2"])]
    assert municipal_slopes(two, INCOME, SCHOOL_TYPES, BOTH, PRIORS, 0.9).empty


def test_small_municipalities_have_no_mean_score():
    sample = pd.DataFrame({"municipality_exam_code": [1, 1, 2], "score": [500.0, 510.0, 600.0]})
    incomes = pd.DataFrame({"participants": [20], "incomes_known": [19]}, index=["1"])
    incomes[list(MUNICIPAL)] = -1.0, 1.0
    table = municipal_means(sample, incomes, 2).set_index("municipality")
    assert table.loc["1", "mean_score"] == 505
    assert np.isnan(table.loc["2", "mean_score"])
    assert pd.isna(table.loc["2", "participants"])
    assert set(table["basis"]) == {ECOLOGICAL}


FORMULA = "score ~ municipality_income + (1 | school_type)"
SPEC = Specification("m", parse_formula(FORMULA, "m"), BOTH)


def test_the_variable_joins_a_formula():
    sample = places()
    assert SPEC.carried == MUNICIPAL[:1]
    design = design_of(sample, SPEC)
    rows = participant_rows(design, sample)
    columns = design.patterns[design.pattern[rows]]
    assert columns[:, -1] == pytest.approx(sample[MUNICIPAL[0]].to_numpy())
    settings = SamplerSettings("nutpie", 300, 200, 2, 0.9, 1)
    table = effects_table(fit(design, PRIORS, settings, 1), design, 0.9)
    row = table[table["effect"] == "municipal_slope"].iloc[0]
    mode = municipal_slopes(sample, INCOME, SCHOOL_TYPES, BOTH, PRIORS, 0.9).set_index("slope")
    assert row["mean"] == pytest.approx(mode.loc["municipal", "mean"], abs=2)
    assert row["definition"].startswith("ecological")


@pytest.mark.parametrize("term", ["(municipality_income | school_type)", "sex:municipality_income"])
def test_it_varies_by_nothing(term):
    with pytest.raises(InputError):
        parse_formula(f"score ~ {term}", "formulas.mine")


def test_participants_of_unknown_places_are_a_step_of_the_flow(tmp_path):
    there = [{"CO_MUNICIPIO_PROVA": "2301406"}] * 12
    path = write_tables(
        tmp_path / "microdados_enem_2024.zip",
        results({}, {}, {"CO_MUNICIPIO_PROVA": "2304400"}),
        people(*there),
    )
    counts = counted(path, tmp_path)
    edition, table = edition_named("2024"), tmp_path / "p.parquet"
    incomes = municipal_incomes(counts, bracket_table(edition, ASSUMED))
    settings = PopulationSettings("BR", "exam", **RULES)
    rows = load_with_factors(table, settings, ["mean"], edition, MUNICIPAL[:1], incomes)
    brackets = income_table(edition, ASSUMED)["income_bracket"].tolist()
    found = tabulate_outcome(
        rows, tmp_path / "r.json", settings, "mean", brackets, list(MUNICIPAL[:1])
    )
    flow = found.flow.set_index("step")
    assert flow.loc["municipal_income_known", "excluded"] == 1
    assert found.presence["analysed"].sum() == len(found.sample) == 2
    assert set(found.sums) >= {MUNICIPAL[0]}
    # the study of municipalities leaves the sample of other models as it is
    (sample,) = people_of(table, settings, ["mean"], edition, incomes)
    assert len(sample) == 3
    assert sample[MUNICIPAL[0]].notna().sum() == 2
    again = with_municipal_incomes(sample, "municipality_exam_code", incomes)
    assert collapse_to_sums(again, MUNICIPAL)["n"].sum() == 3
