import json
import logging
import re
import threading
import zipfile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from enem.convert import blocks as blocks_module
from enem.convert import csv_stream
from enem.convert.release import convert_release
from enem.errors import InputError
from inep_zip import MEMBER, csv_bytes, participants, write_zip

YEARS = range(2009, 2024)
AREAS = ["CN", "CH", "LC", "MT"]
INCOME = {2009: "Q21", 2010: "Q04", 2011: "Q004", **dict.fromkeys([2012, 2013, 2014], "Q003")}
SCHOOL = {"1": "federal", "2": "estadual", "3": "municipal", "4": "privada"}
RACE = dict(
    zip("012345", ["nao_declarada", "branca", "preta", "parda", "amarela", "indigena"], strict=True)
)
EARLY_ANSWERS = {"A": "publica", "B": "mista", "C": "privada", "D": "mista"}
LATE_ANSWERS = {"A": "publica", "B": "mista", "C": "mista", "D": "privada", "E": "privada"}
REPORTED = {
    **dict.fromkeys([2012, 2013, 2014], ("Q035", EARLY_ANSWERS)),
    **dict.fromkeys([2015, 2016], ("Q047", LATE_ANSWERS)),
    **dict.fromkeys([2017, 2018], ("Q027", LATE_ANSWERS)),
}


class Conversion:
    def __init__(self, folder, zip_path, edition):
        self.parquet, self.json = folder / "participants.parquet", folder / "report.json"
        self.report = convert_release(zip_path, edition, self.parquet, self.json)
        self.rows = pd.read_parquet(self.parquet)


@pytest.fixture
def convert(tmp_path):
    return lambda zip_path, edition="2019": Conversion(tmp_path / "made", zip_path, edition)


@pytest.fixture
def convert_rows(tmp_path, convert):
    """Convert 2019 participants, each given as changes to an ordinary one."""

    def converted(*changes):
        return convert(write_zip(tmp_path / "enem.zip", csv_bytes(participants(*changes))))

    return converted


@pytest.fixture(scope="module")
def first_rows(tmp_path_factory, shared_microdata):
    """Each edition's first thousand rows, converted, beside a plain reading of them."""
    made = {}
    for year in YEARS:
        path = shared_microdata / "first_rows" / f"microdados_enem_{year}.zip"
        folder = tmp_path_factory.mktemp(f"edition_{year}")
        made[year] = Conversion(folder, path, str(year)), plain(path, year)
    return made


def plain(path, year):
    rows = pd.read_csv(
        path, sep=";", encoding="latin-1", dtype=str, keep_default_na=False, na_filter=False
    )
    rows = rows[str(year) == rows.NU_ANO].reset_index(drop=True)
    return rows.replace({".": "", "*": ""}) if year == 2009 else rows


def same(found, expected):
    """Compare a converted text column with a plain one where '' and NaN are missing."""
    text = found.astype(object)
    expected = expected.astype(object).replace("", None)
    assert (
        text.where(text.notna(), None).tolist() == expected.where(expected.notna(), None).tolist()
    )


def numbers(column):
    return pd.to_numeric(column).to_numpy(float)


@pytest.mark.parametrize("year", YEARS)
def test_scores_and_presence_are_those_of_a_plain_reading(first_rows, year):
    converted, raw = first_rows[year]
    assert len(converted.rows) == len(raw) == converted.report.rows == 1000
    for area in AREAS:
        np.testing.assert_array_equal(converted.rows[area], numbers(raw[f"NU_NOTA_{area}"]))
        presence = converted.rows[f"presence_{area}"].to_numpy(float)
        np.testing.assert_array_equal(presence, numbers(raw[f"TP_PRESENCA_{area}"]))
    essay = np.where(raw.TP_PRESENCA_LC == "1", numbers(raw.NU_NOTA_REDACAO), np.nan)
    np.testing.assert_array_equal(converted.rows.REDACAO, essay)
    same(converted.rows.essay_status, raw.TP_STATUS_REDACAO)


