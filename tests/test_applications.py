"""Which application of the exam people sat, as booklets tell, against counts of the raw rows."""

import zipfile

import pandas as pd
import pytest

from enem.convert.release import convert_release
from enem.editions import edition_named, load_editions
from enem.tabulate.applications import applications_table
from enem.tabulate.income import income_table
from enem.tabulate.population import PopulationSettings
from enem.tabulate.release import load_participants, tabulate_outcome
from inep_zip import csv_bytes, participants, write_zip

RULES = {"school_type": "enrolled", "trainees": "exclude", "blank_answer_sheets": "exclude"}
RULES |= {"zero_essays": "keep"}
LISTED = {"2015", *map(str, range(2017, 2024)), "simulated"}


def settings_of(applications="all"):
    return PopulationSettings("BR", "exam", **RULES, applications=applications)


def tabulated(folder, edition, applications):
    of = edition_named(edition)
    settings = settings_of(applications)
    rows = load_participants(folder / "p.parquet", settings, ["mean"], of)
    brackets = income_table(of, {"none": 0.25, "open_ended_factor": 1.25})[
        "income_bracket"
    ].tolist()
    made = tabulate_outcome(rows, folder / "r.json", settings, "mean", brackets)
    return made, applications_table(rows, settings, ["mean"]).set_index("application")


def test_editions_whose_booklets_are_listed():
    assert {name for name, edition in load_editions().items() if edition.booklets} == LISTED
    of_2020 = load_editions()["2020"].booklets
    assert (of_2020[597], of_2020[677], of_2020[699]) == ("regular", "second", "digital")


@pytest.mark.parametrize("year", range(2009, 2025))
def test_booklets_of_first_rows_are_in_the_lists(tmp_path, shared_microdata, year):
    path = shared_microdata / "first_rows" / f"microdados_enem_{year}.zip"
    convert_release(path, str(year), tmp_path / "p.parquet", tmp_path / "r.json")
    edition = edition_named(str(year))
    rows = load_participants(tmp_path / "p.parquet", settings_of(), ["mean"], edition)
    assert ("application" in rows) == (str(year) in LISTED)
    if str(year) not in LISTED:
        assert applications_table(rows, settings_of(), ["mean"]).empty
        return
    with zipfile.ZipFile(path) as archive:
        raw = pd.read_csv(archive.open(archive.namelist()[0]), sep=";", encoding="latin-1")
    found = rows["application"].value_counts()
    sat = raw["CO_PROVA_CN"].notna() | raw["CO_PROVA_LC"].notna()
    assert found.drop("none").sum() == sat.sum()
    assert "unknown" not in found
    assert found.idxmax() in ("regular", "none")
    if year == 2020:
        digital = raw["CO_PROVA_CN"].between(699, 702) | raw["CO_PROVA_LC"].between(691, 694)
        assert found["digital"] == digital.sum() > 0


def test_regular_alone_leaves_out_the_others_in_a_step_of_its_own(tmp_path, shared_microdata):
    path = shared_microdata / "first_rows" / "microdados_enem_2021.zip"
    convert_release(path, "2021", tmp_path / "p.parquet", tmp_path / "r.json")
    everybody, counts = tabulated(tmp_path, "2021", "all")
    flow = everybody.flow.set_index("step")
    assert flow.loc["applications_all", "excluded"] == 0
    assert counts["analysed"].sum() == len(everybody.sample)
    regular, own = tabulated(tmp_path, "2021", "regular")
    left = regular.flow.set_index("step").loc["application_regular"]
    assert left["excluded"] > 0
    assert len(regular.sample) == counts.loc["regular", "analysed"] < len(everybody.sample)
    assert own["analysed"].drop("regular").sum() == 0
    assert regular.presence["analysed"].sum() == len(regular.sample)
    assert regular.flow["excluded"].sum() + len(regular.sample) == 1000


def test_one_day_of_the_second_application_is_the_second(tmp_path):
    codes = [("503", "511"), ("503", "551"), ("543", ""), ("999", "511"), ("", "")]
    rows = participants(*({"CO_PROVA_CN": cn, "CO_PROVA_LC": lc} for cn, lc in codes))
    path = write_zip(tmp_path / "enem.zip", csv_bytes(rows))
    convert_release(path, "2019", tmp_path / "p.parquet", tmp_path / "r.json")
    edition = edition_named("2019")
    found = load_participants(tmp_path / "p.parquet", settings_of(), ["mean"], edition)
    assert found["application"].tolist() == ["regular", "second", "second", "unknown", "none"]
