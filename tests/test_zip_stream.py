import hashlib
import struct
import threading
import zipfile
import zlib

import pytest

from enem.convert.csv_stream import open_csv
from enem.convert.header import layout_of
from enem.errors import InputError
from inep_zip import MEMBER, csv_bytes, header_of, participants, write_zip

MANY = csv_bytes(participants(*[{"NU_INSCRICAO": str(n)} for n in range(150_000)]))


@pytest.fixture
def inflaters():
    """Threads alive after a test that were not there before it."""
    before = set(threading.enumerate())
    yield lambda: set(threading.enumerate()) - before
    assert set(threading.enumerate()) <= before


@pytest.fixture(scope="module")
def large_zip(tmp_path_factory):
    return write_zip(tmp_path_factory.mktemp("large") / "enem.zip", MANY)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_bytes_are_those_of_the_member(tmp_path, method, inflaters):
    path = write_zip(tmp_path / "enem.zip", MANY, method=method)
    with open_csv(path, "2019") as member:
        assert hashlib.file_digest(member, "sha256").digest() == hashlib.sha256(MANY).digest()
    assert not inflaters()


def test_reads_in_any_size_and_then_in_chunks(large_zip):
    with open_csv(large_zip, "2019") as member:
        start = b"".join(member.read(size) for size in (1, 10, 1000))
        assert start + b"".join(member.chunks()) == MANY


@pytest.mark.parametrize(
    "name",
    [
        "DADOS/microdados_enem_2019.csv",
        "microdados_enem_2019/DADOS/MICRODADOS_ENEM_2019.csv",
        "Microdados Enem 2019/DADOS/MICRODADOS_ENEM_2019.CSV",
        "MICRODADOS_ENEM_2019.csv",
    ],
)
def test_member_is_matched_by_base_name_whatever_its_case(tmp_path, name):
    csv = csv_bytes(participants({}))
    path = write_zip(tmp_path / "enem.zip", csv, member=name)
    assert open_and_read(path) == csv


def test_zip64_and_data_descriptor(tmp_path):
    path = tmp_path / "enem.zip"
    csv = csv_bytes(participants({}, {}))
    with path.open("wb") as file, zipfile.ZipFile(Unseekable(file), "w") as archive:
        entry = zipfile.ZipInfo(MEMBER)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as member:
            member.write(csv)
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo(MEMBER).flag_bits & 0x8
    assert open_and_read(path) == csv


class Unseekable:
    def __init__(self, file):
        self.write, self.flush = file.write, file.flush


def open_and_read(path, edition="2019"):
    with open_csv(path, edition) as member:
        return member.read()


def test_thread_ends_when_closed_early(large_zip, inflaters):
    member = open_csv(large_zip, "2019")
    member.read(10)
    assert inflaters()
    member.close()
    assert not inflaters()


def test_header_is_read_cheaply(large_zip, inflaters):
    assert header_of(large_zip, "2019")[:3] == ["NU_INSCRICAO", "NU_ANO", "TP_FAIXA_ETARIA"]
    assert not inflaters()


def test_layouts(shared_microdata):
    def layout(path, edition):
        return layout_of(header_of(shared_microdata / path, edition))

    assert layout("microdados_enem_2019_AC.zip", "2019") == "first_release"
    assert layout("microdados_enem_2017_RS_sample.zip", "2017") == "first_release"
    for year in range(2009, 2024):
        assert layout(f"first_rows/microdados_enem_{year}.zip", str(year)) == "lgpd"


def test_unknown_layout():
    assert layout_of(["NU_INSCRICAO", "IDADE"]) is None


def test_crc_mismatch(tmp_path, inflaters):
    path = write_zip(tmp_path / "enem.zip", csv_bytes(participants({})), method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"433.9", b"733.9"))
    with pytest.raises(
        InputError, match=r"enem\.zip is damaged.*expected \w{8} as CRC-32, found \w{8}\. Download"
    ):
        open_and_read(path)
    assert not inflaters()


def test_size_mismatch(tmp_path):
    path = write_zip(tmp_path / "enem.zip", csv_bytes(participants({})))
    size = len(csv_bytes(participants({})))
    content = path.read_bytes()
    place = content.rindex(struct.pack("<L", size))
    path.write_bytes(content[:place] + struct.pack("<L", size + 1) + content[place + 4 :])
    with pytest.raises(InputError, match=rf"expected {size + 1} bytes, found {size}\. Download"):
        open_and_read(path)


