"""A release whose names are markup, as a file that someone has tampered with may have them."""

import shutil
import zipfile
from pathlib import Path

MARKUP = "<img src=x onerror=alert(1)>"


def plant_names(path: Path) -> None:
    """Put `MARKUP` in place of every name in the CSV of a zip, and in front of its own name."""
    with zipfile.ZipFile(path) as archive:
        [member] = archive.namelist()
        header, *rows = archive.read(member).decode("latin-1").splitlines()
    named = [i for i, column in enumerate(header.split(";")) if column.startswith("NO_")]
    assert named
    hostile = [_renamed(row.split(";"), named) for row in rows]
    text = "".join(f"{line}\n" for line in (header, *hostile))
    planted = path.with_suffix(".planted")
    with zipfile.ZipFile(planted, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{MARKUP}/{member}", text.encode("latin-1"))
    shutil.move(planted, path)


def _renamed(fields: list[str], named: list[int]) -> str:
    return ";".join(MARKUP if i in named and text else text for i, text in enumerate(fields))
