"""A run that was killed does not stop the next one; one that lives does."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from enem import alone
from enem.alone import JOBS, RUN, take_over
from enem.atomic import HOST

LIBRARY = str(Path(alone.__file__).parents[1])
HOLDS = """
import sys, time
sys.path.insert(0, {library!r})
from pathlib import Path
from enem.alone import at_work, take_over
{call}(Path({folder!r}))
print("holds", flush=True)
time.sleep({seconds})
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of Snakemake's in which no lock of this process outlives the test."""
    held = []
    monkeypatch.setattr(alone, "_held", held)
    (tmp_path / "locks").mkdir()
    yield tmp_path
    for file in held:
        file.close()


def lock_of_snakemake(folder):
    path = folder / "locks/0.output.lock"
    path.write_text("results/a.csv")
    return path


def process(call, folder, seconds=60):
    script = HOLDS.format(library=LIBRARY, call=call, folder=str(folder), seconds=seconds)
    begun = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with begun.stdout as said:
        assert said.readline() == "holds\n"
    return begun


def test_the_lock_of_a_killed_run_is_removed_with_a_sentence(folder, caplog):
    run = process("take_over", folder)
    lock = lock_of_snakemake(folder)
    run.kill()
    run.wait()
    take_over(folder)
    assert not lock.exists()
    assert caplog.messages == ["The run before this one was killed: its lock is removed."]


def test_the_lock_of_a_run_that_lives_stays(folder, caplog):
    run = process("take_over", folder)
    lock = lock_of_snakemake(folder)
    take_over(folder)
    assert lock.exists()
    assert caplog.messages == []
    run.kill()
    run.wait()


@pytest.mark.parametrize("before", ["another-machine", ""])
def test_a_lock_that_may_be_another_machines_stays(folder, before, caplog):
    (folder / RUN).write_text(before)
    lock = lock_of_snakemake(folder)
    take_over(folder)
    assert lock.exists()
    assert "snakemake --unlock" in caplog.text
    assert (folder / RUN).read_text() == before


def test_without_a_lock_the_folder_is_taken_from_another_machine(folder, caplog):
    (folder / RUN).write_text("another-machine")
    take_over(folder)
    assert (folder / RUN).read_text() == HOST
    assert caplog.messages == []


def test_jobs_of_a_killed_run_are_waited_for(folder, caplog):
    job = process("at_work", folder, seconds=1)
    begun = time.monotonic()
    take_over(folder)
    assert time.monotonic() - begun > 0.3
    assert job.wait(20) == 0
    assert caplog.messages == [
        "A job of a killed run still works: this run waits until it has ended."
    ]
    assert (folder / JOBS).exists()


def test_a_folder_that_cannot_be_written_to_is_snakemakes_to_refuse(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    take_over(blocked)
    alone.at_work(blocked)
