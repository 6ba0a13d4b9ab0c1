"""Rewrite a CSV of another dialect in INEP's own, so that there is one way to read it."""

import csv
import io
from collections.abc import Iterator

from enem.convert.blocks import Block, LineBlocks
from enem.convert.csv_stream import CsvStream
from enem.convert.dialect import INEP_DELIMITER, Dialect, dialect_of
from enem.errors import InputError, Sentence, sentence

ROWS_PER_BLOCK = 10_000
BREAKS = str.maketrans({INEP_DELIMITER: " ", "\n": " ", "\r": " "})
"""What a quoted field may hold and a field of INEP's dialect may not."""

END_OF_FILE = "\x1a"


class RewrittenBlocks:
    """The header of a CSV and, by iteration (once), its data lines as INEP would write them.

    Line numbers are those of the file.

    Parameters
    ----------
    file
        How to name the file in messages.

    Attributes
    ----------
    header, dialect, cut_last_line
        As those of `LineBlocks`.
    """

    def __init__(self, stream: CsvStream, file: Sentence) -> None:
        self.dialect: Dialect = dialect_of(stream.head())
        self._file = file
        self._last = ""
        # Bytes beyond ASCII pass through Latin-1 unchanged, whatever they mean.
        self._out = "latin-1" if self.dialect.encoding == "latin-1" else "utf-8"
        text = io.TextIOWrapper(io.BufferedReader(stream), self.dialect.encoding, newline="")
        self._rows = csv.reader(self._lines(text), **self.dialect.csv_options)
        self.cut_last_line = False
        self.header = self._next() or []

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks in order."""
        lines: list[str] = []
        before, first = self._rows.line_num, self._rows.line_num + 1
        while (row := self._next()) is not None:
            if self._is_cut(row):
                self.cut_last_line = True
                break
            lines.append(_line(row))
            # Within a block, a line is a row: a field that goes over several ends the block.
            if len(lines) == ROWS_PER_BLOCK or self._rows.line_num != before + 1:
                yield self._block(first, lines)
                lines, first = [], self._rows.line_num + 1
            before = self._rows.line_num
        if lines:
            yield self._block(first, lines)

    def _block(self, first: int, lines: list[str]) -> Block:
        text = "\n".join([*lines, ""])
        return Block(first, len(lines), text.encode(self._out))

    def _is_cut(self, row: list[str]) -> bool:
        """Whether a row is what remains of the last one of a file that was cut off."""
        ended = self._last.endswith(("\n", "\r"))
        return not ended and 0 < len(row) < len(self.header)

    def _next(self) -> list[str] | None:
        """Return the next row, or None at the end."""
        try:
            return next(self._rows, None)
        except csv.Error as error:
            why = sentence(
                "cannot be read as a CSV with the delimiter {delimiter!r} ({error})",
                delimiter=self.dialect.delimiter,
                error=error,
            )
        except UnicodeError as error:
            why = sentence(
                "holds bytes that are not {encoding} ({reason})",
                encoding=self.dialect.encoding,
                reason=error.reason,
            )
        raise InputError(
            "{file}: what follows line {line} {why}, so the file is damaged or cut short. "
            "Save it again, or give the zip as INEP publishes it.",
            file=self._file,
            line=self._rows.line_num,
            why=why,
        )

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        """Yield the lines, but for the mark that ends the text."""
        for line in text:
            self._last = line.rstrip(END_OF_FILE) if line.endswith(END_OF_FILE) else line
            if self._last:
                yield self._last


def _line(row: list[str]) -> str:
    line = INEP_DELIMITER.join(row)
    if line.count(INEP_DELIMITER) >= len(row) > 0 or "\n" in line or "\r" in line:
        return INEP_DELIMITER.join(field.translate(BREAKS) for field in row)
    return line


def blocks_of(stream: CsvStream, file: Sentence) -> LineBlocks | RewrittenBlocks:
    """Return the blocks of a CSV, read as they are where its dialect is INEP's."""
    plain = dialect_of(stream.head()).is_plain
    return LineBlocks(stream, file) if plain else RewrittenBlocks(stream, file)
