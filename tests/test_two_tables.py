"""Editions that INEP publishes as two tables without a common key: scores without income."""

import json
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from effect_fixtures import ASKED, SETTINGS, draws_of, expected_of, one
from enem.compare.asked import asked_effects
from enem.compare.effects import effects_table, gap_table
from enem.compare.pooling import pooling_table
from enem.config.settings import load_settings, settings_of
from enem.convert.release import convert_release
from enem.editions import edition_named
from enem.errors import InputError
from enem.figures.names import figures_of, manifests
from enem.mixed.formula import parse_formula
from enem.mixed.specification import Specification
from enem.tabulate.cells import collapse_to_cells
from enem.tabulate.grid import grid_from_table
from enem.tabulate.income import NO_BRACKET, income_table
from enem.tabulate.population import UNTOLD_TRAINEES, PopulationSettings
from enem.tabulate.release import load_with_factors, tabulate_outcome
from inep_zip import csv_bytes
from made import SCHEMA, shipped_config
from mixed_fixtures import SCHOOL_TYPES, design_of, participants
from two_tables import PARTICIPANT, RESULT, results, write_tables
from workflow_copy import copy_project, planned, snakemake

AREAS = ("CN", "CH", "LC", "MT", "REDACAO")
WITHOUT_INCOME = ("one_mean", "school_type_means")
INCOME = income_table(edition_named("2024"), {"none": 0.25, "open_ended_factor": 1.25})


def converted(path, edition, folder):
    report = convert_release(path, edition, folder / "p.parquet", folder / "conversion.json")
    return report, pd.read_parquet(folder / "p.parquet")


def tabulated(folder, edition, state="BR", outcome="mean", **changes):
    rules = {"school_type": "enrolled", "trainees": "exclude", "blank_answer_sheets": "exclude"}
    settings = PopulationSettings(state, "exam", **{**rules, "zero_essays": "keep", **changes})
    rows = load_with_factors(folder / "p.parquet", settings, [outcome], edition_named(edition), [])
    return tabulate_outcome(rows, folder / "conversion.json", settings, outcome, [NO_BRACKET])


# The file


def test_real_rows_of_2024_are_those_of_the_table_of_scores(shared_microdata, tmp_path):
    path = shared_microdata / "first_rows" / "microdados_enem_2024.zip"
    report, _ = converted(path, "2024", tmp_path)
    assert (report.rows, report.layout, report.income_column) == (1000, "results", None)
    assert report.registrations_checked
    assert not report.unknown_codes
    found = tabulated(tmp_path, "2024")
    raw = pd.read_csv(_member(path), sep=";", encoding="latin-1", dtype={"CO_ESCOLA": "string"})
    present = (raw[[f"TP_PRESENCA_{area}" for area in AREAS[:4]]] == 1).all(axis=1)
    scores = raw[[f"NU_NOTA_{area}" for area in AREAS]]
    kept = raw["TP_DEPENDENCIA_ADM_ESC"].notna() & present & scores.notna().all(axis=1)
    kept &= (scores.iloc[:, :4] > 0).all(axis=1)
    types = raw["TP_DEPENDENCIA_ADM_ESC"].map(dict(enumerate(SCHOOL_TYPES, start=1)))[kept]
    cells = scores[kept].mean(axis=1).groupby(types).agg(["size", "mean"])
    assert len(cells) >= 3
    ours = found.cells[found.cells["n"] > 0].set_index("school_type")
    assert ours["n"].to_dict() == cells["size"].to_dict()
    assert ours["mean"].to_dict() == pytest.approx(cells["mean"].to_dict())
    assert set(found.sample["school"]) == set(raw["CO_ESCOLA"][kept])
    assert set(found.cells["income_bracket"]) == {NO_BRACKET}


def _member(path):
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if "RESULTADOS" in n)
        return archive.open(name)


