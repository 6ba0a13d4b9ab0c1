import pytest

from enem.config.reading import columns_read
from enem.tabulate.population import PopulationSettings, participant_columns

POPULATION = {
    "school_type": "enrolled",
    "trainees": "exclude",
    "blank_answer_sheets": "exclude",
    "zero_essays": "keep",
}


def read(covariates=(), state_by="exam", **population):
    return columns_read(
        {"population": POPULATION | population, "state_by": state_by, "covariates": covariates}
    )


def test_the_default_analysis():
    found = read()
    assert {"state_exam", "school_type", "is_trainee", "income_bracket", "MT", "REDACAO"} < {*found}
    assert not {"sex", "race", "essay_status", "school_type_reported", "state_school"} & {*found}
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("changes", "comes", "goes"),
    [
        ({"school_type": "self_reported"}, {"school_type_reported"}, {"school_type"}),
        ({"state_by": "school"}, {"state_school"}, {"state_exam"}),
        ({"state_by": "residence"}, {"state_residence"}, {"state_exam"}),
        ({"trainees": "keep"}, set(), {"is_trainee"}),
        ({"zero_essays": "exclude", "blank_answer_sheets": "keep"}, set(), set()),
        ({"covariates": ["sex", "age_band"]}, {"sex", "age_band"}, set()),
        (
            {"covariates": ["first_generation"]},
            {"father_education", "mother_education"},
            set(),
        ),
    ],
)
def test_what_an_analysis_reads_follows_its_configuration(changes, comes, goes):
    before, after = {*read()}, {*read(**changes)}
    assert (after - before, before - after) == (comes, goes)


@pytest.mark.parametrize("school_type", ["enrolled", "self_reported"])
@pytest.mark.parametrize("outcomes", [("mean",), ("MT", "REDACAO")])
def test_every_column_that_tabulating_loads_is_among_them(school_type, outcomes):
    population = POPULATION | {"school_type": school_type}
    settings = PopulationSettings("RS", "exam", **population)
    assert {*participant_columns(settings, outcomes)} <= {*read(school_type=school_type)}
