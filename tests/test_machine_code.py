"""Machine code that holds copies of functions of other files."""

import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from numba.core import config

from enem.machine_code import kept_as_long_as

LIBRARY = Path(__file__).parents[1] / "workflow"
INNER = """
from numba import njit

@njit(cache=True)
def number():
    return {}
"""
OUTER = """
import sys
sys.path.insert(0, {library!r})
import inner
from numba import njit
from enem.machine_code import kept_as_long_as

with kept_as_long_as(__file__, inner.__file__):

    @njit(cache=True)
    def twice():
        return 2 * inner.number()

print(twice(), sum(twice.stats.cache_hits.values()))
"""


def test_a_change_of_another_file_is_noticed(tmp_path):
    outer = tmp_path / "outer.py"
    outer.write_text(OUTER.format(library=str(LIBRARY)))

    def run(number):
        (tmp_path / "inner.py").write_text(INNER.format(number))
        command = [sys.executable, str(outer)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert run(4) == ["8", "0"]
    assert run(4) == ["8", "1"], "kept"
    assert run(50) == ["100", "0"], "compiled again"


KEPT = """
import sys
sys.path.insert(0, {library!r})
from numba import types
from enem.machine_code import cfunc, njit

@njit(cache=True)
def twice(number):
    return 2 * number

# compiled when the module is imported
@cfunc(types.int64(types.int64), cache=True)
def thrice(number):
    return 3 * number

print(twice(4), thrice.ctypes(4), sum(twice.stats.cache_hits.values()), thrice.cache_hits)
"""


@pytest.fixture(autouse=True)
def _own_place(monkeypatch):
    """Not that of all tests."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "package" / "kept.py"
    path.parent.mkdir()
    path.write_text(KEPT.format(library=str(LIBRARY)))
    return path


def imported(module, **environment):
    command = [sys.executable, str(module)]
    environment = {**os.environ, **environment}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return run.stdout.split(), run.stderr


def test_damaged_machine_code_is_made_anew(module):
    assert imported(module) == (["8", "12", "0", "0"], "")
    assert imported(module) == (["8", "12", "1", "1"], ""), "kept"
    for suffix, remaining in product(("nbi", "nbc"), (0, 40, -1)):
        files = list(module.parent.rglob(f"*.{suffix}"))
        assert len(files) == 2
        for file in files:
            content = file.read_bytes()
            file.write_bytes(content[:remaining])
        found, log = imported(module)
        assert found == ["8", "12", "0", "0"], (suffix, remaining)
        assert str(files[0]) in log
        assert "compiled again" in log
    assert imported(module) == (["8", "12", "1", "1"], ""), "kept again"


def test_one_changed_byte_of_machine_code_is_not_run(module):
    imported(module)
    for file in module.parent.rglob("*.nbc"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    assert imported(module)[0] == ["8", "12", "0", "0"]


def test_a_copy_elsewhere_runs_the_machine_code_of_the_first(module, tmp_path):
    imported(module)
    shutil.copytree(module.parent, tmp_path / "copy")
    assert imported(tmp_path / "copy" / module.name)[0] == ["8", "12", "1", "1"]


def test_numbas_own_variable_says_where_it_is_kept(module, tmp_path):
    place = {"NUMBA_CACHE_DIR": str(tmp_path / "place")}
    imported(module, **place)
    assert not (module.parent / "__pycache__").exists()
    module.rename(tmp_path / module.name)
    assert imported(tmp_path / module.name, **place)[0] == ["8", "12", "1", "1"], "of any clone"


def blocked(folder):
    """Make a place that not even root can make folders in."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file")


def test_where_the_package_takes_no_files_the_home_does(module, tmp_path):
    blocked(module.parent / "__pycache__")
    imported(module, HOME=str(tmp_path / "home"))
    assert list((tmp_path / "home/.cache/enem-bayes").rglob("*.nbc"))


def test_where_nothing_takes_files_there_is_a_temporary_place(module, tmp_path):
    blocked(module.parent / "__pycache__")
    blocked(tmp_path / "home")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    nowhere = {"HOME": str(tmp_path / "home"), "TMPDIR": str(temporary)}
    found, log = imported(module, **nowhere)
    assert found == ["8", "12", "0", "0"]
    assert f"kept in {temporary}" in log
    assert imported(module, **nowhere)[0] == ["8", "12", "1", "1"], "kept"
    (own,) = temporary.iterdir()
    own.chmod(0o777)
    assert imported(module, **nowhere)[0] == ["8", "12", "0", "0"], "anybody may have written it"


def test_the_place_of_other_machine_code_is_left_as_it_was(tmp_path):
    source = tmp_path / "a.py"
    source.write_text("1")

    def decorate():
        with kept_as_long_as(str(source)):
            assert str(tmp_path) in config.CACHE_DIR
            raise ZeroDivisionError

    before = config.CACHE_DIR
    with pytest.raises(ZeroDivisionError):
        decorate()
    assert before == config.CACHE_DIR