@pytest.mark.parametrize("year", YEARS)
def test_codes_are_those_of_a_plain_reading(first_rows, year):
    rows, raw = first_rows[year][0].rows, first_rows[year][1]
    same(rows.state_exam, raw.SG_UF_PROVA)
    same(rows.state_school, raw.SG_UF_ESC)
    same(rows.municipality_exam, raw.NO_MUNICIPIO_PROVA)
    same(rows.school_type, raw.TP_DEPENDENCIA_ADM_ESC.map(SCHOOL))
    np.testing.assert_array_equal(rows.municipality, numbers(raw.CO_MUNICIPIO_ESC))
    assert "school" not in rows
    same(rows.income_bracket, raw[INCOME.get(year, "Q006")])
    np.testing.assert_array_equal(rows.completion, numbers(raw.TP_ST_CONCLUSAO))
    np.testing.assert_array_equal(rows.age_band, numbers(raw.TP_FAIXA_ETARIA))
    trainee = raw.IN_TREINEIRO == "1" if year >= 2015 else raw.TP_ST_CONCLUSAO == "3"
    assert rows.is_trainee.tolist() == trainee.tolist()
    same(rows.sex, raw.TP_SEXO.map({"0": "M", "1": "F"}) if year == 2012 else raw.TP_SEXO)
    same(rows.race, raw.TP_COR_RACA.map(RACE) if year > 2009 else pd.Series([None] * 1000))


@pytest.mark.parametrize("year", YEARS)
def test_reported_school_type_only_where_asked(first_rows, year):
    rows, raw = first_rows[year][0].rows, first_rows[year][1]
    assert ("school_type_reported" in rows) == (year in REPORTED)
    if year in REPORTED:
        column, answers = REPORTED[year]
        same(rows.school_type_reported, raw[column].map(answers))


def test_in_2017_a_private_school_stays_private_where_tp_escola_says_abroad(first_rows):
    converted, raw = first_rows[2017]
    trapped = (raw.TP_DEPENDENCIA_ADM_ESC == "4") & (raw.TP_ESCOLA != "3")
    assert trapped.any()
    assert set(converted.rows.school_type[trapped]) == {"privada"}


def test_in_2018_tp_escola_repeats_the_dependence_and_is_not_read(first_rows):
    converted, raw = first_rows[2018]
    known = raw.TP_DEPENDENCIA_ADM_ESC != ""
    assert (raw.TP_ESCOLA[known] == raw.TP_DEPENDENCIA_ADM_ESC[known]).all()
    same(converted.rows.school_type, raw.TP_DEPENDENCIA_ADM_ESC.map(SCHOOL))


@pytest.mark.parametrize("year", [2012, 2013, 2014])
def test_income_of_2012_to_2014_is_not_q006(first_rows, year):
    converted, raw = first_rows[year]
    assert converted.report.income_column == "Q003"
    assert converted.rows.income_bracket.nunique() == 17
    assert raw.Q006.nunique() <= 4


def test_a_question_that_an_edition_does_not_ask_is_left_out(tmp_path, shared_microdata):
    asked = ["father_education", "household_size"]
    for year, found in ((2010, asked[:1]), (2011, asked)):
        path = shared_microdata / "first_rows" / f"microdados_enem_{year}.zip"
        made = tmp_path / "p.parquet", tmp_path / "r.json"
        columns = convert_release(path, str(year), *made, questions=asked).columns
        assert [name for name in columns if name in asked] == found


def test_women_are_code_1_in_2012(first_rows):
    assert first_rows[2012][0].rows.sex.value_counts().to_dict() == {"F": 545, "M": 455}


@pytest.mark.parametrize("year", [2009, 2010, 2011, 2013, 2014, 2015])
def test_absent_essays_written_as_zero_are_missing(first_rows, year):
    converted, raw = first_rows[year]
    absent = raw.TP_PRESENCA_LC != "1"
    assert (numbers(raw.NU_NOTA_REDACAO[absent]) == 0).all()
    assert absent.sum() > 80
    assert converted.rows.REDACAO[absent].isna().all()
    assert (converted.rows.REDACAO[~absent] == 0).any()


