"""Look codes up, a column of a block at a time.

Rows are never looked at one by one: a code is looked up once per distinct value, or through a
table indexed by the bytes of the code.
"""

import numpy as np
import pyarrow as pa

from enem.editions import CodedColumn

MISSING = -1
UNKNOWN = -2
WIDEST_TABLE = 2
"""Longest code, in bytes, that is looked up through a table (of 256 or 65,536 entries)."""


class UnexpectedValueError(Exception):
    """A block holds a value that the edition's dictionary does not have."""


class Recoding:
    """How the codes of one column become harmonised values.

    Attributes
    ----------
    raw_type
        How to read the column: as fixed-width bytes where all its codes are equally long.
    type
        What it becomes: text as a dictionary, whole numbers as int8, truth values as bool.
    """

    def __init__(self, source: CodedColumn) -> None:
        self.column = source.column
        values = list(dict.fromkeys(value for value in source.codes.values() if value is not None))
        is_text = isinstance(values[0], str)
        number = {value: place if is_text else int(value) for place, value in enumerate(values)}
        self._numbers = {
            code.encode(): number.get(value, MISSING) for code, value in source.codes.items()
        }
        self._vocabulary = pa.array(values) if is_text else None
        self.type = _output_type(values[0])
        self.raw_type = _raw_type(source)
        self._table = _table(self._numbers, self.raw_type)

    def __call__(self, raw: pa.RecordBatch) -> pa.Array:
        """Return the harmonised column of a block.

        Raises
        ------
        UnexpectedValueError
            When a code is not in the edition's dictionary.
        """
        column = raw.column(self.column)
        look_up = self._by_distinct_value if self._table is None else self._by_bytes
        numbers = look_up(column)
        if (numbers == UNKNOWN).any():
            raise UnexpectedValueError(self.column)
        values = pa.array(numbers, pa.int8(), mask=numbers < 0)
        if self._vocabulary is not None:
            return pa.DictionaryArray.from_arrays(values, self._vocabulary)
        return values.cast(self.type)

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
    if len(widths) == 1 and (width := widths.pop()) <= WIDEST_TABLE:
        return pa.binary(width)
    return pa.dictionary(pa.int32(), pa.binary())


def _table(numbers: dict[bytes, int], raw_type: pa.DataType) -> np.ndarray | None:
    """Return the number of every possible code of a fixed width."""
    if not pa.types.is_fixed_size_binary(raw_type):
        return None
    table = np.full(256**raw_type.byte_width, UNKNOWN, np.int8)
    for code, number in numbers.items():
        table[int.from_bytes(code, "little")] = number
    return table
