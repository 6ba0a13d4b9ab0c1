"""What made an artefact: digests of code and settings, versions."""

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent
PACKAGES = ("arviz-stats", "numpy", "nutpie", "pandas", "pyarrow", "pymc", "scipy", "snakemake")


def settings_digest(settings: Mapping[str, Any]) -> str:
    """SHA-256 of settings, independent of the order of keys."""
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def package_versions() -> dict[str, str]:
    """Versions of the packages that numbers depend on."""
    return {name: version(name) for name in PACKAGES}


def library_digest(script: Path) -> str:
    """SHA-256 of a script and every file of this library that it imports, directly or not.

    A package's data files (tables, templates) count with any of its modules.
    """
    digest = hashlib.sha256(script.read_bytes())
    for path in sorted(_imported_files(script)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _imported_files(script: Path) -> set[Path]:
    found: set[Path] = set()
    pending = list(_modules_of(script))
    while pending:
        path = pending.pop()
        if path in found:
            continue
        found.add(path)
        pending.extend(_modules_of(path))
    data = {p for module in found for p in _data_beside(module)}
    return found | data


def _modules_of(source: Path) -> Iterable[Path]:
    """Files of this library that one file imports."""
    names = _names_imported(source, source.stat().st_mtime_ns)
    for name in names:
        yield from _files_of(name)
    if source.name == "__init__.py" and "pkgutil.iter_modules" in names:
        # a package that looks for its own modules imports them all
        yield from source.parent.glob("*.py")


# every script of a workflow shares most of the library
@cache
def _names_imported(source: Path, _changed: int) -> tuple[str, ...]:
    """Dotted names that a file imports; read again when the file changes."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _files_of(name: str) -> Iterable[Path]:
    """Return the files that importing a dotted name runs, parents' packages first."""
    first, *rest = name.split(".")
    if first != PACKAGE.name:
        return
    folder = PACKAGE
    for part in rest:
        if (folder / "__init__.py").is_file():
            yield folder / "__init__.py"
        if (module := folder / f"{part}.py").is_file():
            yield module
            return
        folder = folder / part
    if (folder / "__init__.py").is_file():
        yield folder / "__init__.py"


def _data_beside(module: Path) -> Iterable[Path]:
    folders = [path for path in module.parent.iterdir() if path.is_dir()]
    # a folder without modules is data of the package that holds it
    data = [f for f in folders if f.name != "__pycache__" and not any(f.glob("*.py"))]
    return (
        path
        for folder in (module.parent, *data)
        for path in folder.iterdir()
        # hidden files are an editor's or the system's
        if path.is_file() and path.suffix not in (".py", ".pyc") and not path.name.startswith(".")
    )