def test_blank_essays_of_2012_stay_missing(first_rows):
    rows = first_rows[2012][0].rows
    blank = rows[(rows.presence_LC == 1) & rows.REDACAO.isna()]
    assert blank.essay_status.tolist() == ["B"] * 5


def test_score_of_an_eliminated_participant_is_kept(first_rows):
    rows = first_rows[2013][0].rows
    assert rows.CN[rows.presence_CN == 2].notna().tolist() == [True]


def test_cut_last_line_of_2011_is_reported_and_logged(shared_microdata, convert, caplog):
    path = shared_microdata / "first_rows" / "microdados_enem_2011.zip"
    with caplog.at_level(logging.WARNING, logger="enem"):
        report = convert(path, "2011").report
    assert (report.rows, report.cut_last_line, report.blank_lines) == (1000, 1, 0)
    assert "last line breaks off" in caplog.text


def test_blank_line_of_2016_is_skipped_and_counted(first_rows):
    report = first_rows[2016][0].report
    assert (report.rows, report.cut_last_line, report.blank_lines) == (1000, 0, 1)


def test_whole_state_agrees_with_a_plain_reading(shared_microdata, convert):
    path = shared_microdata / "microdados_enem_2019_AC.zip"
    converted, raw = convert(path), plain(path, 2019)
    rows = converted.rows
    assert len(rows) == 38_229
    for area in AREAS:
        np.testing.assert_array_equal(rows[area], numbers(raw[f"NU_NOTA_{area}"]))
    np.testing.assert_array_equal(rows.REDACAO, numbers(raw.NU_NOTA_REDACAO))
    same(rows.school_type, raw.TP_DEPENDENCIA_ADM_ESC.map(SCHOOL))
    same(rows.municipality_exam, raw.NO_MUNICIPIO_PROVA)
    same(rows.state_residence, raw.SG_UF_RESIDENCIA)
    edges = [-1, 16, *range(17, 26), *range(30, 71, 5), 200]
    bands = pd.cut(numbers(raw.NU_IDADE), edges, labels=range(1, 21))
    np.testing.assert_array_equal(rows.age_band.to_numpy(float), bands.astype(float))
    np.testing.assert_array_equal(rows.school, numbers(raw.CO_ESCOLA))
    np.testing.assert_array_equal(rows.municipality, numbers(raw.CO_MUNICIPIO_ESC))
    complete = rows[[*AREAS, "REDACAO"]].notna().all(axis=1)
    assert (complete.sum(), (complete & rows.school_type.notna()).sum()) == (27_133, 4_580)
    assert converted.report.layout == "first_release"
    assert converted.report.columns_absent == ("TP_FAIXA_ETARIA",)


def test_small_chunks_give_the_same_rows(shared_microdata, tmp_path, monkeypatch):
    path = shared_microdata / "first_rows" / "microdados_enem_2019.zip"
    whole = Conversion(tmp_path / "whole", path, "2019")
    monkeypatch.setattr(csv_stream, "CHUNK", 3000)
    pieces = Conversion(tmp_path / "pieces", path, "2019")
    pd.testing.assert_frame_equal(pieces.rows, whole.rows)
    assert pieces.report == whole.report


def test_conversion_is_reproducible_to_the_byte(shared_microdata, tmp_path):
    path = shared_microdata / "microdados_enem_2017_RS_sample.zip"
    first, second = (Conversion(tmp_path / name, path, "2017") for name in "ab")
    assert first.parquet.read_bytes() == second.parquet.read_bytes()


def test_report_file_says_what_was_read(convert_rows, tmp_path):
    converted = convert_rows({}, {"Q006": "", "SG_UF_ESC": "", "TP_DEPENDENCIA_ADM_ESC": ""})
    report = json.loads(converted.json.read_text(encoding="utf-8"))
    assert report["edition"] == "2019"
    assert report["layout"] == "lgpd"
    assert report["member"] == MEMBER
    assert report["zip_bytes"] == (tmp_path / "enem.zip").stat().st_size
    assert len(report["zip_sha256"]) == 64
    assert report["rows"] == 2
    assert report["columns_absent"] == ["CO_ESCOLA", "NU_IDADE", "SG_UF_RESIDENCIA"]
    assert {name: count for name, count in report["missing"].items() if count} == {
        "state_school": 1,
        "school_type": 1,
        "income_bracket": 1,
    }
    assert report["columns"] == converted.rows.columns.tolist()


