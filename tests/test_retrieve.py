import io
import json
import logging
import os
import re
import shutil
import socket
import zipfile
from pathlib import Path

import pytest
import requests

from enem.retrieve import progress as progress_module
from enem.retrieve.formats import file_facts
from enem.retrieve.local import find_local, link_or_copy
from enem.retrieve.release import retrieve_release
from enem.retrieve.sources import Source, load_sources
from enem.retrieve.verify import check_sha256, check_zip
from inep_site import (
    BODY,
    NAME,
    SHA256,
    Site,
    assert_two_ways_on,
    closed_port,
    make_zip,
    names,
    refused,
)

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = (
    "<!DOCTYPE html><html><head><title>P\u00e1gina n\u00e3o encontrada &mdash; "
    "Instituto Nacional de Estudos e Pesquisas Educacionais</title></head><body></body></html>"
)


# The table of sources


def test_tracked_table_has_every_edition_and_only_stated_figures():
    sources = load_sources(REPOSITORY / "data" / "sources.csv")
    assert list(sources) == [str(year) for year in range(1998, 2026)]
    for edition, source in sources.items():
        assert source.edition == edition
        assert source.url == (
            f"https://download.inep.gov.br/microdados/microdados_enem_{edition}.zip"
        )
    assert sources["2023"].bytes == 549_511_687
    assert sources["2017"].rows == 6_731_341
    assert "first release" in sources["2017"].note
    assert sources["2009"] == Source("2009", sources["2009"].url)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("17,https://x/y.zip,,,,", "line 2: edition is '17'; write a year of four digits"),
        ("2017,x/y.zip,,,,", "url is 'x/y.zip'; write an address"),
        ("2017,https://x/y.zip,1.5e8,,,", "bytes is '1.5e8'; write a whole number"),
        ("2017,https://x/y.zip,,ABC,,", "sha256 is 'ABC'; write 64 lower-case"),
        ('2017,https://x/y.zip,,,"1,000",', "rows is '1,000'; write a whole number"),
        ("2017,https://x/y.zip,,,,a,b", "does not have 6 fields"),
        ("2017,https://x/y.zip", "does not have 6 fields"),
        ("2017,https://x/y.zip,,,,\n2017,https://x/y.zip,,,,", "line 3: edition 2017 has a row"),
    ],
)
def test_malformed_row_is_named_by_line_and_column(tmp_path, line, expected):
    table = tmp_path / "sources.csv"
    table.write_text(f"edition,url,bytes,sha256,rows,note\n{line}\n")
    assert expected in refused(load_sources, table)


def test_missing_table_and_foreign_header(tmp_path):
    table = tmp_path / "sources.csv"
    assert f"{table} does not exist" in refused(load_sources, table)
    table.write_text("year,url\n")
    assert "'year,url'; it must be 'edition,url,bytes" in refused(load_sources, table)


# Verification of a zip


