"""The notebooks run from their first to their last cell, and are kept without outputs."""

from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from made import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


def read(path):
    return nbformat.read(path, as_version=4)


def run(path, monkeypatch, tmp_path, **environment):
    """Run a notebook in a folder of its own; return what its cells show."""
    for name, value in {"PYTHONWARNINGS": "error::FutureWarning", **environment}.items():
        monkeypatch.setenv(name, str(value))
    book = read(path)
    NotebookClient(
        book, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    return [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_stay_out_of_the_repository(path):
    book = read(path)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("files", "source"),
    [
        # of Binder, which opens a clone; of Colab, with a wheel that was uploaded or without
        (["pyproject.toml", "notebooks/"], ".."),
        (
            ["notebooks/", "notebooks/enem_bayes-0.2.0-py3-none-any.whl"],
            "enem_bayes-0.2.0-py3-none-any.whl",
        ),
        (["notebooks/"], "enem-bayes"),
    ],
)
def test_whoever_opens_one_elsewhere_gets_the_library_by_its_second_cell(
    path, files, source, monkeypatch, tmp_path
):
    for name in files:
        place = tmp_path / name
        place.mkdir() if name.endswith("/") else place.touch()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    asked = []
    shell = InteractiveShell()
    shell.register_magic_function(asked.append, magic_name="pip")
    shell.run_cell(read(path).cells[1].source).raise_error()
    assert asked == [f"install --quiet {source}"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, monkeypatch, tmp_path):
    shown = run(path, monkeypatch, tmp_path)
    complaints = [each.text for each in shown if each.get("name") == "stderr"]
    assert complaints == []
    assert shown


def test_the_notebook_for_arviz_opens_a_file(monkeypatch, tmp_path):
    made = """import enem
fit = enem.model("score ~ income + (income | school_type)").fit(enem.simulated(9000, 1), "SP")
fit.to_netcdf("fit.nc")"""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(made)])
    nbformat.write(book, Path(tmp_path / "made.ipynb"))
    run(tmp_path / "made.ipynb", monkeypatch, tmp_path)
    path = REPOSITORY / "notebooks/abrir_no_arviz.ipynb"
    shown = run(path, monkeypatch, tmp_path, POSTERIOR=tmp_path / "fit.nc")
    assert any("image/png" in each.get("data", {}) for each in shown)
