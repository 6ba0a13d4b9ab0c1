"""Writers of files, against a system that refuses and processes that die."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from enem.atomic import HOST, NotWrittenError, replacing, write_csv, write_json, write_text

LIBRARY = Path(__file__).parents[1] / "workflow"
LIMITED = """
import resource, shutil, signal, sys
sys.path.insert(0, {library!r})
from pathlib import Path
import numpy as np, pandas as pd, xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from enem.atomic import NotWrittenError, replacing, write_csv, write_json, write_parquet
from enem.netcdf import write_tree

numbers = np.random.default_rng(1).normal(size=({size}, 10))
table = pd.DataFrame(numbers).rename(columns=str)

def figure(destination):
    with replacing(destination) as partial:
        drawn = Figure()
        drawn.subplots().imshow(numbers, aspect="auto")
        FigureCanvasAgg(drawn).print_png(partial)

def copy(destination):
    with replacing(destination) as partial:
        shutil.copyfile(np.__file__, partial)

tree = xr.DataTree.from_dict({{"posterior": xr.Dataset({{"a": (("x", "y"), numbers)}})}})
writers = {{
    "csv": lambda to: write_csv(table, to),
    "json": lambda to: write_json(numbers.tolist(), to),
    "parquet": lambda to: write_parquet(table, to),
    "hdf5": lambda to: write_tree(tree, to, {{}}),
    "png": figure,
    "py": copy,
}}
# the system refuses every byte beyond, as a full disk does
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for name, write in writers.items():
    try:
        write(Path(sys.argv[1], f"written.{{name}}"))
    except NotWrittenError as error:
        print(error)
"""


@pytest.mark.parametrize(("size", "limit"), [(3000, 8000), (30_000, 100), (300, 0)])
def test_whatever_a_library_makes_of_a_refusal_is_a_sentence(tmp_path, size, limit):
    script = LIMITED.format(library=str(LIBRARY), size=size, limit=limit)
    command = [sys.executable, "-c", script, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    sentences = run.stdout.splitlines()
    kinds = ["csv", "json", "parquet", "hdf5", "png", "py"]
    assert len(sentences) == len(kinds)
    for kind, sentence in zip(kinds, sentences, strict=True):
        assert sentence.startswith(f"{tmp_path}/written.{kind} was not written: File too large (")
        assert f"bytes are free on the disk of {tmp_path}" in sentence
    assert list(tmp_path.iterdir()) == [], "nothing half-written stays"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWrittenError, match=rf"^{tmp_path}/file/a/b\.csv was not written: Not a"):
        write_text("", tmp_path / "file/a/b.csv")


def test_an_error_about_another_file_is_not_taken_for_one_of_writing(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.csv") as partial:
        partial.write_text((tmp_path / "source.csv").read_text())
    assert list(tmp_path.iterdir()) == []


def test_two_writers_share_no_temporary_file(tmp_path):
    destination = tmp_path / "a.txt"
    with replacing(destination) as first, replacing(destination) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert destination.read_text() == "first"
    texts = [str(number) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda text: write_text(text, destination), texts * 5))
    assert destination.read_text() in texts
    assert list(tmp_path.iterdir()) == [destination]


KILLED = """
import os, signal, sys
sys.path.insert(0, {library!r})
from pathlib import Path
from enem.atomic import replacing

with replacing(Path(sys.argv[1])) as partial:
    partial.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_remains_of_the_dead_are_removed_and_the_living_keep_theirs(tmp_path):
    destination = tmp_path / "a.csv"
    command = [sys.executable, "-c", KILLED.format(library=str(LIBRARY)), str(destination)]
    subprocess.run(command, check=False)
    (remains,) = tmp_path.iterdir()
    assert remains.read_text() == "half"
    dead = int(remains.name.split(".")[-3])
    living = tmp_path / f".a.csv.{HOST}.{os.getppid()}.0a0b0c0d.partial"
    elsewhere = tmp_path / f".a.csv.{HOST}2.{dead}.0a0b0c0d.partial"
    for path in (living, elsewhere):
        path.write_text("")
    write_text("whole", destination)
    assert set(tmp_path.iterdir()) == {destination, living, elsewhere}


def test_files_reach_the_disk_before_they_get_their_name(tmp_path, monkeypatch):
    """In the order in which a loss of power leaves the old file or the new one."""
    calls = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor):
        calls.append(("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        fsync(descriptor)

    def noted_replace(self, target):
        calls.append(("rename", str(self)))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    with replacing(tmp_path / "a.csv") as partial:
        partial.write_text("a")
    temporary = str(partial)
    assert calls == [("fsync", temporary), ("rename", temporary), ("fsync", str(tmp_path))]


def test_what_json_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json({"value": float("nan")}, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_a_table_is_written_as_people_expect(tmp_path):
    import pandas as pd

    write_csv(pd.DataFrame({"a": [1.5, None], "b": ["ç", "d"]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == "a,b\n1.5,ç\n,d\n".encode()
