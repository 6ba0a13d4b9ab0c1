import csv
import itertools

import pandas as pd
import pytest

from enem.editions import edition_named, load_editions, load_layouts, refusals, why_no_income
from enem.errors import InputError

TWO_TABLES = ("2024", "2025")


def test_editions_from_2009_to_2025_and_the_simulated_one():
    assert list(load_editions()) == [*map(str, range(2009, 2026)), "simulated"]


def test_editions_of_two_tables_hold_scores_and_schools_alone():
    split = {name for name, edition in load_editions().items() if edition.split}
    assert split == set(TWO_TABLES)
    for name in TWO_TABLES:
        edition = load_editions()[name]
        assert edition.member == f"RESULTADOS_{name}.csv"
        assert edition.income_column is None
        assert edition.incomes_member == f"PARTICIPANTES_{name}.csv"
        assert edition.incomes.column == "Q007"
        absent = {output for output, source in edition.coded.items() if source is None}
        assert {"is_trainee", "completion", "sex", "race"} <= absent
        assert edition.coded["school_type"].column == "TP_DEPENDENCIA_ADM_ESC"


@pytest.mark.parametrize(
    ("edition", "column"),
    [
        *[("2009", "Q21"), ("2010", "Q04"), ("2011", "Q004")],
        *[(str(year), "Q003") for year in (2012, 2013, 2014)],
        *[(str(year), "Q006") for year in range(2015, 2024)],
        ("simulated", "Q006"),
    ],
)
def test_income_column(edition, column):
    assert load_editions()[edition].income_column == column


def test_simulated_is_2017_under_its_file_name():
    simulated, real = load_editions()["simulated"], load_editions()["2017"]
    assert (simulated.year, simulated.member) == (2017, "MICRODADOS_ENEM_2017.csv")
    assert simulated.income_brackets == real.income_brackets
    assert simulated.coded == real.coded


def test_brackets_chain_from_no_income_to_open_ended():
    for name, edition in load_editions().items():
        if name in TWO_TABLES:
            continue
        brackets = sorted(
            edition.income_brackets, key=lambda each: (each.lower, each.upper is None, each.upper)
        )
        assert (brackets[0].letter, brackets[0].lower, brackets[0].upper) == (
            edition.no_income,
            0,
            0,
        )
        assert [each.upper is None for each in brackets] == [False] * (len(brackets) - 1) + [True]
        assert all(a.upper == b.lower for a, b in itertools.pairwise(brackets))


def test_brackets_are_those_of_ineps_dictionaries(shared_microdata):
    published = {}
    with (shared_microdata.parent / "enem" / "income_brackets.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            published.setdefault(row["year"], {})[row["code"]] = row
    for name in map(str, range(2009, 2024)):
        edition = load_editions()[name]
        rows = published[name]
        assert {row["column"] for row in rows.values()} == {edition.income_column}
        expected = {
            letter: float(row["upper_in_min_wages"] or "nan") for letter, row in rows.items()
        }
        expected[edition.no_income] = 0.0
        if name == "2015":
            # The label says R$ 1,572 where two minimum wages are R$ 1,576.
            assert expected["D"] == 1.995
            expected["D"] = 2.0
        found = {
            each.letter: float("nan") if each.upper is None else each.upper
            for each in edition.income_brackets
        }
        pd.testing.assert_series_equal(
            pd.Series(found).sort_index(), pd.Series(expected).sort_index()
        )
        first = min(
            (row for row in rows.values() if row["upper_in_min_wages"]),
            key=lambda row: float(row["upper_in_min_wages"]),
        )
        assert edition.minimum_wage == float(first["upper_brl"])


def test_self_reported_school_type_where_it_was_asked():
    asked = {
        name: edition.reported_school_type.column
        for name, edition in load_editions().items()
        if edition.reported_school_type
    }
    assert asked == {
        **dict.fromkeys(["2012", "2013", "2014"], "Q035"),
        **dict.fromkeys(["2015", "2016"], "Q047"),
        **dict.fromkeys(["2017", "2018", "simulated"], "Q027"),
    }


@pytest.mark.parametrize("name", ["2012", "2013", "2014", "2015", "2016", "2017", "2018"])
def test_reported_school_type_agrees_with_the_census_on_real_rows(shared_microdata, name):
    reported = load_editions()[name].reported_school_type
    rows = pd.read_csv(
        shared_microdata / "first_rows" / f"microdados_enem_{name}.zip",
        sep=";",
        encoding="latin-1",
        dtype=str,
        keep_default_na=False,
    )
    census = rows.TP_DEPENDENCIA_ADM_ESC
    answers = rows[reported.column].map(reported.codes)
    private, state = answers[census == "4"].dropna(), answers[census == "2"].dropna()
    assert (private == "privada").mean() >= 0.5
    assert (private == "privada").mean() > (private == "publica").mean()
    assert (state == "publica").mean() > 0.8


@pytest.mark.parametrize("name", ["2012", "2013", "2014"])
def test_nobody_in_a_private_school_answers_d_in_2012_to_2014(shared_microdata, name):
    rows = pd.read_csv(
        shared_microdata / "first_rows" / f"microdados_enem_{name}.zip",
        sep=";",
        encoding="latin-1",
        dtype=str,
    )
    answers = rows.Q035[rows.TP_DEPENDENCIA_ADM_ESC == "4"].value_counts()
    assert answers.idxmax() == "C"
    assert "D" not in answers


def test_codes_that_dictionaries_leave_out():
    editions = load_editions()
    assert editions["2018"].reported_school_type.codes["F"] is None
    assert "F" not in editions["2017"].reported_school_type.codes
    statuses = {name: edition.coded["essay_status"] for name, edition in editions.items()}
    assert [name for name, status in statuses.items() if status and "98" in status.codes] == [
        "2015"
    ]


def test_school_known_only_where_matched_from_2018_on():
    matched = {name for name, edition in load_editions().items() if edition.school_type_matched}
    assert matched == {str(year) for year in range(2018, 2026)}


def test_absent_essays_written_as_zero():
    zero = {name for name, edition in load_editions().items() if edition.absent_essay_is_zero}
    assert zero == {"2009", "2010", "2011", "2013", "2014", "2015"}


def test_age_bands_of_both_layouts():
    age = load_layouts()["first_release"].age_band.codes
    assert [age[str(years)] for years in (15, 16, 17, 18, 25, 26, 30, 31, 70, 71, 99)] == [
        *(1, 1, 2, 3, 10, 11, 11, 12, 19, 20, 20)
    ]
    assert load_layouts()["lgpd"].age_band.codes["20"] == 20


def test_refusals_give_a_reason_for_each_edition():
    assert set(refusals()) == {*map(str, range(1998, 2009))}
    assert "one objective score from 0 to 100" in str(refusals()["2004"])
    assert "without a common key" in str(why_no_income())


def test_edition_named_refuses_with_the_reason():
    with pytest.raises(InputError, match=r"The 2008 edition cannot carry.*IRT scale"):
        edition_named("2008")
    with pytest.raises(InputError, match=r"no edition '2031'.*2009, 2010"):
        edition_named("2031")