def test_the_flow_says_what_the_file_does_not_tell_and_adds_up(tmp_path):
    rows = results(
        {}, {"TP_DEPENDENCIA_ADM_ESC": ""}, {"TP_PRESENCA_MT": "0"}, {"SG_UF_PROVA": "RS"}
    )
    converted(write_tables(tmp_path / "microdados_enem_2024.zip", rows), "2024", tmp_path)
    flow = tabulated(tmp_path, "2024", "CE").flow.set_index("step")
    assert flow.loc[UNTOLD_TRAINEES, "excluded"] == 0
    assert "family income known" not in flow.index
    assert flow["excluded"].sum() + flow["rows"].iloc[-1] == 4
    assert flow["rows"].iloc[-1] == 1
    assert UNTOLD_TRAINEES not in tabulated(tmp_path, "2024", "CE", trainees="keep").flow["step"]


def test_a_2025_file_masks_schools_and_grades_essays_by_marker(tmp_path):
    many = {"CO_ESCOLA": "35000001", "CO_MUNICIPIO_ESC": "3550308"}
    masks = [
        {"CO_ESCOLA": "99999999", "CO_MUNICIPIO_ESC": "3550308"},
        {"CO_ESCOLA": "99999999", "CO_MUNICIPIO_ESC": "3509502"},
        {"CO_ESCOLA": "*", "CO_MUNICIPIO_ESC": "3509502", "TP_DEPENDENCIA_ADM_ESC": "4"},
        {"CO_ESCOLA": "", "CO_MUNICIPIO_ESC": "3509502", "TP_DEPENDENCIA_ADM_ESC": "4"},
    ]
    rows = results(many, {**many, "NU_NOTA_AV1": "280"}, *masks, year=2025)
    path = write_tables(tmp_path / "microdados_enem_2025.zip", rows)
    report, table = converted(path, "2025", tmp_path)
    assert report.unknown_codes == {"CO_ESCOLA": {"*": 1}}
    assert "essay_status" not in table
    found = tabulated(tmp_path, "2025")
    schools = found.sample.groupby(["municipality", "school"], dropna=False).size()
    assert schools.dropna().to_dict().get(("3550308", "35000001")) == 2
    assert found.sample["school"].isna().sum() == 4
    # masked ones count by type in their municipality
    groups = found.sums.groupby(["municipality", "school_type"])["n"].sum()
    assert groups["3509502", "privada"] == 2


def test_a_text_where_a_school_of_2024_should_be_is_refused(tmp_path):
    path = write_tables(tmp_path / "microdados_enem_2024.zip", results({}, {"CO_ESCOLA": "*"}))
    with pytest.raises(InputError, match="column CO_ESCOLA has '\\*'"):
        converted(path, "2024", tmp_path)


@pytest.mark.parametrize(
    ("edition", "row", "said"),
    [
        ("2024", PARTICIPANT, "is the table of participants of edition 2024, which has no scores"),
        ("2024", PARTICIPANT | RESULT, "has columns of both tables of edition 2024"),
        ("2024", RESULT | {"Q007": "C"}, "has columns of both tables of edition 2024"),
        ("2023", RESULT, "is one of the two tables that INEP publishes of the editions from 2024"),
    ],
)
def test_tables_that_cannot_be_used_are_refused_by_what_they_are(tmp_path, edition, row, said):
    path = tmp_path / "enem.csv"
    path.write_bytes(csv_bytes([row]))
    with pytest.raises(InputError, match=said) as caught:
        converted(path, edition, tmp_path)
    assert ("without a common key" in str(caught.value)) == (edition == "2024")


def test_a_row_that_is_there_twice_is_refused(tmp_path):
    rows = results({}, {"NU_SEQUENCIAL": "7"}, {"NU_SEQUENCIAL": "7"})
    path = write_tables(tmp_path / "microdados_enem_2024.zip", rows)
    with pytest.raises(InputError, match=r"\(NU_SEQUENCIAL\) appear more than once, in 2 rows"):
        converted(path, "2024", tmp_path)


