"""Read single artefacts; one that is missing or broken is named."""

import json
from pathlib import Path

import h5netcdf
import pandas as pd

from enem.errors import InputError
from enem.report.tables import Document, Table


def read_table(folder: Path, name: str) -> Table:
    """Read a CSV of the state's folder; blank cells become None."""
    path = folder / name
    _require(path)
    try:
        table = pd.read_csv(path)
    except pd.errors.ParserError as error:
        raise InputError(
            "{path} is no table that can be read ({error}); make it again.", path=path, error=error
        ) from None
    blank_as_none = table.astype(object).where(table.notna(), None)
    return Table(name, tuple(blank_as_none.to_dict("records")))


def read_document(path: Path, name: str) -> Document:
    """Read a JSON file, to be cited as `name`."""
    try:
        return Document(name, json.loads(read_text(path)))
    except json.JSONDecodeError as error:
        raise InputError(
            "{path} is no JSON ({error}); delete it and run the workflow again.",
            path=path,
            error=error,
        ) from None


def read_attributes(path: Path, name: str) -> Document:
    """Read the attributes of a posterior, and none of its draws."""
    _require(path)
    with h5netcdf.File(path, "r") as file:
        attributes = dict(file.attrs)
    for key in ("sampler", "versions"):
        attributes[key] = json.loads(attributes[key])
    return Document(name, attributes)


def read_text(path: Path) -> str:
    """Read a file's text."""
    _require(path)
    return Path(path).read_text(encoding="utf-8")


def _require(path: Path) -> None:
    if not Path(path).is_file():
        raise InputError(
            "{path} is missing, so the report that shows it cannot be written: run the stage "
            "that makes it first, or ask for the report through the workflow.",
            path=path,
        )
