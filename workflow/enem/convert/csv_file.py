"""Find the participants' CSV in what holds it: a zip, a gzip file, or nothing."""

import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from isal import igzip, igzip_lib

from enem.convert.directory import find_member
from enem.convert.zip_stream import PIECE, inflated
from enem.editions import edition_named
from enem.errors import InputError, Sentence, sentence
from enem.retrieve.formats import GZIP, ZIP, form_of


@dataclass(frozen=True)
class CsvFile:
    """A CSV on disk: a member of a zip, compressed by gzip, or as it is.

    Attributes
    ----------
    path
        The file, links resolved, so that a message names what its reader knows.
    form
        One of the forms of `enem.retrieve.formats`.
    entry
        The member's entry in the directory of the zip.
    """

    path: Path
    form: str
    entry: zipfile.ZipInfo | None

    @property
    def name(self) -> str:
        """Name of the CSV, that of the member in a zip."""
        return self.entry.filename if self.entry else self.path.name

    def label(self, edition: str) -> Sentence:
        """How to name the CSV in messages."""
        of = {"path": self.path, "edition": edition}
        if self.entry:
            return sentence("{name} in {path} (edition {edition})", name=self.name, **of)
        return sentence("{path} (edition {edition})", **of)

    @property
    def size(self) -> int | None:
        """Bytes of the CSV, where they are known before it is read."""
        if self.entry:
            return self.entry.file_size
        return None if self.form == GZIP else self.path.stat().st_size

    def pieces(self) -> Generator[bytes]:
        """Yield its bytes in pieces of any size."""
        if self.entry:
            return inflated(self.path, self.entry)
        return _gunzipped(self.path) if self.form == GZIP else _read(self.path)


def find_csv(path: Path, edition: str) -> CsvFile:
    """Find the participants' CSV of `edition` in a file, or refuse what holds none."""
    if not path.is_file():
        raise InputError("There is no file {path}; check the path.", path=path)
    found = path.resolve() if path.is_symlink() else path
    form = form_of(found)
    entry = find_member(found, edition_named(edition)) if form == ZIP else None
    return CsvFile(found, form, entry)


def _read(path: Path) -> Generator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            yield piece


def _gunzipped(path: Path) -> Generator[bytes]:
    try:
        with igzip.open(path, "rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except (EOFError, OSError, igzip_lib.error) as error:
        raise InputError(
            "{path} is damaged or cut short: {error}. Compress it again, or name the CSV itself.",
            path=path,
            error=error,
        ) from error
