"""Files that people really have, each with one property, read or refused by its cause.

They lie beside a developer's checkout, never inside it; small made ones of the same kinds are in
test_own_files.py.
"""

import re
from pathlib import Path

import pandas as pd
import pytest

from conftest import REPOSITORY
from enem.config.source import check_source
from enem.convert.release import convert_release
from enem.errors import InputError
from enem.names import AREAS, ESSAY

TRIALS = REPOSITORY.parent / "shared" / "trials"
READ = [
    *("state_exam", "is_trainee", "school_type", "income_bracket", "municipality", "school"),
    *(f"presence_{area}" for area in AREAS),
    *(*AREAS, ESSAY),
]
"""What the default analysis reads."""

PLAIN = {"inep_dialect": True, "delimiter": ";", "quoted": False, "encoding": "latin-1"}


@pytest.fixture
def trial():
    if not TRIALS.is_dir():
        pytest.skip("files that people have are not beside this checkout (../shared/trials)")
    return lambda name: TRIALS / name


@pytest.fixture
def analyse(trial, tmp_path):
    """Find and convert a trial as the workflow does."""

    def run(name, edition="2019"):
        where = (edition, str(trial(name)), "exam", tmp_path / "raw")
        found = check_source(*where, required=READ)
        made = tmp_path / "p.parquet", tmp_path / "r.json"
        return convert_release(Path(found), edition, *made, required=READ), pd.read_parquet(made[0])

    return run


@pytest.fixture
def expected(trial):
    return pd.read_csv(
        trial("MICRODADOS_ENEM_2019.csv"),
        sep=";",
        encoding="latin-1",
        dtype=str,
        keep_default_na=False,
    )


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("MICRODADOS_ENEM_2019.csv", {}),
        ("plain.csv.gz", {}),
        ("", {}),
        ("backslash.zip", {}),
        ("ctrl_z.zip", {}),
        ("comma.zip", {"inep_dialect": False, "delimiter": ","}),
        ("tabs.zip", {"inep_dialect": False, "delimiter": "\t"}),
        ("quoted.zip", {"inep_dialect": False, "quoted": True}),
        ("utf8.zip", {"inep_dialect": False, "encoding": "utf-8"}),
        ("bom.zip", {"inep_dialect": False, "encoding": "utf-8"}),
        ("utf16.zip", {"inep_dialect": False, "encoding": "utf-16"}),
    ],
)
def test_read_as_the_plain_file_is(analyse, expected, caplog, name, differs):
    report, rows = analyse(name)
    assert (report.rows, report.blank_lines, report.cut_last_line) == (1000, 0, 0)
    assert {key: getattr(report, key) for key in PLAIN} == PLAIN | differs
    assert ("is not in INEP's dialect" in caplog.text) == bool(differs)
    assert rows.municipality_exam.tolist() == expected.NO_MUNICIPIO_PROVA.tolist()
    assert rows.income_bracket.astype(str).tolist() == expected.Q006.tolist()
    for column, source in (("MT", "NU_NOTA_MT"), ("municipality", "CO_MUNICIPIO_ESC")):
        pd.testing.assert_series_equal(
            rows[column].astype(float), pd.to_numeric(expected[source]), check_names=False
        )


def test_codes_of_ineps_own_dictionaries(analyse, trial):
    for name, edition, column, code in (
        ("q027_f_2018.zip", "2018", "Q027", "F"),
        ("status98_2015.zip", "2015", "TP_STATUS_REDACAO", "98"),
    ):
        raw = pd.read_csv(trial(name), sep=";", encoding="latin-1", dtype=str)
        assert code in set(raw[column])
        report, rows = analyse(name, edition)
        assert report.unknown_codes == {}
        assert len(rows) == len(raw)


def test_a_table_under_another_name_is_found_by_its_header(analyse):
    report, rows = analyse("resultados_2022.zip", "2022")
    assert report.member == "RESULTADOS_2022.csv"
    assert len(rows) == 1000


@pytest.mark.parametrize(
    ("name", "edition", "said"),
    [
        ("header_midway.zip", "2019", r"line 502 is a header in the middle.*joined from pieces"),
        ("duplicated_rows.zip", "2019", r"1,000 registration numbers.*appear more than once, in 2"),
        ("dup_conflict_lf.zip", "2019", r"has the column NU_NOTA_MT more than once"),
        ("v_nul_code.zip", "2019", r"column TP_SEXO has '\\x00' at line 6, with a NUL character"),
        ("na_literal.zip", "2019", r"has 'NA' at line 2 where.*written as NA.*saved again"),
        ("float_codes.zip", "2019", r"has '2.0' at line 16 where.*with decimals.*saved again"),
        ("padded.zip", "2019", r"has ' ' at line 2 where.*written as spaces.*saved again"),
        (
            "subset_cols.zip",
            "2019",
            r"needs the column CO_MUNICIPIO_ESC, which.*TP_SEXO, .*which are not read",
        ),
        ("lower_header.zip", "2019", r"names in lower case \('nu_ano' for NU_ANO\)"),
        ("old2010txt.zip", "2010", r"earlier release of INEP's.*microdados_enem_2010\.zip"),
        ("old2012.zip", "2012", r"earlier release of INEP's.*microdados_enem_2012\.zip"),
        ("old2014.zip", "2014", r"earlier release of INEP's.*microdados_enem_2014\.zip"),
        ("deflate64.zip", "2019", r"by Deflate64.*unzip it and give the CSV"),
        ("rar.zip", "2019", r"is a RAR archive.*Unpack it"),
        ("microdados_enem_2019.parquet", "2019", r"is a Parquet file.*Name the file that it was"),
    ],
)
def test_refused_by_its_cause(analyse, name, edition, said):
    with pytest.raises(InputError) as caught:
        analyse(name, edition)
    message = str(caught.value)
    assert name in message
    assert re.search(said, message), message
    assert len(message) < 600