def test_crc_mismatch_of_a_deflated_member(tmp_path, inflaters):
    csv = csv_bytes(participants({}))
    path = write_zip(tmp_path / "enem.zip", csv)
    crc = zlib.crc32(csv)
    directory_crc = struct.pack("<L", crc)
    content = path.read_bytes()
    place = content.rindex(directory_crc)
    path.write_bytes(content[:place] + struct.pack("<L", crc ^ 1) + content[place + 4 :])
    message = rf"expected {crc ^ 1:08x} as CRC-32, found {crc:08x}\. Download"
    with pytest.raises(InputError, match=message):
        open_and_read(path)
    assert not inflaters()


def test_damaged_deflate_stream(large_zip, tmp_path, inflaters):
    content = bytearray(large_zip.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = b"\xff" * 2000
    path = tmp_path / "enem.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged or cut short.*Download the zip again"):
        open_and_read(path)
    assert not inflaters()


def test_zip_cut_short(large_zip, tmp_path):
    path = tmp_path / "enem.zip"
    path.write_bytes(large_zip.read_bytes()[:50_000])
    with pytest.raises(InputError, match=r"not a whole one.*50,000 bytes found.*Download it again"):
        open_csv(path, "2019")


def test_member_beyond_the_end_of_the_file(large_zip, tmp_path):
    content = large_zip.read_bytes()
    with zipfile.ZipFile(large_zip) as archive:
        cut = archive.getinfo(MEMBER).compress_size // 2
        end = archive.start_dir
    path = tmp_path / "enem.zip"
    directory = content[end:-22]
    ending = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(directory), end - cut, 0)
    path.write_bytes(content[: end - cut] + directory + ending)
    with pytest.raises(InputError, match="would end outside the file"):
        open_and_read(path)


def test_web_page_saved_as_zip(tmp_path):
    path = tmp_path / "enem.zip"
    path.write_text("<!DOCTYPE html><html><title>404</title></html>")
    with pytest.raises(InputError, match="not a zip but an HTML page titled '404'"):
        open_csv(path, "2019")


def test_something_else_saved_as_zip(tmp_path):
    path = tmp_path / "enem.zip"
    path.write_bytes(b"Rar!\x1a\x07")
    with pytest.raises(InputError, match=r"is a RAR archive.*Unpack it and name the CSV"):
        open_csv(path, "2019")


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match=r"There is no file .*absent\.zip"):
        open_csv(tmp_path / "absent.zip", "2019")


def test_another_editions_zip(tmp_path):
    path = write_zip(tmp_path / "enem.zip", b"", member="DADOS/MICRODADOS_ENEM_2018.csv")
    message = r"no MICRODADOS_ENEM_2019\.csv.*DADOS/ITENS_PROVA_2019\.csv.*seems to be the 2018 ed"
    with pytest.raises(InputError, match=message):
        open_csv(path, "2019")


def test_zip_of_2024_is_another_editions_or_read_by_its_table_of_scores(shared_microdata):
    path = shared_microdata / "first_rows" / "microdados_enem_2024.zip"
    with pytest.raises(InputError, match=r"PARTICIPANTES_2024\.csv.*seems to be the 2024 edition"):
        open_csv(path, "2023")
    with open_csv(path, "2024") as stream:
        assert stream.file.name.endswith("DADOS/RESULTADOS_2024.csv")


def test_zip_of_2004_is_refused_with_its_reason(shared_microdata):
    path = shared_microdata / "first_rows" / "microdados_enem_2004.zip"
    with pytest.raises(InputError, match="one objective score from 0 to 100"):
        open_csv(path, "2004")


def test_member_twice(tmp_path):
    path = write_zip(tmp_path / "enem.zip", b"")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("copy/microdados_enem_2019.csv", b"")
    with pytest.raises(InputError, match="more than once"):
        open_csv(path, "2019")


def test_unreadable_compression(tmp_path):
    path = write_zip(tmp_path / "enem.zip", b"x" * 100, method=zipfile.ZIP_BZIP2)
    with pytest.raises(InputError, match=r"compressed by BZip2.*unzip it and give the CSV"):
        open_csv(path, "2019")
