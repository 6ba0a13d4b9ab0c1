import pandas as pd
import pytest

from enem.convert.columns import plan_columns
from enem.editions import edition_named, load_editions
from enem.mixed.factors import factors
from enem.mixed.variables import COVARIATES, columns_of, questions_of
from inep_zip import header_of


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


def test_a_question_that_an_edition_lacks_is_left_out(shared_microdata):
    header = header_of(shared_microdata / "first_rows" / "microdados_enem_2009.zip", "2009")
    asked = ["household_size", "mother_education"]
    plan = plan_columns("a file", edition_named("2009"), header, asked)
    assert set(asked) & set(plan.coded) == {"mother_education"}


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
