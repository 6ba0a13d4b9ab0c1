"""Read one field at a time, where a block is not plain: numbers, and what is none."""

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa

NUMBER = re.compile(r"\s*-?\d+(\.\d+)?\s*")
INTEGER = re.compile(r"\s*\d+\s*")
LARGEST_INTEGER = 2**31 - 1
OTHERS = "others"
"""What stands for values that a list leaves out."""

Unknown = dict[str, Counter[str]]
"""Rows with each value that a source column should not have, by column."""


def score_of(text: str, highest: float) -> float | None:
    """Return a score from 0 to `highest` that is written with a decimal point, else None."""
    if NUMBER.fullmatch(text) is None or not 0 <= float(text) <= highest:
        return None
    return float(text)


def integer_of(text: str) -> int | None:
    """Return a number of digits only, which has room in 32 bits, else None."""
    if INTEGER.fullmatch(text) is None or int(text) > LARGEST_INTEGER:
        return None
    return int(text)


def readable_values(
    column: pa.DictionaryArray, read: Callable[[str], float | None], kind: pa.DataType
) -> tuple[pa.Array, Counter[str]]:
    """Return what can be read of a column of texts, null where not, and what cannot.

    Parameters
    ----------
    column
        Of Latin-1 bytes; nulls are missing.
    read
        Returns the value of a text, or None.
    kind
        Of the values.
    """
    texts = [code.decode("latin-1") for code in column.dictionary.to_pylist()]
    values = pa.array([read(text) for text in texts], kind)
    counts = counted(texts, column.indices)
    unreadable = {t: counts[t] for t in counts if read(t) is None}
    return values.take(column.indices), Counter(unreadable)


def counted(texts: list[str], indices: pa.Array) -> Counter[str]:
    """Return how many rows hold each text of a dictionary."""
    rows = np.bincount(indices.drop_null().to_numpy(), minlength=len(texts))
    return Counter({text: int(n) for text, n in zip(texts, rows, strict=True) if n})
