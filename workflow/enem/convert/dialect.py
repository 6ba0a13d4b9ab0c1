"""Tell the dialect of a CSV by its beginning, where that takes no guess."""

import csv
import re
from dataclasses import dataclass

from enem.convert.header import ANY_HEADER

LOOKED_AT = 1 << 20
INEP_DELIMITER = ";"
DELIMITERS = (INEP_DELIMITER, ",", "\t", "|")
BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
UTF_16_WITHOUT_MARK = {(False, True): "utf-16-le", (True, False): "utf-16-be"}
QUOTED_FIELD = re.compile(r'(?:^|[;,\t|\r\n])"')


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written.

    Attributes
    ----------
    delimiter
        What separates fields.
    quoted
        Whether fields may stand in double quotes.
    encoding
        Python's name of it; ``latin-1`` for anything in which ASCII is ASCII, until the names in
        the file show what it is.
    mac_newlines
        Whether lines end in a carriage return alone.
    """

    delimiter: str = INEP_DELIMITER
    quoted: bool = False
    encoding: str = "latin-1"
    mac_newlines: bool = False

    @property
    def is_ineps(self) -> bool:
        """Whether it is that of the files that INEP publishes, as far as ASCII goes."""
        return self == Dialect()

    @property
    def wide_encoding(self) -> str | None:
        """The encoding, where the beginning of the file shows it."""
        return None if self.encoding == "latin-1" else self.encoding.removesuffix("-sig")

    @property
    def is_plain(self) -> bool:
        """Whether lines can be cut at semicolons, without decoding them."""
        return self == Dialect(encoding=self.encoding) and self.encoding in ("latin-1", "utf-8-sig")

    def split(self, line: str) -> list[str]:
        """Split one line into its fields."""
        return next(csv.reader([line], **self.csv_options), [])

    @property
    def csv_options(self) -> dict[str, str | int | bool]:
        """What Python's csv module needs to know."""
        if self.quoted:
            return {"delimiter": self.delimiter, "quotechar": '"', "strict": True}
        return {"delimiter": self.delimiter, "quoting": csv.QUOTE_NONE}


def dialect_of(head: bytes) -> Dialect:
    """Return the dialect of the CSV that begins with `head`."""
    encoding = _encoding(head)
    text = head[:LOOKED_AT].decode(encoding, errors="ignore")
    mac = "\n" not in text and "\r" in text
    line = first_line(text)
    quoted = '"' in text and QUOTED_FIELD.search(text) is not None
    found = [Dialect(d, quoted, encoding, mac) for d in DELIMITERS]
    # The delimiter is the one that cuts a known name out of the header; that of most fields, if
    # none does, so that a message shows the header as it is meant.
    return max(found, key=lambda dialect: _likeness(dialect, line))


def header_in(head: bytes) -> list[str]:
    """Return the names in the first line of the CSV that begins with `head`; none if unreadable."""
    dialect = dialect_of(head)
    try:
        return dialect.split(first_line(head.decode(dialect.encoding, errors="ignore")))
    except csv.Error:
        return []


def first_line(text: str) -> str:
    """Return the first line of a text, without its end."""
    return re.split(r"\r\n|\n|\r", text, maxsplit=1)[0]


def _likeness(dialect: Dialect, line: str) -> tuple[bool, int]:
    try:
        fields = dialect.split(line)
    except csv.Error:
        return (False, 0)
    return (any(field.strip().upper() in ANY_HEADER for field in fields), len(fields))


def _encoding(head: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    return UTF_16_WITHOUT_MARK.get((head[:1] == b"\0", head[1:2] == b"\0"), "latin-1")
