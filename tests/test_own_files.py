"""Small made files of the kinds that people have: other dialects, containers and faults."""

import csv
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from enem.config.source import check_source
from enem.convert import csv_stream, rewrite
from enem.convert.header import EARLIER_RELEASE
from enem.convert.release import convert_release
from enem.errors import InputError
from inep_zip import MEMBER, PARTICIPANT, csv_bytes, header_of, participants

CHANGES = ({"NO_MUNICIPIO_PROVA": "São João"}, {"Q006": "", "NU_NOTA_CN": "500"}, {"TP_SEXO": "M"})
NUMBERED = [change | {"NU_INSCRICAO": str(190001004627 + n)} for n, change in enumerate(CHANGES)]
ROWS = participants(*NUMBERED)
HEADER = list(PARTICIPANT)
PLAIN = csv_bytes(ROWS)


@pytest.fixture
def analyse(tmp_path):
    """Write a file, and find and convert it as the workflow does."""

    def run(content, name="microdados_enem_2019.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        found = check_source("2019", str(path), "exam", tmp_path / "raw")
        made = tmp_path / "p.parquet", tmp_path / "r.json"
        report = convert_release(Path(found), "2019", *made)
        assert json.loads(made[1].read_text())["delimiter"] == report.delimiter
        return report, pd.read_parquet(made[0])

    return run


@pytest.fixture
def refusal(analyse):
    def message(content, name="microdados_enem_2019.csv"):
        with pytest.raises(InputError) as caught:
            analyse(content, name)
        assert name in str(caught.value)
        return str(caught.value)

    return message


@pytest.fixture
def expected(analyse):
    return analyse(PLAIN)[1]


def written(rows=ROWS, encoding="latin-1", index=None, **options):
    """Write rows by Python's csv module, an index column in front where it has a name."""
    text = io.StringIO()
    writer = csv.writer(text, **({"lineterminator": "\n"} | options))
    names = [] if index is None else [index]
    writer.writerow([*names, *rows[0]])
    for number, row in enumerate(rows):
        writer.writerow([*([number] if names else []), *row.values()])
    return text.getvalue().encode(encoding)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


QUOTED = {"quoting": csv.QUOTE_ALL}
DIALECTS = {
    "comma": written(),
    "tab": written(delimiter="\t"),
    "bar": written(delimiter="|"),
    "quoted": written(delimiter=";", **QUOTED),
    "quoted comma": written(**QUOTED),
    "index of pandas": written(index=""),
    "index of pandas, named": written(index="Unnamed: 0", delimiter=";"),
    "index of R": written(index="", delimiter=";", quoting=csv.QUOTE_NONNUMERIC),
    "utf-8": written(delimiter=";", encoding="utf-8"),
    "utf-8 with a mark": written(delimiter=";", encoding="utf-8-sig"),
    "quoted utf-8 with a mark": written(encoding="utf-8-sig", **QUOTED),
    "utf-16": written(delimiter=";", encoding="utf-16"),
    "utf-16 without a mark": written(delimiter=";", encoding="utf-16-le"),
    "utf-16, big end first, tabs": written(delimiter="\t", encoding="utf-16-be"),
    "utf-32": written(delimiter=";", encoding="utf-32"),
    "carriage returns": written(delimiter=";", lineterminator="\r"),
    "windows": written(delimiter=";", lineterminator="\r\n"),
    "quoted windows": written(lineterminator="\r\n", **QUOTED),
    "quotes only where there is text": written(quoting=csv.QUOTE_NONNUMERIC, delimiter=";"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("ending", [b"", b"\x1a"])
def test_dialects_give_the_same_rows(analyse, expected, dialect, ending):
    content = DIALECTS[dialect]
    if ending and "utf-" in dialect and b"\0" in content:
        ending = ending.decode().encode("utf-32-le" if "32" in dialect else "utf-16-le")
        ending = ending[::-1] if "big end" in dialect else ending
    report, rows = analyse(content + ending)
    pd.testing.assert_frame_equal(rows, expected)
    assert report.inep_dialect == (dialect in ("index of pandas, named", "windows"))
    assert (report.cut_last_line, report.blank_lines) == (0, 0)
    assert report.registrations_checked


UNREAD = ["TP_COR_RACA", "TP_STATUS_REDACAO", "SG_UF_ESC", "TP_FAIXA_ETARIA", "NO_MUNICIPIO_PROVA"]


@pytest.mark.parametrize("written_by", [csv_bytes, lambda rows: written(rows, delimiter=",")])
def test_a_column_that_no_analysis_reads_may_be_absent(tmp_path, expected, written_by):
    path = tmp_path / "kept.csv"
    path.write_bytes(written_by([{k: v for k, v in r.items() if k not in UNREAD} for r in ROWS]))
    lost = ["race", "essay_status", "state_school", "age_band", "municipality_exam"]
    read = [name for name in expected if name not in lost]
    found = check_source("2019", str(path), "exam", tmp_path / "raw", required=read)
    made = tmp_path / "kept.parquet", tmp_path / "kept.json"
    report = convert_release(Path(found), "2019", *made, required=read)
    pd.testing.assert_frame_equal(pd.read_parquet(made[0])[read], expected[read])
    assert set(UNREAD[:-1]) <= set(report.columns_absent)
    with pytest.raises(InputError, match="needs the column TP_COR_RACA, which"):
        check_source("2019", str(path), "exam", tmp_path / "raw", required=[*read, "race"])


def test_the_record_describes_the_dialect(analyse, caplog):
    report, _ = analyse(DIALECTS["quoted utf-8 with a mark"])
    assert (report.delimiter, report.quoted, report.encoding) == (",", True, "utf-8")
    assert "is not in INEP's dialect (delimiter ',', quoted, utf-8)" in caplog.text


def test_blocks_of_rewritten_rows_keep_line_numbers(analyse, refusal, monkeypatch):
    monkeypatch.setattr(rewrite, "ROWS_PER_BLOCK", 7)
    many = participants(*({"NU_INSCRICAO": str(n)} for n in range(40)))
    assert analyse(written(many))[0].rows == 40
    # a field over two lines, in a column that is not read
    many[11]["TP_ESCOLA"] = "a\nb;c"
    assert len(analyse(written(many, **QUOTED))[1]) == 40
    many[30]["Q006"] = "Z"
    assert "column Q006 has 'Z' at line 33 where" in refusal(written(many, **QUOTED))


def test_blank_and_cut_lines_of_a_rewritten_file_are_counted(analyse, refusal):
    lines = written().split(b"\n")
    report, rows = analyse(b"\n".join([*lines[:2], b"", *lines[2:]]))
    assert (report.blank_lines, len(rows)) == (1, 3)
    report, rows = analyse(written()[:-20])
    assert (report.cut_last_line, len(rows)) == (1, 2)
    assert "unexpected end of data" in refusal(written(**QUOTED)[:-20])


def test_names_in_two_encodings_are_refused(refusal, monkeypatch):
    monkeypatch.setattr(csv_stream, "CHUNK", 300)
    other = csv_bytes(ROWS).decode("latin-1").encode().partition(b"\n")[2]
    assert "in Latin-1 in some lines and in UTF-8 in others" in refusal(PLAIN + other)


# What holds the table


HOLDERS = [
    ("microdados_enem_2019.csv.gz", lambda: gzip.compress(PLAIN)),
    ("dados.csv", lambda: PLAIN),
    ("dados.zip", lambda: zipped({"DADOS\\MICRODADOS_ENEM_2019.csv": PLAIN})),
    ("dados.zip", lambda: zipped({"ITENS_PROVA_2019.csv": "CO_POSICAO;X\n", "TUDO.TXT": PLAIN})),
    ("dados.zip", lambda: zipped({"RESULTADOS_2019.csv": written(), "LEIA-ME.pdf": b"%PDF"})),
    ("dados.zip", lambda: zipped({MEMBER: PLAIN, "__MACOSX/._MICRODADOS_ENEM_2019.csv": b"\0"})),
    ("dados.zip", lambda: zipped({MEMBER: PLAIN, "DADOS/outra.csv": PLAIN})),
    ("dados.csv", lambda: zipped({MEMBER: PLAIN})),
]


@pytest.mark.parametrize(("name", "made"), HOLDERS)
def test_the_table_is_found_in_what_holds_it(analyse, expected, name, made):
    content = made()
    report, rows = analyse(content, name)
    pd.testing.assert_frame_equal(rows, expected)
    assert report.inep_dialect == (b"RESULTADOS" not in content)
    assert report.zip_bytes == len(content)


def locked():
    """Mark the one member of a zip as encrypted."""
    content = bytearray(zipped({MEMBER: PLAIN}, zipfile.ZIP_STORED))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def tar_gz():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo(MEMBER)
        entry.size = len(PLAIN)
        archive.addfile(entry, io.BytesIO(PLAIN))
    return buffer.getvalue()


REFUSED = [
    ("is empty (0 bytes)", lambda: b""),
    ("is '', a blank", lambda: b"\n\n"),
    ("an HTML page titled 'Erro 404'", lambda: b"<html><title>Erro 404</title></html>"),
    ("is a 7z archive", lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 99),
    ("is a RAR archive", lambda: b"Rar!\x1a\x07\x01\x00"),
    ("is compressed by bzip2", lambda: b"BZh91AY"),
    ("is an Excel workbook (.xls)", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("is an Excel workbook", lambda: zipped({"xl/workbook.xml": "<x/>"})),
    ("is an OpenDocument spreadsheet", lambda: zipped({"mimetype": "", "content.xml": "<x/>"})),
    ("is a Parquet file", lambda: b"PAR1" + b"\0" * 50),
    ("(within its gzip) is an R data file", lambda: gzip.compress(b"RDX3\nX\n")),
    ("(within its gzip) is empty", lambda: gzip.compress(b"")),
    ("is a tar archive", lambda: tar_gz()),
    ("is a zip inside another file", lambda: gzip.compress(zipped({MEMBER: PLAIN}))),
    ("is damaged or cut short", lambda: gzip.compress(PLAIN * 50)[:-20]),
    ("is not a whole one", lambda: zipped({MEMBER: PLAIN})[:-30]),
    (
        "unzip it and give micro",
        lambda: zipped({"microdados_enem_2019.zip": zipped({MEMBER: PLAIN})}),
    ),
    (
        "unzip it and give MICRO",
        lambda: zipped({"MICRODADOS_ENEM_2019.csv.gz": gzip.compress(PLAIN)}),
    ),
    (
        "no table of part",
        lambda: zipped({"DADOS/ITENS_PROVA_2019.csv": "CO_POSICAO;SG_AREA\n1;LC\n"}),
    ),
    (
        "a table of edition 2019's scores more than once (AC.csv, RS.csv)",
        lambda: zipped({"AC.csv": PLAIN, "RS.csv": PLAIN}),
    ),
    ("seems to be the 2018 edition", lambda: zipped({"MICRODADOS_ENEM_2018.csv": PLAIN})),
    ("compressed by LZMA", lambda: zipped({MEMBER: PLAIN}, zipfile.ZIP_LZMA)),
    ("compressed by BZip2", lambda: zipped({"tudo.csv": PLAIN}, zipfile.ZIP_BZIP2)),
    ("is protected by a password", lambda: locked()),
]


@pytest.mark.parametrize(("said", "made"), REFUSED, ids=[said for said, _ in REFUSED])
def test_what_holds_no_table_that_can_be_read_is_named(refusal, said, made):
    assert said in refusal(made(), "microdados_enem_2019.zip")


# Headers


def renamed(changes):
    rows = [{changes.get(name, name): value for name, value in row.items()} for row in ROWS]
    return csv_bytes(rows)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"CO_POSICAO;SG_AREA;CO_ITEM\n1;LC;3\n", "'CO_POSICAO;SG_AREA;CO_ITEM', which has none"),
        (b"sep=;\n" + PLAIN, "is 'sep=;', which is a note to Excel"),
        (b"200000000001 2010 SP\n", "is an earlier release of INEP's"),
        (renamed({"TP_PRESENCA_CN": "IN_PRESENCA_CN"}), "is an earlier release of INEP's"),
        (
            renamed({"NU_INSCRICAO": "NU_SEQUENCIAL"}),
            "is one of the two tables that INEP publishes of the editions from",
        ),
        (renamed({name: name.lower() for name in HEADER}), "names in lower case ('nu_ano'"),
        (renamed({name: f" {name}" for name in HEADER}), "written in another way (' NU_ANO'"),
        (renamed({"Q006": "Q6", "TP_SEXO": "SEXO"}), "needs the columns TP_SEXO, Q006, which"),
        (renamed({"TP_FAIXA_ETARIA": "IDADE"}), "needs the column TP_FAIXA_ETARIA, which"),
        (PLAIN.replace(b"TP_ESCOLA", b"TP_SEXO"), "has the column TP_SEXO more than once"),
    ],
)
def test_headers_are_refused_by_what_they_are(refusal, content, said):
    assert said in refusal(content)


def test_no_harmonised_file_has_a_column_of_the_earlier_releases(shared_microdata):
    for year in range(2009, 2024):
        path = shared_microdata / "first_rows" / f"microdados_enem_{year}.zip"
        assert not EARLIER_RELEASE & {*header_of(path, str(year))}


# Rows


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"TP_DEPENDENCIA_ADM_ESC": "NA"}, "blanks were written as NA"),
        ({"IN_TREINEIRO": "nan"}, "blanks were written as nan"),
        ({"Q006": "NULL"}, "blanks were written as NULL"),
        ({"TP_PRESENCA_MT": "1.0"}, "whole numbers were written with decimals"),
        ({"NU_ANO": "2019.0"}, "whole numbers were written with decimals"),
        ({"SG_UF_PROVA": "  "}, "blanks were written as spaces"),
        ({"SG_UF_PROVA": "AC "}, "fields were padded with spaces"),
        ({"NU_NOTA_MT": "512,3"}, "decimals were written with a comma"),
        ({"CO_MUNICIPIO_ESC": "1.200.104"}, "thousands were separated"),
        ({"CO_MUNICIPIO_ESC": "1,200104E+06"}, "rounded to scientific notation"),
        ({"TP_DEPENDENCIA_ADM_ESC": "Estadual"}, "codes were replaced by words"),
        ({"TP_COR_RACA": "'3'"}, "fields were put in quotes in some lines only"),
        ({"Q006": "b"}, "codes were written in lower case"),
        ({"NU_NOTA_MT": "5123"}, "decimal points were lost"),
    ],
)
def test_the_traces_of_other_programs_are_named(refusal, changes, said):
    ((column, value),) = changes.items()
    message = refusal(csv_bytes(participants({}, changes)))
    assert f"column {column} has {value!r} at line 3 where" in message
    assert said in message
    assert "saved again by another program; give the zip as INEP publishes it" in message


