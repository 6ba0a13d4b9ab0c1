"""Read the participants' CSV straight from INEP's zip, inflating it in the background."""

import io
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from isal import isal_zlib

from enem.convert.background import prefetched
from enem.convert.directory import find_member
from enem.editions import edition_named, load_layouts
from enem.errors import InputError

COMPRESSED_READ = 1 << 15
"""The inflater keeps Python's global lock, so it works in pieces of a fraction of a millisecond:
between two of them, reading the file lets the parsing threads run."""

LARGEST_PIECE = 1 << 20
CHUNK = 6 << 20
CHUNKS_AHEAD = 3
LONGEST_HEADER = 1 << 20

LOCAL_HEADER_BYTES = 30
LOCAL_NAME_LENGTH = slice(26, 28)
LOCAL_EXTRA_LENGTH = slice(28, 30)
LOCAL_MAGIC = b"PK\x03\x04"


class InflatedMember(io.RawIOBase):
    """The bytes of one CSV of a zip, as a readable file that is inflated by another thread.

    Length and CRC-32 are compared with the zip's directory when the last byte has been read.
    Closing the file early, or an error, ends the thread.

    Attributes
    ----------
    entry
        The member's entry in the directory of the zip.
    """

    def __init__(self, zip_path: Path, entry: zipfile.ZipInfo) -> None:
        super().__init__()
        self.zip_path = zip_path
        self.entry = entry
        self._chunks = prefetched(_joined(inflated(zip_path, entry)), CHUNKS_AHEAD)
        self._unread = memoryview(b"")

    def readable(self) -> bool:
        """Say that the file can be read."""
        return True

    def chunks(self) -> Iterator[bytes]:
        """Yield what has not been read yet in chunks of some 6 MiB."""
        if self._unread:
            rest, self._unread = bytes(self._unread), memoryview(b"")
            yield rest
        yield from self._chunks

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` as far as one chunk goes; 0 says that the file has ended."""
        if not self._unread:
            self._unread = memoryview(next(self._chunks, b""))
        taken = min(len(buffer), len(self._unread))
        buffer[:taken] = self._unread[:taken]
        self._unread = self._unread[taken:]
        return taken

    def close(self) -> None:
        """End the inflating thread and release the zip."""
        self._chunks.close()
        super().close()


def open_member(zip_path: Path, edition: str) -> InflatedMember:
    """Open the participants' CSV of `edition` inside INEP's zip; nothing is extracted to disk.

    Raises
    ------
    InputError
        When the zip or its member cannot be read; and, while reading, when the file is
        truncated or differs from the length and CRC-32 in the zip's directory.
    """
    return InflatedMember(zip_path, find_member(zip_path, edition_named(edition)))


def read_header(zip_path: Path, edition: str) -> list[str]:
    """Return the column names of the participants' CSV, inflating only its beginning."""
    start = b""
    with closing(inflated(zip_path, find_member(zip_path, edition_named(edition)))) as pieces:
        for piece in pieces:
            start += piece
            if b"\n" in piece or len(start) > LONGEST_HEADER:
                break
    return column_names(start.partition(b"\n")[0])


def column_names(header_line: bytes) -> list[str]:
    """Split a header line of INEP's dialect into column names."""
    return header_line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n").decode("latin-1").split(";")


def layout_of(header: list[str], file: str = "the CSV") -> str:
    """Return the layout that a header belongs to: ``first_release`` or ``lgpd``.

    Parameters
    ----------
    header
        Column names.
    file
        How to name the file in messages.

    Raises
    ------
    InputError
        When the header has neither layout's columns.
    """
    for layout in load_layouts().values():
        if set(layout.columns) <= set(header):
            return layout.name
    wanted = " nor ".join(" with ".join(layout.columns) for layout in load_layouts().values())
    raise InputError(
        f"The header of {file} has neither {wanted} among its {len(header)} columns "
        f"({'; '.join(header[:4])}...), so it is in no layout that INEP has used from 2009 to "
        "2023. Give the zip as INEP publishes it."
    )


def inflated(zip_path: Path, entry: zipfile.ZipInfo) -> Generator[bytes]:
    """Yield the member's bytes in small pieces, verifying length and CRC-32 at the end."""
    crc, size = 0, 0
    with zip_path.open("rb", buffering=0) as file:
        compressed = _compressed(file, zip_path, entry)
        stored = entry.compress_type == zipfile.ZIP_STORED
        for piece in compressed if stored else _inflate(compressed, zip_path, entry):
            crc = isal_zlib.crc32(piece, crc)
            size += len(piece)
            yield piece
    _compare(zip_path, entry, "bytes", entry.file_size, size)
    _compare(zip_path, entry, "as CRC-32", f"{entry.CRC:08x}", f"{crc:08x}")


def _joined(pieces: Generator[bytes]) -> Generator[bytes]:
    """Join small pieces into chunks that are worth handing to another thread."""
    with closing(pieces):
        waiting: list[bytes] = []
        size = 0
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
        yield b"".join(waiting)


def _compressed(file: io.FileIO, zip_path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the member's bytes as they lie in the zip; the directory knows how many they are."""
    file.seek(entry.header_offset)
    local = file.read(LOCAL_HEADER_BYTES)
    if len(local) < LOCAL_HEADER_BYTES or not local.startswith(LOCAL_MAGIC):
        _refuse(zip_path, entry, f"its local header {LOCAL_MAGIC!r}", f"{local[:4]!r}")
    names = (local[LOCAL_NAME_LENGTH], local[LOCAL_EXTRA_LENGTH])
    file.seek(sum(int.from_bytes(length, "little") for length in names), io.SEEK_CUR)
    remaining = entry.compress_size
    while remaining:
        data = file.read(min(COMPRESSED_READ, remaining))
        if not data:
            found = f"{entry.compress_size - remaining:,}"
            _refuse(zip_path, entry, f"{entry.compress_size:,} compressed bytes", found)
        remaining -= len(data)
        yield data


def _inflate(
    compressed: Iterator[bytes], zip_path: Path, entry: zipfile.ZipInfo
) -> Iterator[bytes]:
    """Inflate raw deflate data in pieces whose size does not depend on the compression."""
    inflater = isal_zlib.decompressobj(wbits=-15)
    while not inflater.eof:
        data = inflater.unconsumed_tail or next(compressed, b"")
        try:
            chunk = inflater.decompress(data, LARGEST_PIECE)
        except isal_zlib.error as error:
            raise InputError(
                _damaged(zip_path, entry, "a whole deflate stream", str(error))
            ) from error
        if not data and not chunk:
            _refuse(zip_path, entry, "the end of the deflate stream", "none")
        if chunk:
            yield chunk


def _compare(
    zip_path: Path, entry: zipfile.ZipInfo, what: str, expected: int | str, found: int | str
) -> None:
    if expected != found:
        _refuse(zip_path, entry, f"{expected} {what}", str(found))


def _refuse(zip_path: Path, entry: zipfile.ZipInfo, expected: str, found: str) -> None:
    raise InputError(_damaged(zip_path, entry, expected, found))


def _damaged(zip_path: Path, entry: zipfile.ZipInfo, expected: str, found: str) -> str:
    return (
        f"{entry.filename} in {zip_path} is damaged or cut short: expected {expected}, "
        f"found {found}. Download the zip again."
    )