def test_whole_zip_gives_its_checksum_and_size(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(BODY)
    assert file_facts(path) == {"sha256": SHA256, "bytes": len(BODY)}
    check_sha256(SHA256, SHA256, NAME)


def test_other_checksum_names_both_and_the_remedy():
    message = refused(check_sha256, SHA256, "0" * 64, NAME)
    assert SHA256 in message
    assert "0" * 64 in message
    assert "write its sha256 into that table" in message
    assert "--config source=" in message


def empty_archive() -> bytes:
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    return buffer.getvalue()


def grown_member() -> bytes:
    # The directory of a zip whose member claims more bytes than the file has.
    body = bytearray(BODY)
    entry = body.rindex(b"PK\x01\x02")
    body[entry + 20 : entry + 24] = (10_000_000).to_bytes(4, "little")
    return bytes(body)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty (0 bytes)"),
        (PAGE.encode(), "HTML page titled 'P\u00e1gina n\u00e3o encontrada \u2014 Instituto"),
        (PAGE.encode("latin-1"), "HTML page titled 'P\u00e1gina n\u00e3o encontrada"),
        (b"\r\n<html><body>x</body></html>", "HTML page without a title"),
        (b"Rar!\x1a\x07", "it begins with b'Rar!\\x1a\\x07' instead of b'PK'"),
        (BODY[:250_000], "central directory is missing or damaged (250,000 bytes found)"),
        (BODY[:-30], f"central directory is missing or damaged ({len(BODY) - 30:,} bytes"),
        (BODY[:5_000] + BODY[9_000:], "LEIA-ME.txt would begin outside the file"),
        (BODY[:50] + b"junk" + BODY[50:], "LEIA-ME.txt is not where the directory says"),
        (grown_member(), "DADOS/MICRODADOS_ENEM_2017.csv would end outside the file"),
        (empty_archive(), "it holds no file"),
    ],
)
def test_what_is_no_whole_zip_is_described(tmp_path, content, expected):
    path = tmp_path / NAME
    path.write_bytes(content)
    message = refused(check_zip, path, str(path))
    assert str(path) in message
    assert expected in message
    assert "Download it again in full" in message


