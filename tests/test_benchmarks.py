import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from enem.tabulate.sums import collapse_to_sums
from made import REPOSITORY
from studies.benchmarks import agreement, fit, readers, workflow
from studies.benchmarks.participants import Size, rows_of, sums_of
from studies.validation.setting import config

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
    assert len(table) == 27
    assert {"municipality", "school"} < set(table.column)
    assert {"municipality_exam_code", "booklet_CN", "booklet_LC"} < set(table.column)
    assert (table["values"] == ROWS).all()
    assert (table.differing == 0).all()


def test_other_readers_read_the_columns_that_are_compared():
    compared = {*agreement.NUMBERS.values(), *(source for source, _ in agreement.TEXTS.values())}
    assert sorted(readers.COLUMNS) == sorted({"NU_ANO", *compared})


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


def test_participants_of_sums_have_these_sums():
    sums = sums_of(Size(3_000, 60, 25), np.random.default_rng(1))
    assert sums["n"].sum() == 3_000
    rows = rows_of(sums, np.random.default_rng(2))
    again = collapse_to_sums(rows, ()).set_index(["school", "income_bracket"])
    known = sums.set_index(["school", "income_bracket"]).loc[again.index]
    for name in ("n", "mean", "ss"):
        np.testing.assert_allclose(again[name], known[name], rtol=1e-9, atol=1e-6)


@pytest.mark.slow
def test_levels_are_fitted_and_timed(tmp_path):
    command = [sys.executable, "-m", "studies.benchmarks", "fit", "--repeats", "1"]
    command += ["--rows", "3000", "--docs", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    table = pd.read_csv(tmp_path / "benchmarks/fit.csv").set_index("way")
    assert table.loc[fit.HERE, "times_pymc_median"] > 1
    sampled = table.loc[[fit.HERE, fit.PYMC], "tau_school"]
    assert sampled.max() - sampled.min() < 3
    if fit.installed():
        assert table.loc[fit.LME4, "tau_school"] == pytest.approx(sampled.iloc[0], abs=5)
    country = pd.read_csv(tmp_path / "benchmarks/fit_country.csv").set_index("model")
    assert list(country.index) == list(fit.COUNTRY_MODELS)
    assert (country["divergences"] == 0).all()
    assert (country["peak_mib"] > 0).all()
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "## Fit" in page
    assert "## Convert" not in page


@pytest.mark.slow
def test_whole_runs_are_measured(monkeypatch):
    models = config()["models"]
    monkeypatch.setattr(workflow, "RUNS", ((1, 1, models), (2, 2, models)))
    (found,) = workflow.measure(1, [20_000])
    assert found.table["fits"].tolist() == [5, 20]
    assert (found.table[["seconds", "cpu_seconds", "peak_mib"]] > 0).all(axis=None)
