"""Which file a folder or a path stands for, and what is recorded of it."""

import hashlib
import json

import pytest

from enem.errors import InputError
from enem.retrieve.local import find_local, locate
from enem.retrieve.release import retrieve_release
from inep_zip import csv_bytes, participants, write_zip

CSV = csv_bytes(participants({}))


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CSV)


@pytest.mark.parametrize(
    "name",
    [
        "microdados_enem_2019.zip",
        "MICRODADOS_ENEM_2019.ZIP",
        "microdados_enem_2019 (1).zip",
        "microdados_enem_2019(2).zip",
        "microdados_enem_2019 - Copia.zip",
        "microdados_enem_2019 - C\u00f3pia (2).zip",
        "microdados_enem_2019 - Co\u0301pia.zip",
        "microdados_enem_2019 copy.zip",
        "microdados_enem2019.zip",
        "Microdados Enem 2019.zip",
        "microdados-enem-2019.zip",
        "enem_2019.csv",
        "microdados_2019.csv.gz",
        "MICRODADOS_ENEM_2019.csv",
        "microdados_enem_2019.CSV.GZ",
        "DADOS/MICRODADOS_ENEM_2019.csv",
        "Microdados Enem 2019/DADOS/MICRODADOS_ENEM_2019.csv",
        "microdados_enem_2019/microdados_enem_2019/DADOS/MICRODADOS_ENEM_2019.csv",
        "DADOS_ENEM_2019.txt",
    ],
)
def test_usual_names_are_found_wherever_they_lie(tmp_path, name):
    put(
        tmp_path,
        name,
        "microdados_enem_2018.zip",
        "microdados_enem_20190.zip",
        "DADOS/ITENS_PROVA_2019.csv",
        "Dicion\u00e1rio_Microdados_Enem_2019.xlsx",
        "INPUT_R_MICRODADOS_ENEM_2019.R",
        "microdados_enem_2019_AC.csv",
        "microdados_enem_2019.parquet",
        "microdados_enem_2019.zip.part",
        ".Trash/microdados_enem_2019.zip",
        "a/b/c/d/microdados_enem_2019.zip",
    )
    assert locate(str(tmp_path), "2019") == (tmp_path / name).resolve()


def test_what_lies_above_goes_before_what_was_unpacked_from_it(tmp_path):
    put(tmp_path, "microdados_enem_2019.zip", "microdados_enem_2019/DADOS/MICRODADOS_ENEM_2019.csv")
    assert locate(str(tmp_path), "2019").name == "microdados_enem_2019.zip"


def test_two_candidates_are_named_and_none_is_taken(tmp_path):
    put(tmp_path, "in/microdados_enem_2019.zip", "in/microdados_enem_2019 (1).zip")
    with pytest.raises(InputError, match=r"more than one .*: in.microdados_enem_2019 \(1\)\.zip, "):
        locate(str(tmp_path), "2019")


def test_a_link_and_its_target_are_one_file(tmp_path):
    put(tmp_path, "microdados_enem_2019.zip")
    (tmp_path / "MICRODADOS_ENEM_2019.zip").symlink_to(tmp_path / "microdados_enem_2019.zip")
    assert locate(str(tmp_path), "2019") == (tmp_path / "microdados_enem_2019.zip").resolve()


def test_a_folder_without_the_table_lists_the_files_in_it(tmp_path):
    put(tmp_path, "DADOS/ITENS_PROVA_2019.csv", "PROVAS/azul.pdf")
    with pytest.raises(InputError, match=r"it holds DADOS.ITENS_PROVA_2019\.csv, PROVAS.azul\.pdf"):
        locate(str(tmp_path), "2019")


def test_a_file_of_any_name_and_form_is_taken_where_it_is_named(tmp_path):
    put(tmp_path, "meus dados.dat")
    assert find_local(str(tmp_path / "meus dados.dat"), "2019").name == "meus dados.dat"
    (tmp_path / "x.7z").write_bytes(b"7z\xbc\xaf\x27\x1c...")
    with pytest.raises(InputError, match=r"x\.7z is a 7z archive"):
        find_local(str(tmp_path / "x.7z"), "2019")


@pytest.mark.parametrize("name", ["MICRODADOS_ENEM_2019.csv", "microdados_enem_2019.zip"])
def test_a_csv_is_linked_and_recorded_as_a_zip_is(tmp_path, name):
    path = tmp_path / "mine" / name
    put(tmp_path / "mine", name)
    if name.endswith(".zip"):
        write_zip(path, CSV)
    link, record = tmp_path / "local" / "file", tmp_path / "local" / "file.json"
    retrieve_release("2019", str(path), {}, link, record, ca_bundle=None, retries=0, timeout=1.0)
    assert link.resolve() == path.resolve()
    found = json.loads(record.read_text())
    assert found["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found["bytes"], found["pinned"]) == (path.stat().st_size, False)
