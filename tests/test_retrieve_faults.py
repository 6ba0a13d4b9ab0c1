import email.utils
import gzip
import hashlib
import json
import logging
import shutil
import subprocess
import time
import zipfile

import pytest

from enem.retrieve import room
from enem.retrieve.release import retrieve_release
from inep_site import (
    BODY,
    NAME,
    SHA256,
    Site,
    assert_two_ways_on,
    make_zip,
    names,
    refused,
)

MEGABYTE = 1 << 20


def damaged_zip() -> bytes:
    """A zip of the right structure and length, of one of whose members a byte has changed."""
    body = bytearray(BODY)
    body[200_000] ^= 0xFF
    return bytes(body)


DAMAGED = damaged_zip()


@pytest.fixture
def retrieve(tmp_path):
    destination, record = tmp_path / "raw" / NAME, tmp_path / "raw" / "record.json"

    def run(source):
        retrieve_release(
            "2017",
            "inep",
            {"2017": source},
            destination,
            record,
            ca_bundle=None,
            retries=0,
            timeout=5.0,
        )
        return json.loads(record.read_text())

    run.destination, run.record = destination, record
    return run


def warnings(caplog) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


# A zip that came whole but damaged


def test_damaged_zip_is_set_aside_and_the_next_run_downloads_it_again(serve, retrieve):
    site = serve(Site(body=DAMAGED))
    message = refused(retrieve, site.source())
    assert "DADOS/MICRODADOS_ENEM_2017.csv in " in message
    assert " as CRC-32, found " in message
    assert f"set aside as {retrieve.destination}.damaged: the same command downloads" in message
    assert names(retrieve.destination.parent) == [f"{NAME}.damaged"]
    site.body = BODY
    assert retrieve(site.source())["sha256"] == SHA256
    assert "Range" not in site.asked[1]
    assert retrieve.destination.read_bytes() == BODY
    assert f"{NAME}.damaged" not in names(retrieve.destination.parent)


def test_zip_that_is_damaged_where_it_is_served_is_called_that(serve, get):
    site = serve(Site(body=DAMAGED))
    refused(get, site.source())
    message = refused(get, site.source())
    assert f"from {site.url} twice with the same bytes" in message
    assert f"kept as {get.folder / NAME}.damaged" in message
    assert_two_ways_on(message)


def test_damaged_zip_that_an_earlier_version_took_is_downloaded_again(serve, retrieve, caplog):
    site = serve(Site())
    record = retrieve(site.source())
    retrieve.destination.write_bytes(DAMAGED)
    digest = hashlib.sha256(DAMAGED).hexdigest()
    retrieve.record.write_text(json.dumps({**record, "sha256": digest}))
    assert retrieve(site.source())["sha256"] == SHA256
    assert len(site.asked) == 2
    [warning] = warnings(caplog)
    assert "as CRC-32, found" in warning
    assert "Downloading it again" in warning


def test_deflated_member_with_a_broken_stream_is_damage(serve, get, tmp_path):
    path = tmp_path / "deflated.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("MICRODADOS_ENEM_2017.csv", bytes(range(256)) * 2000)
    body = bytearray(path.read_bytes())
    body[60:90] = b"\xff" * 30
    site = serve(Site(body=bytes(body)))
    assert "MICRODADOS_ENEM_2017.csv in " in refused(get, site.source())
    assert names(get.folder) == [f"{NAME}.damaged"]


# Busy servers


def test_retry_after_in_seconds_is_obeyed(serve, get):
    busy = {"status": 503, "headers": {"Retry-After": "90"}}
    again = {"status": 429, "headers": {"Retry-After": "1"}}
    site = serve(Site(answers=[busy, again, again]))
    assert get(site.source()).read_bytes() == BODY
    # never less than without being asked
    assert get.waits == [90.0, 2.0, 4.0]


