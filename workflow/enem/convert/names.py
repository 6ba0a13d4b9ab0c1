"""Decode the names of municipalities, in Latin-1 as INEP writes them or in UTF-8."""

import pyarrow as pa

from enem.convert.arrays import decoded, texts
from enem.errors import InputError, Sentence

ASCII, LATIN_1, UTF_8 = "ascii", "latin-1", "utf-8"


class NameDecoder:
    """Decodes the names of one file.

    Attributes
    ----------
    encoding
        What the names so far show: ``ascii`` until one has a character beyond it.
    """

    def __init__(self, file: Sentence) -> None:
        self._file = file
        self.encoding = ASCII

    def __call__(self, names: pa.BinaryArray) -> pa.StringArray:
        """Return distinct names, none null, as strings.

        Raises
        ------
        InputError
            When some names of the file are in one encoding and some in the other.
        """
        beyond = [name for name in names.to_pylist() if not name.isascii()]
        for name in beyond:
            self._note(name)
        if self.encoding == UTF_8 and beyond:
            return texts([name.decode() for name in names.to_pylist()])
        return decoded(names)

    def _note(self, name: bytes) -> None:
        """Note the encoding of a name; Latin-1 that is valid UTF-8 does not occur in words."""
        try:
            name.decode()
            found = UTF_8
        except UnicodeDecodeError:
            found = LATIN_1
        if self.encoding not in (ASCII, found):
            raise InputError(
                "{file}: names of municipalities are in Latin-1 in some lines and in UTF-8 "
                "in others (first {name!r}), so the file was joined from pieces of different "
                "programs; give the zip as INEP publishes it.",
                file=self._file,
                name=name.decode(found),
            )
        self.encoding = found