def test_a_header_in_the_middle_is_refused(refusal):
    assert "line 5 is a header in the middle of the rows" in refusal(PLAIN + PLAIN)
    quoted = DIALECTS["quoted comma"]
    assert "line 5 is a header in the middle of the rows" in refusal(quoted + quoted)


@pytest.mark.parametrize("dialect", ["comma", "quoted comma"])
def test_a_nul_is_refused_wherever_it_is(refusal, dialect):
    for column in ("TP_ESCOLA", "NU_NOTA_MT", "NO_MUNICIPIO_PROVA"):
        rows = participants({}, {column: "\0"})
        for content in (
            csv_bytes(rows),
            DIALECTS[dialect].partition(b"\n")[0]
            + b"\n"
            + written(
                rows, quoting=csv.QUOTE_ALL if "quoted" in dialect else csv.QUOTE_MINIMAL
            ).partition(b"\n")[2],
        ):
            assert f"column {column} has '\\x00' at line 3, with a NUL" in refusal(content)


def test_rows_of_one_field_more_are_explained(refusal):
    lines = PLAIN.decode("latin-1").splitlines()
    named = [lines[0], *(f"{n};{line}" for n, line in enumerate(lines[1:]))]
    assert "R named the rows" in refusal("\n".join([*named, ""]).encode("latin-1"))
    ended = [lines[0], *(f"{line};" for line in lines[1:])]
    assert "a delimiter ends each of them" in refusal("\n".join([*ended, ""]).encode("latin-1"))