def test_retry_after_as_a_date_is_obeyed(serve, get):
    date = email.utils.formatdate(time.time() + 600, usegmt=True)
    site = serve(Site(answers=[{"status": 503, "headers": {"Retry-After": date}}]))
    assert get(site.source()).read_bytes() == BODY
    assert get.waits == [pytest.approx(600, abs=10)]


@pytest.mark.parametrize("value", ["soon", "-5", "", "Sun, 06 Nov 1994 08:49:37 GMT"])
def test_retry_after_that_means_nothing_is_passed_over(serve, get, value):
    site = serve(Site(answers=[{"status": 503, "headers": {"Retry-After": value}}]))
    assert get(site.source()).read_bytes() == BODY
    assert get.waits == [1.0]


def test_server_that_asks_for_a_day_is_not_waited_for(serve, get):
    site = serve(Site(answers=[{"status": 503, "headers": {"Retry-After": "86400"}}]))
    message = refused(get, site.source())
    assert "asks to wait 86,400 s; run the same command again after that" in message
    assert get.waits == []


# Slow and broken lines


def test_slow_line_is_reported_and_tried_again_from_where_it_was(serve, get, caplog):
    slow = {"pieces_of": 1000, "pause": 0.02}
    site = serve(Site(answers=[slow]))
    assert get(site.source(), timeout=0.3, slowest=1_000_000).read_bytes() == BODY
    assert site.asked[1]["Range"].startswith("bytes=")
    [warning] = warnings(caplog)
    assert "bytes a second for 0.3" in warning
    assert "fewer than the 1,000,000 of retrieve.min_bytes_per_second; trying again" in warning
    assert get.waits == [1.0]


def test_slow_line_to_a_server_without_ranges_ends(serve, get):
    slow = {"pieces_of": 1000, "pause": 0.02, "ignore_range": True}
    site = serve(Site(answers=[slow] * 40))
    message = refused(get, site.source(), timeout=0.1, slowest=10_000_000, retries=1)
    assert "retrieve.min_bytes_per_second (given up after 1 retry)" in message


def test_line_that_is_fast_enough_is_left_alone(serve, get):
    slow = {"pieces_of": 40_000, "pause": 0.05}
    site = serve(Site(answers=[slow]))
    assert get(site.source(), timeout=0.1, slowest=1000).read_bytes() == BODY
    assert len(site.asked) == 1


@pytest.mark.parametrize("hang", [0, 0.5])
def test_pieces_under_64_kib_are_progress(serve, get, hang):
    body = make_zip(size=150_000)
    site = serve(Site(body=body, answers=[{"drop_after": 40_000, "hang": hang}] * 9))
    assert get(site.source(), retries=1, timeout=0.2 if hang else 5.0).read_bytes() == body
    offsets = [int(asked["Range"][6:-1]) for asked in site.asked[1:]]
    assert offsets == [40_000, 80_000, 120_000]
    assert get.waits == [1.0, 1.0, 1.0]


def test_zip_whose_first_piece_is_one_byte(serve, get):
    site = serve(Site(body=make_zip(size=2000), answers=[{"pieces_of": 1, "pause": 0.0001}]))
    assert get(site.source()).read_bytes() == make_zip(size=2000)


# Encodings


@pytest.mark.parametrize("start", [0, 200_000])
def test_encoded_answer_is_refused_by_name(serve, get, start):
    encoded = {"body": gzip.compress(BODY), "headers": {"Content-Encoding": "gzip"}}
    drop = [{"drop_after": start}] if start else []
    site = serve(Site(answers=[*drop, encoded]))
    message = refused(get, site.source())
    assert "encoded as 'gzip' (Content-Encoding)" in message
    assert_two_ways_on(message)
    # what came before, and was not encoded, is kept
    assert (get.folder / f"{NAME}.part").exists() == bool(start)


def test_identity_is_no_encoding(serve, get):
    site = serve(Site(answers=[{"headers": {"Content-Encoding": "Identity"}}]))
    assert get(site.source()).read_bytes() == BODY


