"""Cut the stream of a CSV into blocks of whole lines that know their line numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from enem.convert.csv_stream import CsvStream
from enem.convert.dialect import INEP_DELIMITER, Dialect, dialect_of
from enem.errors import InputError, Sentence

LONGEST_LINE = 1 << 20
UTF_8_MARK = b"\xef\xbb\xbf"
END_OF_FILE = b"\x1a"
"""What DOS wrote at the end of a text, and some programs still do."""


@dataclass(frozen=True)
class Block:
    """Whole lines of the CSV; `first_line` is 1-based and counts the header as line 1."""

    first_line: int
    lines: int
    data: bytes

    @classmethod
    def of(cls, first_line: int, data: bytes) -> Self:
        """Count the lines of `data`; the last one of a file may lack its newline."""
        # NumPy counts newlines several times faster than bytes.count does.
        newlines = int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))
        return cls(first_line, newlines + (not data.endswith(b"\n")), data)


class LineBlocks:
    """The header of a CSV in INEP's dialect and, by iteration (once), the blocks of its data lines.

    Parameters
    ----------
    file
        How to name the file in messages.

    Attributes
    ----------
    header
        Column names.
    dialect
        Of the file.
    cut_last_line
        True, at the end of the iteration, when the file ends in a line without a newline and
        with fewer fields than the header: what remains of a row that was cut off.
    """

    def __init__(self, stream: CsvStream, file: Sentence) -> None:
        self.dialect: Dialect = dialect_of(stream.head())
        self._chunks = stream.chunks()
        self._file = file
        self.cut_last_line = False
        self._carry = b""
        self.header = column_names(self._header_line())

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks in order."""
        line = 2
        for chunk in self._chunks_after_header():
            text = self._carry + chunk if self._carry else chunk
            end = text.rfind(b"\n") + 1
            self._carry = text[end:]
            if end:
                block = Block.of(line, text if end == len(text) else text[:end])
                line += block.lines
                yield block
            self._refuse_endless_line(line)
        yield from self._last_line(line)

    def _header_line(self) -> bytes:
        start = b""
        for chunk in self._chunks:
            start += chunk
            if b"\n" in chunk or len(start) > LONGEST_LINE:
                break
        line, _, self._after_header = start.partition(b"\n")
        return line

    def _chunks_after_header(self) -> Iterator[bytes]:
        yield self._after_header
        yield from self._chunks

    def _refuse_endless_line(self, line: int) -> None:
        if len(self._carry) > LONGEST_LINE:
            raise InputError(
                "{file}: line {line} is longer than {longest:,} bytes, so this is not a CSV "
                "in INEP's dialect. Give the zip as INEP publishes it.",
                file=self._file,
                line=line,
                longest=LONGEST_LINE,
            )

    def _last_line(self, line: int) -> Iterator[Block]:
        """Yield a last line without newline if it is whole; note it if it was cut short."""
        last = self._carry.rstrip(END_OF_FILE)
        if not last:
            return
        self.cut_last_line = not last.isspace() and last.count(b";") + 1 < len(self.header)
        if not self.cut_last_line:
            yield Block.of(line, last)


def column_names(header_line: bytes) -> list[str]:
    """Split a header line of INEP's dialect into column names."""
    line = header_line.removeprefix(UTF_8_MARK).rstrip(b"\r\n" + END_OF_FILE)
    return line.decode("latin-1").split(INEP_DELIMITER)
