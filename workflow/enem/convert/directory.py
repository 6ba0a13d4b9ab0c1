"""Find the participants' CSV in the directory of a zip."""

import re
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from enem.convert.dialect import header_in
from enem.convert.header import AS_PUBLISHED, earlier_release, holds_scores
from enem.convert.zip_stream import ENCRYPTED, READABLE_METHODS, inflated
from enem.editions import Edition, refusals
from enem.errors import InputError, Sentence, joined, sentence
from enem.retrieve.verify import check_zip

METHODS = {
    9: sentence("Deflate64 (that of Windows Explorer for large files)"),
    12: "BZip2",
    14: "LZMA",
}
PUBLISHED_NAME = re.compile(
    r"(?:MICRODADOS_ENEM|PARTICIPANTES|RESULTADOS)_(\d{4})\.csv", re.IGNORECASE
)
EARLIER_NAME = re.compile(r"DADOS_ENEM_(\d{4})\.(csv|txt)", re.IGNORECASE)
COMPRESSED = (".zip", ".gz", ".7z", ".rar")
TABLES = (".csv", ".txt")
SPREADSHEETS = {
    "xl/workbook.xml": sentence("an Excel workbook"),
    "xl/workbook.bin": sentence("an Excel workbook (.xlsb)"),
    "content.xml": sentence("an OpenDocument spreadsheet"),
}
"""What zips that are spreadsheets hold."""

LISTED = 12


def find_member(zip_path: Path, edition: Edition) -> zipfile.ZipInfo:
    """Return the directory entry of the edition's CSV, wherever in the zip it lies.

    It is the one of INEP's name; under another name, the only one whose header is that of a table
    of participants.

    Raises
    ------
    InputError
        When the file is not a whole zip, holds no such member or more than one, or holds it in
        a form that cannot be read.
    """
    entries = _entries(zip_path)
    named = [entry for entry in entries if base_name(entry).lower() == edition.member.lower()]
    tables = [entry for entry in entries if _may_be_table(entry, edition)]
    found = named or [entry for entry in tables if _holds_scores(zip_path, entry, edition)]
    if not found:
        raise InputError(_no_member(zip_path, edition, entries))
    if len(found) > 1:
        scores = sentence("a table of edition {edition}'s scores", edition=edition.name)
        what = edition.member if named else scores
        raise InputError(
            "{zip_path} holds {what} more than once ({names}); keep one of them.",
            zip_path=zip_path,
            what=what,
            names=", ".join(entry.filename for entry in found),
        )
    _refuse_unreadable(zip_path, found[0])
    return found[0]


def find_named(zip_path: Path, name: str) -> zipfile.ZipInfo | None:
    """Return the directory entry of a member of this base name, in any case; None without one."""
    found = (e for e in _entries(zip_path) if base_name(e).lower() == name.lower())
    entry = next(found, None)
    if entry:
        _refuse_unreadable(zip_path, entry)
    return entry


def base_name(entry: zipfile.ZipInfo) -> str:
    """Return the name of a member without its folders, whichever way these are written."""
    return re.split(r"[/\\]", entry.filename)[-1]


def _entries(zip_path: Path) -> list[zipfile.ZipInfo]:
    check_zip(zip_path, str(zip_path))
    with zipfile.ZipFile(zip_path) as archive:
        return [entry for entry in archive.infolist() if base_name(entry)]


def _may_be_table(entry: zipfile.ZipInfo, edition: Edition) -> bool:
    """Whether a member may be a table, unless its name is that of another edition's."""
    name = base_name(entry)
    published = PUBLISHED_NAME.fullmatch(name)
    own = published is None or published[1] == str(edition.year)
    return own and name.lower().endswith(TABLES)


def _holds_scores(zip_path: Path, entry: zipfile.ZipInfo, edition: Edition) -> bool:
    _refuse_unreadable(zip_path, entry)
    with closing(inflated(zip_path, entry)) as pieces:
        return holds_scores(header_in(next(pieces, b"")), edition)


def _no_member(zip_path: Path, edition: Edition, entries: list[zipfile.ZipInfo]) -> Sentence:
    names = sorted(entry.filename for entry in entries)
    if any(EARLIER_NAME.fullmatch(base_name(entry)) for entry in entries):
        return earlier_release(str(zip_path), edition)
    for content, kind in SPREADSHEETS.items():
        if content in names:
            return sentence(
                "{zip_path} is {kind}, which is not read here; {as_published}.",
                zip_path=zip_path,
                kind=kind,
                as_published=AS_PUBLISHED,
            )
    listed = ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
    listed = listed or sentence("nothing")
    return sentence(
        "{zip_path} holds no {member}, which edition {edition} needs, and no table of "
        "participants under another name, but {listed}{remedy}",
        zip_path=zip_path,
        member=edition.member,
        edition=edition.name,
        listed=listed,
        remedy=_remedy(names, edition),
    )


def _remedy(names: Sequence[str], edition: Edition) -> Sentence:
    inner = [name for name in names if name.lower().endswith(COMPRESSED)]
    if inner:
        return sentence("; unzip it and give {inner} itself.", inner=" or ".join(inner))
    years = {match[1] for name in names if (match := PUBLISHED_NAME.search(name))}
    others = sorted(years - {str(edition.year)})
    if not others:
        return sentence("; {as_published}.", as_published=AS_PUBLISHED)
    seems = sentence("; it seems to be the {others} edition", others=" and ".join(others))
    reasons = [refusals()[year] for year in others if year in refusals()]
    if reasons:
        return sentence("{seems}. {reasons}", seems=seems, reasons=joined(reasons))
    return sentence("{seems}: give that edition's name or the right zip.", seems=seems)


def _refuse_unreadable(zip_path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & ENCRYPTED:
        raise InputError(
            "{filename} in {zip_path} is protected by a password; unzip it with the password "
            "and give the CSV, or give the zip as INEP publishes it.",
            filename=entry.filename,
            zip_path=zip_path,
        )
    if entry.compress_type not in READABLE_METHODS:
        other = sentence("method {number}", number=entry.compress_type)
        method = METHODS.get(entry.compress_type, other)
        raise InputError(
            "{filename} in {zip_path} is compressed by {method}, and only stored and "
            "deflated members can be read; unzip it and give the CSV, zip it again by "
            "Deflate, or give the zip as INEP publishes it.",
            filename=entry.filename,
            zip_path=zip_path,
            method=method,
        )