# Registration numbers


def test_registration_numbers_that_repeat_are_counted_across_blocks(refusal, monkeypatch):
    monkeypatch.setattr(csv_stream, "CHUNK", 2000)
    numbers = [*range(100), 7, 50, 7]
    content = csv_bytes(participants(*({"NU_INSCRICAO": str(n)} for n in numbers)))
    said = "2 registration numbers (NU_INSCRICAO) appear more than once, in 5 rows, first in data"
    assert f"{said} rows 8 and 101" in refusal(content)
    assert said in refusal(content.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("mask", ["", "***", "0", "1.9E+11", "1,90001E+11"])
def test_masked_registration_numbers_are_not_checked_and_the_record_says_so(analyse, caplog, mask):
    report, rows = analyse(csv_bytes(participants(*[{"NU_INSCRICAO": mask}] * 4)))
    assert (len(rows), report.registrations_checked) == (4, False)
    assert "rows that are there twice would not be noticed" in caplog.text


def test_a_file_without_registration_numbers_is_read(analyse):
    rows = [{k: v for k, v in row.items() if k != "NU_INSCRICAO"} for row in ROWS]
    assert not analyse(csv_bytes(rows))[0].registrations_checked


def test_registration_numbers_of_any_text_are_told_apart(analyse, refusal):
    texts = ["a" * 40, "a" * 39 + "b", "190001004627.0", "", ""]
    assert analyse(csv_bytes(participants(*({"NU_INSCRICAO": t} for t in texts))))[0].rows == 5
    again = participants(*({"NU_INSCRICAO": t} for t in [*texts, "a" * 40]))
    assert "first in data rows 1 and 6" in refusal(csv_bytes(again))