def test_the_unzipped_table_of_scores_is_found_in_a_folder(tmp_path):
    folder = tmp_path / "microdados_enem_2024" / "DADOS"
    folder.mkdir(parents=True)
    (folder / "RESULTADOS_2024.csv").write_bytes(csv_bytes(results({})))
    (folder / "PARTICIPANTES_2024.csv").write_bytes(csv_bytes([PARTICIPANT]))
    config = shipped_config() | {"editions": 2024, "source": str(tmp_path)}
    found = load_settings(config, SCHEMA, tmp_path / "raw")["sources"]["2024"]
    assert found.endswith("RESULTADOS_2024.csv")


# Configuration


def load(**changes):
    return load_settings(shipped_config() | changes, SCHEMA, SCHEMA.parent / "nowhere")


def test_each_edition_has_the_models_that_it_can_carry():
    shipped = shipped_config()["models"]
    settings = load(editions=[2023, 2024, 2025])
    without = list(WITHOUT_INCOME)
    assert settings["models_of"] == {"2023": shipped, "2024": without, "2025": without}
    assert settings["models"] == [*shipped, *without]
    assert list(settings_of(settings, "2024")["formulas"]) == without
    assert len(settings["models_left_out"]) == 2 * len(shipped)
    assert "Model pooled is left out of 2024" in str(settings["models_left_out"][0])
    assert load(editions=2023)["models"] == shipped


def test_a_model_without_income_of_ones_own_is_fitted_to_every_edition():
    formulas = shipped_config()["formulas"] | {"mine": "score ~ (1 | school_type)"}
    models_of = load(editions=[2023, 2024], formulas=formulas, models="mine")["models_of"]
    assert models_of == {"2023": ["mine"], "2024": ["mine", *WITHOUT_INCOME]}


def test_an_edition_without_any_model_says_which_formula_to_add():
    with pytest.raises(InputError) as caught:
        load(editions=2024, models_without_income=[])
    formula = re.search(r'types: "(.*?)"', str(caught.value))[1]
    assert "which the edition does not hold" in str(caught.value)
    formulas = shipped_config()["formulas"] | {"types": formula}
    settings = load(editions=2024, formulas=formulas, models="types", models_without_income=[])
    assert settings["models_of"] == {"2024": ["types"]}


def test_characteristics_that_stand_in_the_other_table_are_left_out():
    formulas = shipped_config()["formulas"] | {"mine": "score ~ (1 | age_band)"}
    settings = load(editions=2024, formulas=formulas, models="mine")
    assert "needs age_band" in str(settings["models_left_out"][0])


def test_an_unknown_model_names_its_key():
    with pytest.raises(InputError, match=r"models_without_income is 'one_maen'.*one_mean"):
        load(editions=2024, models_without_income="one_maen")


# Effects


def without_income(formula="score ~ 1 + (1 | school_type)", levels=("municipality", "school")):
    rows = participants(900).assign(income_bracket=NO_BRACKET)
    spec = Specification("made", parse_formula(formula, "made"), levels)
    design = design_of(rows, spec, INCOME)
    return rows, design, draws_of(design)


def test_raw_gaps_are_differences_of_expected_means():
    rows, design, tree = without_income()
    table = effects_table(tree, design, 0.9, asked_effects(SETTINGS, INCOME))
    scores = expected_of(tree, "these_schools")[..., 0]
    n = rows["school_type"].value_counts()
    public = [n.get(name, 0) for name in SCHOOL_TYPES[:3]]
    score = np.nan_to_num(scores[:, :3]) @ public / sum(public)
    where = {"effect": "raw_gap", "contrast": "privada - publica", "scope": "these_schools"}
    assert one(table, **where)["mean"] == pytest.approx((scores[:, 3] - score).mean())
    means = rows.groupby(rows["school_type"] == "privada")["score"].mean()
    direct = one(table, effect="raw_gap_direct")
    assert direct["mean"] == pytest.approx(means[True] - means[False])