# A full disk


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command to make a small disk with")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here, for which root is needed: {done.stderr}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_disk_that_is_too_small_is_noticed_before_the_download(serve, get, small_disk):
    body = make_zip(size=MEGABYTE + 500_000)
    site = serve(Site(body=body))
    get.folder = small_disk
    message = refused(get, site.source())
    assert f"No room is left in {small_disk} for {NAME}: {MEGABYTE:,} bytes are free" in message
    assert f"{len(body):,} are still to come, so {len(body) - MEGABYTE:,} bytes are miss" in message
    assert not (small_disk / f"{NAME}.part").exists()


def test_disk_that_fills_up_keeps_what_came(serve, get, small_disk):
    body = make_zip(size=MEGABYTE + 500_000)
    site = serve(Site(body=body, answers=[{"no_length": True}]))
    get.folder = small_disk
    message = refused(get, site.source())
    assert f"No room is left in {small_disk} for {NAME}: 0 bytes are free" in message
    assert "the server does not tell how many more bytes are to come" in message
    kept = (small_disk / f"{NAME}.part").stat().st_size
    assert 0 < kept < MEGABYTE
    message = refused(get, site.source())
    assert f"{len(body) - kept:,} are still to come, so" in message
    filled = small_disk / f"{NAME}.part"
    assert body.startswith(filled.read_bytes())


def test_disk_that_another_process_fills_names_what_is_missing(serve, get, small_disk):
    body = make_zip(size=900_000)
    site = serve(Site(body=body, answers=[{"drop_after": 300_000}]))
    get.folder = small_disk
    refused(get, site.source(), retries=0)
    (small_disk / "other").write_bytes(b"x" * 400_000)
    free = shutil.disk_usage(small_disk).free
    message = refused(get, site.source())
    assert f"{len(body) - 300_000:,} are still to come" in message
    assert f"so {len(body) - 300_000 - free:,} bytes are missing" in message
    (small_disk / "other").unlink()
    assert get(site.source()).read_bytes() == body


def test_quota_that_is_used_up_is_told_from_a_full_disk(get, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=10**12)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: usage)
    with (
        pytest.raises(room.InputError, match="so a quota must be used up"),
        room.writing(get.folder.parent, 10**9),
    ):
        raise OSError(room.NO_ROOM[1], "Disk quota exceeded")


# What was first downloaded here


def test_changed_file_is_reported_with_both(serve, retrieve, caplog):
    site = serve(Site())
    retrieve(site.source())
    first = retrieve.destination.with_name(f"{NAME}.first.json")
    assert json.loads(first.read_text()) == {
        "source": site.url,
        "sha256": SHA256,
        "bytes": len(BODY),
    }
    assert warnings(caplog) == []
    # as after `--delete-all-output`
    retrieve.destination.unlink()
    retrieve.record.unlink()
    site.body, site.etag = make_zip(seed=2, size=410_000), '"two"'
    record = retrieve(site.source())
    [warning] = warnings(caplog)
    assert f"the sha256 {SHA256} and {len(BODY):,} bytes" in warning
    assert f"this one has {record['sha256']} and {len(site.body):,} bytes" in warning
    assert record["sha256"] != SHA256
    assert json.loads(first.read_text())["sha256"] == SHA256


def test_same_file_downloaded_again_is_not_reported(serve, retrieve, caplog):
    site = serve(Site())
    retrieve(site.source())
    retrieve.destination.unlink()
    retrieve(site.source())
    assert len(site.asked) == 2
    assert warnings(caplog) == []


def test_download_of_an_earlier_version_becomes_the_first(serve, retrieve):
    site = serve(Site())
    retrieve(site.source())
    first = retrieve.destination.with_name(f"{NAME}.first.json")
    first.unlink()
    retrieve(site.source())
    assert json.loads(first.read_text())["sha256"] == SHA256
    assert len(site.asked) == 1