def test_types_of_the_table(convert_rows):
    schema = pq.read_schema(convert_rows({}).parquet)
    assert str(schema.field("is_trainee").type) == "bool"
    assert str(schema.field("presence_LC").type) == "int8"
    assert str(schema.field("municipality").type) == "int32"
    assert str(schema.field("MT").type) == "double"
    for name in ("state_exam", "sex", "school_type", "municipality_exam"):
        assert str(schema.field(name).type).startswith("dictionary<values=string")


def test_latin_1_names_are_kept(convert_rows):
    assert convert_rows({}).rows.municipality_exam.tolist() == ["Brasiléia"]


def test_blanks_are_missing(convert_rows):
    blank = ["IN_TREINEIRO", "TP_FAIXA_ETARIA", "TP_SEXO", "NU_NOTA_CN", "TP_STATUS_REDACAO"]
    rows = convert_rows({}, dict.fromkeys(blank, "")).rows
    assert rows.isna().sum()[lambda counts: counts > 0].index.tolist() == [
        *("is_trainee", "sex", "age_band", "essay_status", "CN")
    ]


def test_undeclared_race_and_unavailable_race_differ(convert_rows):
    race = convert_rows({"TP_COR_RACA": "0"}, {"TP_COR_RACA": "6"}).rows.race
    assert race.iloc[0] == "nao_declarada"
    assert pd.isna(race.iloc[1])


def test_windows_newlines_and_a_last_line_without_newline(tmp_path, convert):
    csv = csv_bytes(participants({}, {"NU_NOTA_CN": "500"}), newline="\r\n").removesuffix(b"\r\n")
    converted = convert(write_zip(tmp_path / "enem.zip", csv))
    assert converted.rows.CN.tolist() == [433.9, 500]
    assert (converted.report.blank_lines, converted.report.cut_last_line) == (0, 0)


def test_simulated_edition_is_read_under_2017s_name(tmp_path, convert):
    csv = csv_bytes(participants({"NU_ANO": "2017", "Q027": "D"}))
    path = write_zip(tmp_path / "enem.zip", csv, member="DADOS/MICRODADOS_ENEM_2017.csv")
    converted = convert(path, "simulated")
    assert converted.report.edition == "simulated"
    assert converted.rows.school_type_reported.tolist() == ["privada"]


def refused(tmp_path, csv, edition="2019", member=MEMBER):
    path = write_zip(tmp_path / "enem.zip", csv, member=member)
    threads = set(threading.enumerate())
    with pytest.raises(InputError) as caught:
        convert_release(path, edition, tmp_path / "out" / "p.parquet", tmp_path / "out" / "r.json")
    assert set(threading.enumerate()) <= threads
    assert list(tmp_path.glob("out/*")) == []
    assert f"edition {edition}" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("TP_SEXO", "9", "where one of F, M or a blank was expected"),
        ("TP_SEXO", "Feminino", "one of F, M"),
        ("SG_UF_PROVA", "XX", "one of AC, AL"),
        ("SG_UF_ESC", "Acre", "AC"),
        ("TP_FAIXA_ETARIA", "21", "one of 1, 2"),
        ("TP_DEPENDENCIA_ADM_ESC", "5", "one of 1, 2, 3, 4"),
        ("TP_PRESENCA_MT", "3", "one of 0, 1, 2"),
        ("TP_STATUS_REDACAO", "P", "one of 1"),
        ("Q006", "R", "one of A, B"),
        ("NU_NOTA_CN", "1100.1", "a score from 0 to 1100"),
        ("NU_NOTA_REDACAO", "1001", "a score from 0 to 1000"),
        ("NU_NOTA_MT", "-1", "a score from 0"),
        ("NU_NOTA_MT", "512,3", "with a decimal point"),
        ("NU_NOTA_MT", "nan", "a score from 0"),
        ("NU_NOTA_MT", ".", "a score from 0"),
        ("CO_MUNICIPIO_ESC", "1200104.0", "a code of digits only"),
        ("CO_MUNICIPIO_ESC", "-1", "a code of digits only"),
        ("CO_MUNICIPIO_ESC", "12001041200104", "a code of digits only"),
        ("NU_ANO", "2018", "where 2019 was expected.*another edition's file"),
        ("NU_ANO", "", "where 2019 was expected"),
    ],
)
def test_unexpected_value_names_column_value_line_and_count(tmp_path, column, value, expected):
    rows = participants({}, {column: value}, {}, {column: value})
    message = refused(tmp_path, csv_bytes(rows))
    assert f"column {column} has {value!r} at line 3 where" in message
    assert "2 such rows" in message
    assert message.endswith(".")
    assert re.search(expected, message)


