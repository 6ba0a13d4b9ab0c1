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
    return Library(PACKAGE).digest(script)


class Library:
    """The files of a package as they are now, each read once: scripts share most of them."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.imports_of = cache(self._imports_of)
        self.files_of = cache(self._files_of)
        self.data_beside = cache(_data_beside)
        self.content = cache(Path.read_bytes)

    def digest(self, script: Path) -> str:
        """Digest as `library_digest` does."""
        digest = hashlib.sha256(script.read_bytes())
        for path in sorted(self.imported_by(script), key=str):
            digest.update(path.relative_to(self.package).as_posix().encode())
            digest.update(self.content(path))
        return digest.hexdigest()[:16]

    def imported_by(self, script: Path) -> set[Path]:
        """Files that a script imports, directly or not, and the data beside them."""
        found: set[Path] = set()
        pending = [*self.imports_of(script)]
        while pending:
            path = pending.pop()
            if path not in found:
                found.add(path)
                pending.extend(self.imports_of(path))
        return found.union(*(self.data_beside(folder) for folder in {p.parent for p in found}))

    def _imports_of(self, source: Path) -> set[Path]:
        names = set(_names_imported(ast.parse(source.read_bytes())))
        files = {path for name in names for path in self.files_of(name)}
        if source.name == "__init__.py" and "pkgutil.iter_modules" in names:
            # a package that looks for its own modules imports them all
            files.update(source.parent.glob("*.py"))
        return files

    def _files_of(self, name: str) -> list[Path]:
        """Return the files that importing a dotted name runs, parents' packages first."""
        first, *rest = name.split(".")
        if first != self.package.name:
            return []
        files, folder = [], self.package
        for part in rest:
            files.append(folder / "__init__.py")
            if (module := folder / f"{part}.py").is_file():
                return [*filter(Path.is_file, files), module]
            folder = folder / part
        return [*filter(Path.is_file, [*files, folder / "__init__.py"])]


def _names_imported(tree: ast.AST) -> Iterable[str]:
    """Dotted names that statements import; expressions hold none."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        elif not isinstance(node, ast.expr):
            yield from _names_imported(node)


def _data_beside(package: Path) -> list[Path]:
    folders = [path for path in package.iterdir() if path.is_dir()]
    # a folder without modules is data of the package that holds it
    data = [f for f in folders if f.name != "__pycache__" and not any(f.glob("*.py"))]
    return [
        path
        for folder in (package, *data)
        for path in folder.iterdir()
        # hidden files are an editor's or the system's
        if path.is_file() and path.suffix not in (".py", ".pyc") and not path.name.startswith(".")
    ]
