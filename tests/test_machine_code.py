"""Machine code that holds copies of functions of other files."""

import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import config

from enem.fit.machine_code import kept_as_long_as

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
from enem.fit.machine_code import kept_as_long_as

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
