"""Read the participants' CSV straight from INEP's zip, inflating it in the background."""

import io
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from isal import igzip_lib, isal_zlib

from enem.convert.background import prefetched
from enem.convert.directory import find_member
from enem.editions import edition_named, load_layouts
from enem.errors import InputError

COMPRESSED_READ = 1 << 17
PIECE = 1 << 18
"""Bytes inflated at a time, so that the checksum finds them in the processor's cache."""

CHUNK = 8 << 20
CHUNKS_AHEAD = 2
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
        self._chunks = prefetched(inflated(zip_path, entry), CHUNKS_AHEAD)
        self._unread = memoryview(b"")

    def readable(self) -> bool:
        """Say that the file can be read."""
        return True

    def chunks(self) -> Iterator[bytes]:
        """Yield what has not been read yet in chunks of some 8 MiB, most of them whole lines."""
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
    """Yield the member's bytes, length and CRC-32 verified at the end.

    A chunk ends with a line, unless a line is longer than a chunk or the file ends without a
    newline: whoever cuts the text into lines need not copy it.
    """
    crc, size = 0, 0
    waiting: list[bytes] = []
    with zip_path.open("rb", buffering=0) as file:
        for piece in _pieces(file, zip_path, entry):
            crc = isal_zlib.crc32(piece, crc)
            size += len(piece)
            waiting.append(piece)
            if sum(map(len, waiting)) >= CHUNK:
                waiting[-1:], rest = _cut(piece)
                yield b"".join(waiting)
                waiting = rest
    _compare(zip_path, entry, "bytes", entry.file_size, size)
    _compare(zip_path, entry, "as CRC-32", f"{entry.CRC:08x}", f"{crc:08x}")
    if waiting:
        yield b"".join(waiting)


def _cut(piece: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return what of a piece is whole lines, all of it if no line ends in it, and the rest."""
    end = piece.rfind(b"\n") + 1 or len(piece)
    return [piece[:end]], [piece[end:]] if end < len(piece) else []


def _pieces(file: io.FileIO, zip_path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the inflated bytes in pieces that the processor's cache holds."""
    compressed = _compressed(file, zip_path, entry)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from compressed
        return
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    while not inflater.eof:
        data = next(compressed, None) if inflater.needs_input else b""
        if data is None:
            _refuse(zip_path, entry, "a whole deflate stream", "no end of it")
        try:
            piece = inflater.decompress(data, PIECE)
        except igzip_lib.error as error:
            _refuse(zip_path, entry, "a whole deflate stream", str(error))
        if piece:
            yield piece


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


def _compare(
    zip_path: Path, entry: zipfile.ZipInfo, what: str, expected: int | str, found: int | str
) -> None:
    if expected != found:
        _refuse(zip_path, entry, f"{expected} {what}", str(found))


def _refuse(zip_path: Path, entry: zipfile.ZipInfo, expected: str, found: str) -> NoReturn:
    raise InputError(
        f"{entry.filename} in {zip_path} is damaged or cut short: expected {expected}, "
        f"found {found}. Download the zip again."
    )
