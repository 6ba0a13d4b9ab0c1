"""Look codes up, a column of a block at a time.

Rows are never looked at one by one: a code is looked up once per distinct value, or through a
table indexed by the bytes of the code.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from enem.convert.arrays import masked, texts
from enem.convert.kernel import LONGEST_CODE
from enem.convert.values import counted
from enem.editions import CodedColumn

MISSING = -1
UNKNOWN = -2
TEXTS = pa.dictionary(pa.int32(), pa.binary())


class UnexpectedValueError(Exception):
    """A block holds a value that the edition's dictionary does not have."""


class Recoding:
    """How the codes of one column become harmonised values.

    Attributes
    ----------
    column
        The source.
    required
        Whether a code that the edition's dictionary does not have is refused; else it is missing.
    raw_type
        How to read the column: as fixed-width bytes where all its codes are equally long.
    type
        What it becomes: text as a dictionary, whole numbers as int8, truth values as bool.
    """

    def __init__(self, source: CodedColumn, required: bool = True) -> None:
        self.column = source.column
        self.required = required
        values = list(dict.fromkeys(value for value in source.codes.values() if value is not None))
        is_text = isinstance(values[0], str)
        number = {value: place if is_text else int(value) for place, value in enumerate(values)}
        self._numbers = {
            code.encode(): number.get(value, MISSING) for code, value in source.codes.items()
        }
        self._vocabulary = texts(values) if is_text else None
        self.type = _output_type(values[0])
        self.raw_type = _raw_type(source) if required else TEXTS
        self._table = (
            _table(self._numbers, self.raw_type.byte_width)
            if pa.types.is_fixed_size_binary(self.raw_type)
            else None
        )

    def __call__(self, raw: pa.RecordBatch) -> tuple[pa.Array, Counter[str]]:
        """Return the harmonised column of a block, and the rows of each code it does not know.

        Raises
        ------
        UnexpectedValueError
            When a code is not in the edition's dictionary and the column is required.
        """
        column = raw.column(self.column)
        fixed = pa.types.is_fixed_size_binary(column.type)
        look_up = self._by_bytes if fixed else self._by_distinct_value
        numbers = look_up(column)
        if not (numbers == UNKNOWN).any():
            return self.values(numbers), Counter()
        if self.required:
            raise UnexpectedValueError(self.column)
        return self.values(numbers), self._unknown(column)

    def _unknown(self, column: pa.DictionaryArray) -> Counter[str]:
        codes = column.dictionary.to_pylist()
        counts = counted([code.decode("latin-1") for code in codes], column.indices)
        known = {code.decode() for code in self._numbers}
        return Counter({code: rows for code, rows in counts.items() if code not in known})

    def values(self, numbers: np.ndarray) -> pa.Array:
        """Return the harmonised values that numbers of the table stand for; null for others."""
        if self._vocabulary is None:
            return masked(numbers, numbers >= 0, self.type)
        places = masked(numbers, numbers >= 0, pa.int8())
        return pa.DictionaryArray.from_arrays(places, self._vocabulary)

    def table(self, missing_markers: Iterable[str]) -> np.ndarray:
        """Return the number of every field of up to two bytes, an empty one among them.

        Parameters
        ----------
        missing_markers
            What stands for a missing value.

        Returns
        -------
        (65536,) array of int8
            By the field's bytes as a little-endian number.  Longer codes are not in it.
        """
        markers = {marker.encode(): MISSING for marker in missing_markers}
        return _table(markers | self._numbers, LONGEST_CODE)

    def _by_distinct_value(self, column: pa.DictionaryArray) -> np.ndarray:
        codes = column.dictionary.to_pylist()
        numbers = [self._numbers.get(code, UNKNOWN) for code in codes]
        places = column.indices.fill_null(len(codes)).to_numpy()
        return np.array([*numbers, MISSING], np.int8)[places]

    def _by_bytes(self, column: pa.FixedSizeBinaryArray) -> np.ndarray:
        codes = np.frombuffer(column.buffers()[1], f"<u{column.type.byte_width}")
        numbers = self._table[codes[column.offset : column.offset + len(column)]]
        if column.null_count:
            numbers[column.is_null().to_numpy(zero_copy_only=False)] = MISSING
        return numbers


def _output_type(value: str | int | bool) -> pa.DataType:
    if isinstance(value, str):
        return pa.dictionary(pa.int8(), pa.string())
    return pa.bool_() if isinstance(value, bool) else pa.int8()


def _raw_type(source: CodedColumn) -> pa.DataType:
    widths = {len(code) for code in source.codes}
    if len(widths) == 1 and (width := widths.pop()) <= LONGEST_CODE:
        return pa.binary(width)
    return TEXTS


def _table(numbers: dict[bytes, int], width: int) -> np.ndarray:
    """Return the number of every possible code of up to `width` bytes, 0 where it has fewer."""
    table = np.full(256**width, UNKNOWN, np.int8)
    for code, number in numbers.items():
        if len(code) <= width:
            table[int.from_bytes(code, "little")] = number
    return table