READ = [
    *("state_exam", "school_type", "income_bracket", "is_trainee", "municipality"),
    *(f"presence_{area}" for area in AREAS),
    *(*AREAS, "REDACAO"),
]


def convert_some(tmp_path, rows, required=READ):
    path = write_zip(tmp_path / "enem.zip", csv_bytes(rows))
    parquet, report = tmp_path / "p.parquet", tmp_path / "r.json"
    made = convert_release(path, "2019", parquet, report, required=required)
    assert json.loads(report.read_text())["unknown_codes"] == made.unknown_codes
    return made, pd.read_parquet(parquet)


@pytest.mark.parametrize(
    ("column", "output", "value"),
    [
        ("TP_SEXO", "sex", "9"),
        ("TP_SEXO", "sex", "Feminino"),
        ("SG_UF_ESC", "state_school", "Acre"),
        ("TP_FAIXA_ETARIA", "age_band", "21"),
        ("TP_STATUS_REDACAO", "essay_status", "98"),
        ("TP_ST_CONCLUSAO", "completion", "é"),
    ],
)
def test_unknown_code_of_a_column_that_is_not_read_is_missing_and_counted(
    tmp_path, caplog, column, output, value
):
    rows = participants({}, {column: value}, {column: ""}, {column: value}, {})
    with caplog.at_level(logging.WARNING, logger="enem"):
        report, table = convert_some(tmp_path, rows)
    assert report.unknown_codes == {column: {value: 2}}
    assert table[output].isna().tolist() == [False, True, True, True, False]
    assert report.missing[output] == 3
    others = table.drop(columns=output)
    pd.testing.assert_frame_equal(
        others, convert_some(tmp_path, participants(*[{}] * 5))[1][others.columns]
    )
    assert f"{column} has values that are taken as missing: {value!r} (2 rows)" in caplog.text


def test_scores_and_numbers_that_are_not_read_are_missing_and_counted(tmp_path):
    changes = {"NU_NOTA_CN": "1e3", "CO_MUNICIPIO_ESC": "AC"}
    rows = participants({}, changes, {"NU_NOTA_CN": "1100.1", "CO_MUNICIPIO_ESC": "7"}, {})
    read = [name for name in READ if name not in ("CN", "municipality")]
    report, table = convert_some(tmp_path, rows, read)
    assert report.unknown_codes == {
        "NU_NOTA_CN": {"1e3": 1, "1100.1": 1},
        "CO_MUNICIPIO_ESC": {"AC": 1},
    }
    np.testing.assert_array_equal(table.CN, [433.9, np.nan, np.nan, 433.9])
    np.testing.assert_array_equal(table.municipality.to_numpy(float), [1200104, np.nan, 7, 1200104])
    assert str(pq.read_schema(tmp_path / "p.parquet").field("municipality").type) == "int32"


def test_counts_add_up_over_blocks_and_rare_codes_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_stream, "CHUNK", 500)
    rows = participants(*({"TP_SEXO": chr(97 + n % 26)} for n in range(60)), {"TP_SEXO": "zz"})
    codes = convert_some(tmp_path, rows)[0].unknown_codes["TP_SEXO"]
    assert sum(codes.values()) == 61
    assert codes["a"] == 3
    assert list(codes)[-1] == "others"


