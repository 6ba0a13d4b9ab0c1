import ast
import errno
import hashlib
import json
import re
import shutil
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from enem import provenance
from enem.atomic import replacing, write_csv
from enem.errors import InputError
from enem.provenance import Library, library_digest, package_versions, settings_digest
from made import REPOSITORY
from workflow_copy import rule_texts

SCRIPTS = sorted((REPOSITORY / "workflow/scripts").glob("[!_]*.py"))
PACKAGE = REPOSITORY / "workflow/enem"


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A copy of the library whose files a test may change."""
    copied = tmp_path / "enem"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "PACKAGE", copied)
    return copied


def script(name):
    return REPOSITORY / "workflow/scripts" / f"{name}.py"


def append(path, text="\n# changed\n"):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("rule", "module"),
    [
        ("fit_models", "mixed/fit.py"),  # imported by the script
        ("fit_models", "mixed/expected.py"),  # imported by what it imports
        ("fit_models", "mixed/__init__.py"),  # a parent package runs on import
        ("fit_models", "__init__.py"),
        ("compare_models", "mixed/design.py"),
        ("tabulate_cells", "names.py"),
        ("convert_release", "convert/zip_stream.py"),
        ("check_models", "check/loo.py"),
        ("draw_figures", "figures/style.py"),
        ("draw_figures", "figures/gallery/ranks.py"),  # found by its package
        ("build_report", "report/__init__.py"),
    ],
)
def test_digest_changes_with_a_module_that_is_imported(library, rule, module):
    before = library_digest(script(rule))
    append(library / module)
    assert library_digest(script(rule)) != before


@pytest.mark.parametrize(
    ("rule", "module"),
    [
        ("fit_models", "check/loo.py"),
        ("convert_release", "mixed/density.py"),
        ("tabulate_cells", "mixed/sample.py"),
        ("link_release", "simulate/scores.py"),
        ("check_models", "figures/style.py"),
        ("compare_models", "mixed/sample.py"),
    ],
)
def test_digest_keeps_when_an_unrelated_module_changes(library, rule, module):
    before = library_digest(script(rule))
    append(library / module)
    assert library_digest(script(rule)) == before


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ("simulate_release", "simulate/parameters.yaml"),
        ("simulate_release", "simulate/states.yaml"),
        ("convert_release", "editions.yaml"),
        ("estimate_models", "editions.yaml"),
    ],
)
def test_digest_changes_with_a_data_file_beside_its_modules(library, rule, data):
    before = library_digest(script(rule))
    append(library / data)
    assert library_digest(script(rule)) != before


def test_digest_covers_the_data_files_of_every_package_that_the_report_uses(library):
    covered = Library(library).imported_by(script("build_report"))
    data = {p for p in library.glob("report/**/*") if p.is_file() and p.suffix != ".py"}
    assert data
    assert data <= covered


def test_digest_keeps_for_data_of_other_packages_and_hidden_files(library):
    before = library_digest(script("convert_release"))
    append(library / "simulate/parameters.yaml")
    (library / "convert/.release.py.swp").write_text("an editor's")
    (library / ".DS_Store").write_text("a system's")
    assert library_digest(script("convert_release")) == before


@pytest.mark.usefixtures("library")
def test_digest_is_of_contents_and_names_not_of_places(monkeypatch):
    there = library_digest(script("fit_models"))
    monkeypatch.setattr(provenance, "PACKAGE", PACKAGE)
    assert library_digest(script("fit_models")) == there


def test_digest_changes_when_a_module_is_renamed_or_moves_data(library):
    before = library_digest(script("simulate_release"))
    (library / "simulate/states.yaml").rename(library / "simulate/units.yaml")
    assert library_digest(script("simulate_release")) != before


def direct_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "enem":
            yield node.module
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "enem")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_digest_of_every_script_covers_its_direct_imports(path):
    modules, covered = list(direct_imports(path)), Library(PACKAGE).imported_by(path)
    assert modules
    for module in modules:
        base = PACKAGE.joinpath(*module.split(".")[1:])
        file = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        assert file.is_file()
        assert file in covered, module


def test_every_script_is_a_rule_that_takes_the_digest_of_its_library():
    rules = rule_texts()
    assert len(SCRIPTS) >= 9
    for path in SCRIPTS:
        assert f'"../scripts/{path.name}"' in rules[path.stem], path
        assert re.search(rf'(library|made_with)\(\s*"{path.stem}"', rules[path.stem])


def test_no_script_reads_the_config():
    for path in (REPOSITORY / "workflow/scripts").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"snakemake\s*\.\s*config|getattr\(\s*snakemake", text), path


def test_the_library_knows_nothing_of_snakemake():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            assert not any(name.split(".")[0] == "snakemake" for name in names), path
            assert getattr(node, "level", 0) == 0, f"{path}: a digest follows absolute imports only"


def test_settings_digest_ignores_order_and_sees_values():
    one = {"priors": {"slope": {"sd": 50, "mean": 0}}, "draws": 1000}
    other = {"draws": 1000, "priors": {"slope": {"mean": 0, "sd": 50}}}
    assert settings_digest(one) == settings_digest(other)
    assert settings_digest(one) != settings_digest(one | {"draws": 1001})
    text = json.dumps({"a": "ção"}, ensure_ascii=False).encode()
    assert settings_digest({"a": "ção"}) == hashlib.sha256(text).hexdigest()


def test_versions_are_those_installed():
    found = package_versions()
    assert {"numpy", "pymc", "nutpie", "arviz-stats"} <= set(found)
    assert all(version(name) == text for name, text in found.items())


def test_a_file_is_replaced_only_when_whole(tmp_path):
    path = tmp_path / "deep" / "table.csv"
    write_csv(pd.DataFrame({"a": [1.5, None], "b": ["x", None]}), path)
    assert path.read_text() == "a,b\n1.5,x\n,\n"

    def half_written():
        with replacing(path) as partial:
            Path(partial).write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        half_written()
    assert path.read_text() == "a,b\n1.5,x\n,\n"
    assert [p.name for p in path.parent.iterdir()] == ["table.csv"]


def test_numbers_come_back_from_csv_to_the_last_bit(tmp_path):
    values = pd.DataFrame({"v": [1 / 3, 1e-17, 123456.789012345678]})
    write_csv(values, tmp_path / "v.csv")
    found = pd.read_csv(tmp_path / "v.csv")
    assert found["v"].tolist() == values["v"].tolist()


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path):
    def write(error):
        with replacing(tmp_path / "made" / "table.csv") as partial:
            partial.write_text("half")
            raise error

    with pytest.raises(InputError, match=r"table.csv was not written: No space left"):
        write(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(InputError, match=r"table.csv was not written: Permission denied"):
        write(PermissionError(errno.EACCES, "not this one"))
    assert list((tmp_path / "made").iterdir()) == []
