import json

import pytest

from enem.config.reading import columns_read
from enem.tabulate.population import PopulationSettings, participant_columns
from inep_zip import csv_bytes, participants
from made import POPULATION
from workflow_copy import copy_project, planned, snakemake


def read(formula="", state_by="exam", **population):
    formulas = {"mine": {"formula": f"score ~ income{formula}", "levels": []}}
    return columns_read(
        {"population": POPULATION | population, "state_by": state_by, "formulas": formulas}
    )


def test_the_default_analysis():
    found = read()
    assert {"state_exam", "school_type", "is_trainee", "income_bracket", "MT", "REDACAO"} < {*found}
    assert not {"sex", "race", "essay_status", "school_type_reported", "state_school"} & {*found}
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("changes", "comes", "goes"),
    [
        (
            {"school_type": "self_reported"},
            {"school_type_reported", "municipality_exam"},
            {"school_type", "completion", "municipality", "school"},
        ),
        ({"state_by": "school"}, {"state_school"}, {"state_exam"}),
        ({"state_by": "residence"}, {"state_residence"}, {"state_exam"}),
        ({"trainees": "keep"}, set(), {"is_trainee"}),
        ({"applications": "regular"}, {"booklet_CN", "booklet_LC"}, set()),
        ({"formula": " + municipality_income"}, {"municipality_exam_code"}, set()),
        ({"zero_essays": "exclude", "blank_answer_sheets": "keep"}, set(), set()),
        ({"formula": " + (1 | sex) + (1 | age_band)"}, {"sex", "age_band"}, set()),
        (
            {"formula": " + (1 | first_generation)"},
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


def test_only_a_change_of_what_is_read_converts_again(tmp_path):
    project = copy_project(tmp_path / "project")
    source = tmp_path / "MICRODADOS_ENEM_2019.csv"
    answers = {"Q001": "A", "Q002": "B", "Q005": "3"}
    source.write_bytes(csv_bytes(participants(answers, answers | {"SG_UF_ESC": "Acre"})))
    config = ("editions=2019", "states=AC", f"source={source}")
    table = "data/participants/2019/participants.parquet"
    run = snakemake(project, table, config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (project / "data/local/microdados_enem_2019").resolve() == source.resolve()
    report = json.loads((project / table).with_name("conversion.json").read_text())
    assert report["unknown_codes"] == {"SG_UF_ESC": {"Acre": 1}}

    def converts(*changes):
        return "convert_release" in planned(
            snakemake(project, "-n", table, config=[*config, *changes])
        )

    assert not converts("outcomes=MT", "population={zero_essays: exclude}")
    assert converts("population={trainees: keep}")
    run = snakemake(project, table, config=[*config, "state_by=school"])
    text = " ".join((run.stdout + run.stderr).split())
    assert (
        f"{source} (edition 2019): column SG_UF_ESC has 'Acre' at line 3 where one of AC, AL"
        in text
    )
