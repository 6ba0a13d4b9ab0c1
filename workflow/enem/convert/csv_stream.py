"""Read the participants' CSV, decompressing it in the background."""

import io
from collections.abc import Generator, Iterator
from pathlib import Path

from enem.convert.background import prefetched
from enem.convert.csv_file import CsvFile, find_csv

CHUNK = 8 << 20
CHUNKS_AHEAD = 2


class CsvStream(io.RawIOBase):
    """The bytes of a CSV, as a readable file that is decompressed by another thread.

    Closing the file early, or an error, ends the thread.

    Attributes
    ----------
    file
        What is read.
    """

    def __init__(self, file: CsvFile) -> None:
        super().__init__()
        self.file = file
        self._chunks = prefetched(chunks_of_lines(file.pieces()), CHUNKS_AHEAD)
        self._unread = memoryview(b"")

    def readable(self) -> bool:
        """Say that the file can be read."""
        return True

    def head(self) -> bytes:
        """Return what comes next, some 8 MiB of it, without taking it."""
        if not self._unread:
            self._unread = memoryview(next(self._chunks, b""))
        return bytes(self._unread)

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
        """End the decompressing thread and release the file."""
        self._chunks.close()
        super().close()


def open_csv(path: Path, edition: str) -> CsvStream:
    """Open the participants' CSV of `edition`: a file, or a member of a zip.

    Nothing is extracted to disk.

    Raises
    ------
    InputError
        When the file, or its member, cannot be read; and, while reading, when it is cut short or
        differs from its checksum.
    """
    return CsvStream(find_csv(path, edition))


def chunks_of_lines(pieces: Iterator[bytes]) -> Generator[bytes]:
    """Join pieces to chunks.

    A chunk ends with a line, unless a line is longer than a chunk or the file ends without a
    newline: whoever cuts the text into lines need not copy it.
    """
    waiting: list[bytes] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(map(len, waiting)) >= CHUNK:
            waiting[-1:], rest = _cut(piece)
            yield b"".join(waiting)
            waiting = rest
    if waiting:
        yield b"".join(waiting)


def _cut(piece: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return what of a piece is whole lines, all of it if no line ends in it, and the rest."""
    end = piece.rfind(b"\n") + 1 or len(piece)
    return [piece[:end]], [piece[end:]] if end < len(piece) else []