def test_nothing_that_needs_income_is_told():
    _, design, tree = without_income()
    table = effects_table(tree, design, 0.9, asked_effects(SETTINGS, INCOME))
    effects = set(table["effect"])
    assert not {name for name in effects if "income" in name or "slope" in name}
    assert "gap_exceeds" not in effects
    assert {"raw_gap", "share_between_schools", "profile_mean"} <= effects
    profiles = table[table["effect"] == "profile_mean"]
    assert list(profiles["group"]) == ["privada"]
    assert not table["definition"].str.contains("family income|minimum wage").any()
    assert gap_table(tree, design, INCOME, 0.9).empty
    assert table[["mean"]].notna().all(axis=None)
    given = table[table["effect"] == "share_within"]["contrast"]
    assert set(given) == {"given school type", "nothing given"}


def test_everybody_together_is_predicted_once():
    _, design, tree = without_income("score ~ 1")
    table = effects_table(tree, design, 0.9, asked_effects(SETTINGS, INCOME))
    assert list(table[table["effect"] == "profile_mean"]["group"]) == ["all"]
    assert "raw_gap" not in set(table["effect"])
    assert ASKED.profiles  # the same profiles as with income, where there are two


def test_means_of_school_types_alone_are_those_of_rows():
    rows = participants(300).assign(income_bracket=NO_BRACKET)
    cells = collapse_to_cells(rows, SCHOOL_TYPES, [NO_BRACKET])
    table = pooling_table(grid_from_table(cells, INCOME), {}, {}, 0.9)
    assert set(table["parameter"]) == {"intercept"}
    for school_type, scores in rows.groupby("school_type")["score"]:
        found = one(table, school_type=school_type)
        assert found["mean"] == pytest.approx(scores.mean())
        assert found["sd"] == pytest.approx(scores.std() / np.sqrt(len(scores)))


def test_figures_of_income_are_not_drawn():
    formulas = {name: shipped_config()["formulas"][name] for name in WITHOUT_INCOME}
    specs = {
        name: Specification(name, parse_formula(of, name), ("school",))
        for name, of in formulas.items()
    }
    every = {name.stem for name in figures_of(specs)}
    names = [name.stem for name in figures_of(specs, income=False)]
    of_income = {name for name, of in manifests().items() if "income" in of.get("needs", ())}
    assert {"presence", "score_by_income", "sensitivity"} <= of_income
    assert not of_income & set(names)
    assert {"sample_flow", "score_distribution", "schools", "variance_shares"} <= set(names)
    assert set(names) == every - of_income | {"raw_gap"}


# The workflow


def test_two_kinds_of_edition_are_planned_together(tmp_path, shared_microdata):
    untouched = copy_project(tmp_path / "project")
    config = ["editions=[2023,2024]", "states=SP", f"source={shared_microdata / 'first_rows'}"]
    run = snakemake(untouched, "-n", config=config)
    rules = planned(run)
    varied = {"collect_results", "profile_scales", "study_estimators", "draw_figures"}
    assert varied | {f"{name}_1" for name in varied} <= rules
    assert "Model pooled is left out of 2024" in run.stdout + run.stderr
    summary = snakemake(untouched, "-n", "--summary", config=config).stdout
    paths = [line.split("\t")[0] for line in summary.splitlines()[1:]]
    of_2024 = [path for path in paths if path.startswith("results/2024/SP/mean/")]
    assert any("/school_type_means/" in path for path in of_2024)
    assert not [path for path in of_2024 if "/pooled/" in path or "/sensitivity/" in path]
    assert not [path for path in paths if path.startswith("results/2023") and "one_mean" in path]


def test_conversion_json_names_no_income_column(tmp_path):
    path = write_tables(tmp_path / "microdados_enem_2024.zip", results({}))
    converted(path, "2024", tmp_path)
    assert json.loads((tmp_path / "conversion.json").read_text())["income_column"] is None