def test_long_title_is_cut(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(PAGE.encode())
    assert "Nacional de Estudos...'" in refused(check_zip, path, str(path))


# Download


def test_download_gives_the_served_bytes_and_validators(serve, get):
    site = serve(Site())
    destination = get(site.source(bytes=len(BODY), sha256=SHA256))
    assert destination.read_bytes() == BODY
    assert names(get.folder) == [NAME]
    assert get.result == (SHA256, len(BODY), site.etag, site.last_modified)
    assert len(site.asked) == 1
    assert get.waits == []


def test_dropped_connection_is_resumed_where_it_broke(serve, get):
    site = serve(Site(answers=[{"drop_after": 150_000}, {"drop_after": 150_000}]))
    assert get(site.source()).read_bytes() == BODY
    starts = [asked.get("Range") for asked in site.asked]
    assert starts[0] is None
    offsets = [int(start.removeprefix("bytes=").removesuffix("-")) for start in starts[1:]]
    assert 0 < offsets[0] <= 150_000 < offsets[1] <= 300_000
    assert [asked.get("If-Range") for asked in site.asked] == [None, '"one"', '"one"']
    assert get.waits == [1.0, 1.0]


def test_waits_grow_while_nothing_new_arrives_and_have_a_limit(serve, get):
    site = serve(Site(answers=[{"status": 503}] * 8))
    assert get(site.source(), retries=8).read_bytes() == BODY
    assert get.waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def test_progress_between_failures_starts_the_count_of_retries_again(serve, get):
    drops = [{"drop_after": 100_000}, {"status": 503}] * 3
    site = serve(Site(answers=drops))
    assert get(site.source(), retries=2).read_bytes() == BODY
    assert get.waits == [1.0, 2.0] * 3


def test_next_run_goes_on_from_the_part(serve, get):
    site = serve(Site(answers=[{"drop_after": 200_000}]))
    message = refused(get, site.source(), retries=0)
    assert "bytes so far are kept: the same command goes on from there" in message
    assert site.url in message
    assert_two_ways_on(message)
    assert names(get.folder) == [f"{NAME}.part", f"{NAME}.part.json"]
    kept = (get.folder / f"{NAME}.part").stat().st_size
    assert 0 < kept <= 200_000
    assert get(site.source(), retries=0).read_bytes() == BODY
    assert site.asked[1]["Range"] == f"bytes={kept}-"
    assert names(get.folder) == [NAME]


@pytest.mark.parametrize("trust_if_range", [True, False])
def test_changed_file_is_started_again(serve, get, caplog, trust_if_range):
    other = make_zip(seed=2)
    change = {"body": other, "etag": '"two"', "ignore_if_range": not trust_if_range}
    site = serve(Site(answers=[{"drop_after": 200_000}, change]))
    assert get(site.source()).read_bytes() == other
    assert '(ETag "one"' in caplog.text
    assert 'and is (ETag "two"' in caplog.text
    assert get.result.etag == '"two"'


def test_changed_date_or_length_is_noticed_without_etag(serve, get):
    for number, change in enumerate(
        [{"last_modified": "Thu, 01 Aug 2024 12:00:00 GMT"}, {"last_modified": None}]
    ):
        other = make_zip(seed=3 + number, size=420_000)
        answers = [{"drop_after": 200_000}, {"body": other, "ignore_if_range": True, **change}]
        site = serve(Site(etag=None, answers=answers))
        assert get(site.source()).read_bytes() == other


def test_range_that_starts_elsewhere_is_not_appended(serve, get):
    site = serve(Site(answers=[{"drop_after": 200_000}, {"shift": 10}]))
    assert get(site.source()).read_bytes() == BODY


def test_server_that_hands_out_short_ranges_is_asked_again(serve, get):
    short = {"at_most": 70_000}
    site = serve(Site(answers=[{"drop_after": 200_000}, short, short]))
    assert get(site.source(), retries=1).read_bytes() == BODY
    assert len(site.asked) == 4


def test_server_without_ranges_is_started_again(serve, get):
    site = serve(Site(answers=[{"drop_after": 200_000}, {"ignore_range": True}]))
    assert get(site.source()).read_bytes() == BODY


def test_answer_to_if_range_need_not_repeat_every_validator(serve, get):
    site = serve(Site(answers=[{"drop_after": 200_000}, {"terse": True}]))
    assert get(site.source()).read_bytes() == BODY
    assert len(site.asked) == 2
    assert get.result.last_modified == site.last_modified


def test_weak_etag_is_not_sent_as_a_condition(serve, get):
    site = serve(Site(etag='W/"one"', answers=[{"drop_after": 200_000}]))
    assert get(site.source()).read_bytes() == BODY
    assert site.asked[1]["If-Range"] == site.last_modified


def test_part_of_another_address_or_too_long_is_not_used(serve, get):
    for url_end, part in [("?other", b"PK" * 100), ("", b"PK" * len(BODY))]:
        site = serve(Site())
        get.folder.mkdir(exist_ok=True)
        (get.folder / f"{NAME}.part").write_bytes(part)
        sidecar = {"url": site.url + url_end, "etag": '"one"', "last_modified": None}
        (get.folder / f"{NAME}.part.json").write_text(json.dumps({**sidecar, "length": len(BODY)}))
        assert get(site.source()).read_bytes() == BODY
        assert "Range" not in site.asked[0]


def test_length_that_is_never_reached(serve, get):
    site = serve(Site(answers=[{"claim_more": 1_000}] * 9))
    message = refused(get, site.source(), retries=2)
    assert "given up after 2 retries" in message
    assert NAME not in names(get.folder)


def test_body_without_length_is_accepted_when_it_is_a_whole_zip(serve, get):
    site = serve(Site(answers=[{"no_length": True}]))
    assert get(site.source()).read_bytes() == BODY


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"page": PAGE.encode()}, "HTML page titled 'P\u00e1gina n\u00e3o encontrada"),
        ({"status": 404}, "HTTP 404 (Not Found)"),
        ({"status": 403}, "HTTP 403 (Forbidden)"),
        ({"page": b""}, "is empty (0 bytes)"),
        ({"body": BODY[:200_000]}, "central directory is missing or damaged (200,000 bytes"),
    ],
)
def test_refused_answers_are_not_retried_and_leave_nothing(serve, get, answer, expected):
    site = serve(Site(answers=[answer]))
    message = refused(get, site.source())
    assert expected in message
    assert site.url in message
    assert_two_ways_on(message)
    assert names(get.folder) == []
    assert len(site.asked) == 1


