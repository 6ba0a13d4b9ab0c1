"""Make Arrow arrays straight from NumPy's memory.

``pyarrow.array`` does this too, but imports pandas on its first call, to know its types, which
takes half a second that the conversion needs for nothing else.
"""

import numpy as np
import pyarrow as pa


def masked(values: np.ndarray, valid: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Return numbers as an array of Arrow's `kind`, null where not `valid`.

    Parameters
    ----------
    values : (n,) array
        Of the NumPy type of `kind`, or anything that is true or false for ``pa.bool_()``.
    valid : (n,) array of bool
    """
    data = (
        _bits(values) if pa.types.is_boolean(kind) else pa.py_buffer(np.ascontiguousarray(values))
    )
    gaps = None if valid.all() else _bits(valid)
    return pa.Array.from_buffers(kind, len(values), [gaps, data])


def texts(values: list[str]) -> pa.StringArray:
    """Return strings as an array."""
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return texts_between(pa.py_buffer(b"".join(encoded)), ends, pa.string())


def texts_between(
    data: pa.Buffer, ends: np.ndarray, kind: pa.DataType, valid: np.ndarray | None = None
) -> pa.Array:
    """Return texts that lie end to end as an array of strings or bytes.

    Parameters
    ----------
    data
        The texts.
    ends : (n + 1,) array of int32
        Where each ends, after a first 0.
    kind
        ``pa.string()``, for data that is UTF-8, or ``pa.binary()``.
    valid : (n,) array of bool
        Which are not null; all, if not given.
    """
    gaps = None if valid is None else _bits(valid)
    return pa.Array.from_buffers(kind, len(ends) - 1, [gaps, pa.py_buffer(ends), data])


def decoded(latin_1: pa.BinaryArray) -> pa.StringArray:
    """Return Latin-1 texts as strings; none may be null."""
    ends = np.frombuffer(latin_1.buffers()[1], np.int32)
    ends = ends[latin_1.offset : latin_1.offset + len(latin_1) + 1]
    data = latin_1.buffers()[2] or pa.py_buffer(b"")
    data = data[int(ends[0]) : int(ends[-1])]
    # Characters beyond ASCII take two bytes in UTF-8, so what is behind them moves by one.
    beyond = np.cumsum(np.concatenate([[0], np.frombuffer(data, np.uint8) >= 0x80]), dtype=np.int32)
    utf_8 = pa.py_buffer(data.to_pybytes().decode("latin-1").encode())
    return texts_between(utf_8, ends - ends[0] + beyond[ends - ends[0]], pa.string())


def _bits(flags: np.ndarray) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
