"""The table of sources: where INEP publishes each edition, and what is known of the file."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from enem.errors import InputError, Sentence, sentence

COLUMNS = ("edition", "url", "bytes", "sha256", "rows", "note")
PATTERNS = {
    "edition": (re.compile(r"\d{4}"), sentence("a year of four digits")),
    "url": (re.compile(r"https?://\S+"), sentence("an address that begins with https://")),
    "bytes": (re.compile(r"([1-9]\d*)?"), sentence("a whole number without separators, or blank")),
    "sha256": (
        re.compile(r"([0-9a-f]{64})?"),
        sentence("64 lower-case hexadecimal digits, or blank"),
    ),
    "rows": (re.compile(r"([1-9]\d*)?"), sentence("a whole number without separators, or blank")),
}


@dataclass(frozen=True)
class Source:
    """One edition's zip as INEP publishes it.

    Attributes
    ----------
    edition
        Year of the exam.
    url
        Address of the zip.
    bytes
        Size of the zip, where known.
    sha256
        Checksum that the zip must have; None where it is not pinned.
    rows
        Participants in the edition's table, where known.
    note
        Which release the figures are of, and what else a reader should know.
    """

    edition: str
    url: str
    bytes: int | None = None
    sha256: str | None = None
    rows: int | None = None
    note: str = ""


def load_sources(path: Path) -> dict[str, Source]:
    """Read the table of sources.

    Parameters
    ----------
    path
        A CSV file with the columns ``edition,url,bytes,sha256,rows,note``.

    Returns
    -------
    dict
        Sources by edition, in the order of the table.

    Raises
    ------
    InputError
        When the file is missing, its columns are others, or a value is malformed.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            "The table of sources {path} does not exist; restore data/sources.csv from the "
            "repository.",
            path=path,
        )
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        _check_header(reader.fieldnames, path)
        sources: dict[str, Source] = {}
        for row in reader:
            where = sentence("{path}, line {line}", path=path, line=reader.line_num)
            source = _parse(row, where)
            if source.edition in sources:
                raise InputError(
                    "{where}: edition {edition} has a row already; keep one of the two.",
                    where=where,
                    edition=source.edition,
                )
            sources[source.edition] = source
    return sources


def _check_header(found: object, path: Path) -> None:
    if list(found or []) != list(COLUMNS):
        raise InputError(
            "{path}: the header is {found!r}; it must be {columns!r}.",
            path=path,
            found=",".join(found or []),
            columns=",".join(COLUMNS),
        )


def _parse(row: dict[str, str], where: Sentence) -> Source:
    if None in row or None in row.values():
        raise InputError(
            "{where}: the row does not have {fields} fields; put a note that contains commas "
            "in double quotes.",
            where=where,
            fields=len(COLUMNS),
        )
    for column, (pattern, wanted) in PATTERNS.items():
        if not pattern.fullmatch(row[column]):
            raise InputError(
                "{where}: {column} is {value!r}; write {wanted}.",
                where=where,
                column=column,
                value=row[column],
                wanted=wanted,
            )
    numbers = {name: int(row[name]) if row[name] else None for name in ("bytes", "rows")}
    return Source(**{**row, "sha256": row["sha256"] or None, **numbers})