def test_error_page_while_resuming_does_not_cost_the_bytes_so_far(serve, get):
    site = serve(Site(answers=[{"drop_after": 200_000}, {"page": PAGE.encode()}]))
    assert "HTML page" in refused(get, site.source())
    assert get(site.source()).read_bytes() == BODY
    assert site.asked[2]["Range"] == site.asked[1]["Range"]


def test_busy_server_that_stays_busy(serve, get):
    site = serve(Site(answers=[{"status": 503}] * 9))
    message = refused(get, site.source(), retries=2)
    assert "HTTP 503 (Service Unavailable) (given up after 2 retries)" in message
    assert_two_ways_on(message)
    assert len(site.asked) == 3


def test_other_checksum_keeps_the_download_without_its_name(serve, get):
    site = serve(Site())
    message = refused(get, site.source(sha256="0" * 64))
    assert SHA256 in message
    assert "0" * 64 in message
    assert f"kept as {get.folder / NAME}.part; delete it" in message
    assert NAME not in names(get.folder)
    assert get(site.source(sha256=SHA256)).read_bytes() == BODY
    assert len(site.asked) == 1


def test_other_size_than_the_table_is_a_warning(serve, get, caplog):
    site = serve(Site())
    get(site.source(bytes=123_456))
    [warning] = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert f"has {len(BODY):,} bytes, but data/sources.csv has 123,456" in warning.getMessage()