def test_a_column_of_two_outputs_refuses_for_the_one_that_is_read(tmp_path):
    row = {"NU_ANO": "2013", "Q035": "A", "Q003": "B", "TP_ST_CONCLUSAO": "9"}
    path = write_zip(
        tmp_path / "enem.zip", csv_bytes(participants(row)), "DADOS/MICRODADOS_ENEM_2013.csv"
    )
    made = tmp_path / "p.parquet", tmp_path / "r.json"
    report = convert_release(path, "2013", *made, required=["school_type"])
    assert report.unknown_codes == {"TP_ST_CONCLUSAO": {"9": 1}}
    assert pd.read_parquet(made[0])[["is_trainee", "completion"]].isna().all(axis=None)
    with pytest.raises(InputError, match="TP_ST_CONCLUSAO has '9' at line 2"):
        convert_release(path, "2013", *made, required=["is_trainee"])


def test_a_column_that_is_read_still_refuses(tmp_path):
    for change in ({"Q006": "Z"}, {"IN_TREINEIRO": "2"}, {"NU_NOTA_CN": "x"}, {"NU_ANO": "2018"}):
        ((column, value),) = change.items()
        with pytest.raises(InputError, match=f"column {column} has '{value}' at line 3 where"):
            convert_some(tmp_path, participants({}, change | {"TP_SEXO": "9"}))


def test_line_number_counts_the_lines_of_earlier_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_stream, "CHUNK", 500)
    rows = participants(*[{}] * 60, {"Q006": "Z"})
    csv = csv_bytes(rows).replace(b"\n", b"\n\n", 1)
    message = refused(tmp_path, csv)
    assert f"line {1 + 1 + 61} where" in message
    assert "1 such row in" in message


@pytest.mark.parametrize("fields", ["190001004627;2019", ";" * 40])
def test_ragged_line(tmp_path, fields):
    lines = csv_bytes(participants({}, {})).decode("latin-1").splitlines()
    lines.insert(2, fields)
    message = refused(tmp_path, "\n".join([*lines, ""]).encode("latin-1"))
    assert f"line 3 has {fields.count(';') + 1} fields where the header has 27" in message


def test_last_line_with_too_many_fields_is_an_error(tmp_path):
    message = refused(tmp_path, csv_bytes(participants({})) + b";" * 40)
    assert "line 3 has 41 fields" in message


def test_missing_column(tmp_path):
    rows = [
        {name: value for name, value in row.items() if name not in ("Q006", "TP_SEXO")}
        for row in participants({})
    ]
    message = refused(tmp_path, csv_bytes(rows))
    assert "needs the columns TP_SEXO, Q006, which its header of 25 columns lacks" in message


def test_file_of_2012_to_2014_without_q003_is_refused(tmp_path):
    csv = csv_bytes(participants({"NU_ANO": "2013", "Q035": "A"}))
    message = refused(tmp_path, csv, "2013", "DADOS/MICRODADOS_ENEM_2013.csv")
    assert "needs the column Q003" in message


def test_header_without_rows(tmp_path):
    header = csv_bytes(participants({})).splitlines(keepends=True)[0]
    assert "has a header and no rows" in refused(tmp_path, header)


def test_endless_line(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks_module, "LONGEST_LINE", 1000)
    message = refused(tmp_path, csv_bytes(participants({})) + b"x" * 2000)
    assert "line 3 is longer than 1,000 bytes" in message


def test_damage_at_the_end_of_the_zip_leaves_nothing_behind(tmp_path):
    path = write_zip(tmp_path / "enem.zip", csv_bytes(participants({})), method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"433.9", b"533.9"))
    with pytest.raises(InputError, match="CRC-32"):
        convert_release(path, "2019", tmp_path / "out" / "p.parquet", tmp_path / "out" / "r.json")
    assert list(tmp_path.glob("out/*")) == []


def test_an_error_keeps_an_earlier_table(tmp_path, convert_rows):
    before = convert_rows({}).parquet.read_bytes()
    with pytest.raises(InputError):
        convert_rows({"Q006": "Z"})
    assert (tmp_path / "made" / "participants.parquet").read_bytes() == before
