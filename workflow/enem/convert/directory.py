"""Find the participants' CSV in the directory of INEP's zip."""

import re
import zipfile
from pathlib import Path, PurePosixPath

from enem.editions import Edition, refusals
from enem.errors import InputError

READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
PUBLISHED_NAME = re.compile(
    r"(?:MICRODADOS_ENEM|PARTICIPANTES|RESULTADOS)_(\d{4})\.csv", re.IGNORECASE
)


def find_member(zip_path: Path, edition: Edition) -> zipfile.ZipInfo:
    """Return the directory entry of the edition's CSV, wherever in the zip it lies.

    Raises
    ------
    InputError
        When the file is not a whole zip, holds no such member or more than one, or holds it in
        a form that cannot be read.
    """
    entries = _entries(zip_path)
    named = [entry for entry in entries if _base_name(entry).lower() == edition.member.lower()]
    if not named:
        raise InputError(_no_member(zip_path, edition, entries))
    if len(named) > 1:
        raise InputError(
            f"{zip_path} holds {edition.member} more than once "
            f"({', '.join(entry.filename for entry in named)}); keep one of them."
        )
    _refuse_unreadable(zip_path, named[0])
    return named[0]


def _base_name(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename).name


def _entries(zip_path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(zip_path) as archive:
            return [entry for entry in archive.infolist() if not entry.is_dir()]
    except FileNotFoundError as error:
        raise InputError(f"There is no file {zip_path}; check the path of the zip.") from error
    except zipfile.BadZipFile as error:
        raise InputError(_not_a_zip(zip_path)) from error


def _not_a_zip(zip_path: Path) -> str:
    size = zip_path.stat().st_size
    with zip_path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"PK"):
        return (
            f"{zip_path} is cut short: it begins as a zip, but after its {size:,} bytes the "
            "directory that ends every zip was expected and none was found. Download it again."
        )
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        return (
            f"{zip_path} is not a zip but a web page of {size:,} bytes, most likely the server's "
            "error page saved under the zip's name. Delete it and download it again."
        )
    return (
        f"{zip_path} is not a zip: its {size:,} bytes begin with {start[:4]!r} where b'PK' was "
        "expected. Delete it and download it again."
    )


def _no_member(zip_path: Path, edition: Edition, entries: list[zipfile.ZipInfo]) -> str:
    found = sorted(entry.filename for entry in entries)
    years = {match[1] for name in found if (match := PUBLISHED_NAME.search(name))}
    listed = ", ".join(found[:12]) + (", ..." if len(found) > 12 else "")
    message = (
        f"{zip_path} holds no {edition.member}, which edition {edition.name} needs; "
        f"it holds {listed or 'nothing'}."
    )
    if not years:
        return f"{message} Give the zip as INEP publishes it."
    message += f" It seems to be the {' and '.join(sorted(years))} edition."
    reasons = [refusals()[year] for year in sorted(years) if year in refusals()]
    return " ".join([message, *(reasons or ["Give that edition's name or the right zip."])])


def _refuse_unreadable(zip_path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & ENCRYPTED:
        raise InputError(
            f"{entry.filename} in {zip_path} is encrypted; give the zip as INEP publishes it."
        )
    if entry.compress_type not in READABLE_METHODS:
        raise InputError(
            f"{entry.filename} in {zip_path} is compressed by zip method {entry.compress_type}; "
            "only stored (0) and deflated (8) can be read. Give the zip as INEP publishes it."
        )