def test_no_network_names_the_address_and_the_ways_on(get, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url = f"http://127.0.0.1:{closed_port()}/{NAME}"
    message = refused(get, Source("2017", url), retries=2)
    assert f"{url} cannot be downloaded: Connection refused (given up after 2" in message
    assert_two_ways_on(message)
    assert get.waits == [1.0, 2.0]


def test_silent_server_times_out(get, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/{NAME}"
        message = refused(get, Source("2017", url), retries=0, timeout=0.2)
    assert "did not answer in time" in message


def test_endless_redirects_are_an_input_error(get, monkeypatch):
    def redirect(*_, **__):
        raise requests.TooManyRedirects("Exceeded 30 redirects.")

    monkeypatch.setattr(requests.Session, "get", redirect)
    assert "Exceeded 30 redirects" in refused(get, Source("2017", "https://x/y.zip"))


def test_log_has_a_line_every_tenth_and_stderr_stays_quiet(serve, get, caplog, capsys):
    site = serve(Site(body=make_zip(size=2_000_000)))
    with caplog.at_level(logging.INFO, logger="enem.retrieve"):
        get(site.source())
    shown = [int(share) for share in re.findall(rf"{NAME}: (\d+)% \(", caplog.text)]
    assert [share // 10 for share in shown] == list(range(1, 11))
    assert shown[-1] == 100
    assert capsys.readouterr().err == ""


def test_terminal_gets_a_bar_instead(serve, get, caplog, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(progress_module.sys, "stderr", terminal)
    site = serve(Site())
    with caplog.at_level(logging.INFO, logger="enem.retrieve"):
        get(site.source())
    assert "100%" in terminal.getvalue()
    assert NAME in terminal.getvalue()
    assert "% (" not in caplog.text


# TLS (certificate chains: test_retrieve_tls.py)


def test_other_tls_failures_are_retried(serve, get):
    site = serve(Site())
    source = Source("2017", site.url.replace("http:", "https:"))
    message = refused(get, source, retries=1)
    assert "given up after 1 retry)" in message
    assert "incomplete certificate chain" not in message


def test_bundle_that_is_missing_or_no_pem(get, tmp_path):
    source = Source("2017", "https://x/y.zip")
    missing = tmp_path / "absent.pem"
    message = refused(get, source, ca_bundle=missing)
    assert f"retrieve.ca_bundle is '{missing}'" in message
    assert "No such file" in message
    missing.write_text("no certificate")
    assert "cannot be read as a PEM file" in refused(get, source, ca_bundle=missing)


# A file of one's own


def test_file_and_folder_are_found_in_any_case(tmp_path):
    path = tmp_path / "Microdados_ENEM_2017.ZIP"
    path.write_bytes(BODY)
    assert find_local(str(path), "2017") == path.resolve()
    assert find_local(str(tmp_path), "2017") == path.resolve()


def test_path_that_does_not_exist(tmp_path):
    message = refused(find_local, str(tmp_path / "absent.zip"), "2017")
    assert f"source is '{tmp_path / 'absent.zip'}', but there is no file or folder" in message
    assert "microdados_enem_2017.zip" in message
    assert "`inep`" in message


def test_folder_without_the_edition_lists_what_it_holds(tmp_path):
    assert "it holds no file" in refused(find_local, str(tmp_path), "2017")
    for year in range(1970, 2010):
        (tmp_path / f"microdados_enem_{year}.zip").write_bytes(BODY)
    (tmp_path / NAME).mkdir()
    message = refused(find_local, str(tmp_path), "2017")
    assert "has no microdados_enem_2017.zip; it holds microdados_enem_1970.zip, " in message
    assert "microdados_enem_1999.zip and 10 more" in message


def test_folder_with_two_spellings_of_the_edition(tmp_path):
    (tmp_path / NAME).write_bytes(BODY)
    (tmp_path / NAME.upper()).write_bytes(BODY)
    if len(names(tmp_path)) == 1:
        pytest.skip("this file system does not tell upper from lower case")
    assert f"more than one {NAME}: {NAME.upper()}, {NAME}" in refused(
        find_local, str(tmp_path), "2017"
    )


def test_local_file_that_is_no_whole_zip(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(BODY[:100_000])
    assert "(100,000 bytes found)" in refused(find_local, str(tmp_path), "2017")
    path.write_bytes(PAGE.encode())
    assert "HTML page titled" in refused(find_local, str(path), "2017")


def test_link_is_symbolic_and_absolute(tmp_path, monkeypatch):
    (tmp_path / "mine.zip").write_bytes(BODY)
    monkeypatch.chdir(tmp_path)
    destination = tmp_path / "raw" / NAME
    destination.parent.mkdir()
    destination.write_bytes(b"old")
    link_or_copy(Path("mine.zip"), destination)
    assert destination.is_symlink()
    assert destination.readlink() == (tmp_path / "mine.zip").resolve()
    assert names(destination.parent) == [NAME]


def refuse_link(*_):
    raise OSError("no links here")


def test_hard_link_then_copy_where_links_are_impossible(tmp_path, monkeypatch):
    found = tmp_path / "mine.zip"
    found.write_bytes(BODY)
    destination = tmp_path / "raw" / NAME
    monkeypatch.setattr(os, "symlink", refuse_link)
    link_or_copy(found, destination)
    assert not destination.is_symlink()
    assert destination.samefile(found)
    destination.unlink()
    monkeypatch.setattr(os, "link", refuse_link)
    link_or_copy(found, destination)
    assert not destination.samefile(found)
    assert destination.read_bytes() == BODY


def test_copy_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def half(_, partial):
        partial.write_bytes(BODY[:1000])
        raise OSError("disk full")

    found = tmp_path / "mine.zip"
    found.write_bytes(BODY)
    for name, replacement in [("symlink", refuse_link), ("link", refuse_link)]:
        monkeypatch.setattr(os, name, replacement)
    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(OSError, match="disk full"):
        link_or_copy(found, tmp_path / "raw" / NAME)
    assert names(tmp_path / "raw") == []


def test_file_that_is_the_destination_is_left_alone(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(BODY)
    link_or_copy(path, path)
    assert not path.is_symlink()
    assert path.read_bytes() == BODY


# The whole stage


@pytest.fixture
def retrieve(tmp_path):
    destination, record = tmp_path / "raw" / NAME, tmp_path / "raw" / "record.json"

    def run(setting, sources):
        retrieve_release(
            "2017", setting, sources, destination, record, ca_bundle=None, retries=0, timeout=5.0
        )
        return json.loads(record.read_text())

    run.destination, run.record = destination, record
    return run


def test_download_is_recorded_without_a_clock(serve, retrieve):
    site = serve(Site())
    expected = {
        "edition": "2017",
        "source": site.url,
        "sha256": SHA256,
        "bytes": len(BODY),
        "etag": '"one"',
        "last_modified": "Mon, 06 Aug 2018 12:00:00 GMT",
        "pinned": False,
    }
    assert retrieve("inep", {"2017": site.source()}) == expected
    assert retrieve.destination.read_bytes() == BODY
    first = retrieve.record.read_bytes()
    retrieve.destination.unlink()
    retrieve.record.unlink()
    retrieve("inep", {"2017": site.source()})
    assert retrieve.record.read_bytes() == first


def test_valid_download_is_not_repeated_and_a_changed_one_is(serve, retrieve):
    site = serve(Site())
    retrieve("inep", {"2017": site.source()})
    assert retrieve("inep", {"2017": site.source(sha256=SHA256)})["pinned"] is True
    assert len(site.asked) == 1
    retrieve.destination.write_bytes(BODY[:-1])
    retrieve("inep", {"2017": site.source()})
    assert retrieve.destination.read_bytes() == BODY
    assert len(site.asked) == 2
    assert "0" * 64 in refused(retrieve, "inep", {"2017": site.source(sha256="0" * 64)})
    assert len(site.asked) == 3


def test_download_replaces_a_link_and_not_what_it_points_to(serve, retrieve, tmp_path):
    mine = tmp_path / "mine.zip"
    mine.write_bytes(make_zip(seed=5))
    retrieve(str(mine), {})
    site = serve(Site())
    retrieve("inep", {"2017": site.source()})
    assert not retrieve.destination.is_symlink()
    assert retrieve.destination.read_bytes() == BODY
    assert mine.read_bytes() == make_zip(seed=5)


@pytest.mark.parametrize(("pin", "pinned"), [(None, False), (SHA256, True), ("0" * 64, False)])
def test_own_file_is_linked_and_recorded(retrieve, tmp_path, caplog, pin, pinned):
    mine = tmp_path / NAME
    mine.write_bytes(BODY)
    source = Source("2017", "https://x/y.zip", sha256=pin)
    record = retrieve(str(tmp_path), {"2017": source})
    assert record == {
        "edition": "2017",
        "source": str(tmp_path),
        "sha256": SHA256,
        "bytes": len(BODY),
        "etag": None,
        "last_modified": None,
        "pinned": pinned,
    }
    assert retrieve.destination.is_symlink()
    assert ("that data/sources.csv pins for 2017" in caplog.text) == (pin == "0" * 64)


def test_edition_without_an_address(retrieve):
    message = refused(retrieve, "inep", {})
    assert "data/sources.csv has no row for the edition 2017" in message
    assert_two_ways_on(message)


def test_failure_leaves_no_record(serve, retrieve, tmp_path):
    site = serve(Site(answers=[{"status": 404}]))
    refused(retrieve, "inep", {"2017": site.source()})
    mine = tmp_path / "mine.zip"
    mine.write_bytes(BODY[:1000])
    refused(retrieve, str(mine), {})
    assert not retrieve.destination.exists()
    assert not retrieve.record.exists()


def test_real_folder_of_zips(shared_microdata):
    for edition in ("2009", "2017", "2024"):
        found = find_local(str(shared_microdata / "first_rows"), edition)
        with zipfile.ZipFile(found) as archive:
            assert archive.testzip() is None
        assert file_facts(found)["bytes"] == found.stat().st_size
    message = refused(find_local, str(shared_microdata / "first_rows"), "2008")
    assert "microdados_enem_2009.zip" in message
