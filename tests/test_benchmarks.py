import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from made import REPOSITORY
from studies.benchmarks import workflow

ROWS = 2_000


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    """What the command writes for one round on a small release."""
    pytest.importorskip("duckdb", reason="duckdb is in the dependency group bench")
    if shutil.which("unzip") is None:
        pytest.skip("unzip, a package of the system, is not installed")
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "studies.benchmarks", "convert", "--repeats", "1"]
    command += ["--rows", str(ROWS), "--docs", str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_reader_is_measured_against_unzip(docs):
    table = pd.read_csv(docs / "benchmarks/convert.csv")
    assert table.reader.tolist() == ["unzip -p", "workflow", "pandas", "duckdb", "pyarrow"]
    assert (table.rows == ROWS).all()
    assert table.ratio_median[0] == 1
    assert (table[["seconds_min", "peak_mib_min"]] > 0).all(axis=None)
    assert (table.seconds_min <= table.seconds_median).all()


def test_every_column_agrees_with_a_plain_reading(docs):
    table = pd.read_csv(docs / "benchmarks/convert_agreement.csv")
    assert len(table) == 22
    assert (table["values"] == ROWS).all()
    assert (table.differing == 0).all()


def test_page_shows_the_tables_and_where_they_were_measured(docs):
    page = (docs / "benchmarks.md").read_text(encoding="utf-8")
    for name in ("convert", "convert_growth", "convert_agreement"):
        assert f"(benchmarks/{name}.csv)" in page
    assert "- processor: " in page
    assert f"Python {sys.version.split()[0]}" in page
    assert "| 2,000 | workflow |" in page


def test_unknown_part_is_refused():
    command = [sys.executable, "-m", "studies.benchmarks", "nothing"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no part nothing; there is convert, fit" in done.stderr


def test_absent_unzip_is_named(tmp_path):
    command = [sys.executable, "-m", "studies.benchmarks", "convert"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 1
    assert "There is no unzip on this machine" in done.stderr


@pytest.mark.slow
def test_rows_and_cells_give_the_same_posterior(tmp_path):
    command = [sys.executable, "-m", "studies.benchmarks", "fit", "--repeats", "1"]
    command += ["--rows", "1500", "--docs", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    table = pd.read_csv(tmp_path / "benchmarks/fit.csv")
    assert table["model"].tolist() == ["pooled"] * 3 + ["school_type"] * 3
    assert (table["farthest"] < 5).all()
    assert (table.loc[table["way"] != "cells, nutpie (workflow)", "farthest"] > 0).all()
    assert table.loc[table["way"] == "rows, PyMC NUTS", "ratio_median"].tolist() == [1, 1]
    squares = pd.read_csv(tmp_path / "benchmarks/fit_least_squares.csv")
    assert squares["slope_difference_max"].max() < 1e-9
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "## Fit" in page
    assert "## Convert" not in page


@pytest.mark.slow
def test_whole_runs_are_measured(monkeypatch):
    monkeypatch.setattr(workflow, "SIZES", ((1, 1), (2, 2)))
    (found,) = workflow.measure(1, [20_000])
    assert found.table["fits"].tolist() == [4, 16]
    assert (found.table[["seconds", "cpu_seconds", "peak_mib"]] > 0).all(axis=None)
