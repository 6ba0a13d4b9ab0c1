"""Find participants who are in a file more than once, by hashes of their registration numbers.

A hash has 64 bits: of seven million numbers, two share one with a probability of one in a million.
"""

import numpy as np
import pyarrow as pa

from enem.convert import kernel
from enem.errors import InputError, Sentence, sentence

NO_KEY = 0


def keys_of(numbers: pa.BinaryArray) -> np.ndarray:
    """Return a hash of each registration number, 0 where there is none."""
    keys = np.zeros(len(numbers), np.uint64)
    ends = np.frombuffer(numbers.buffers()[1], np.int32)
    text = numbers.buffers()[2] or pa.py_buffer(b"")
    ends = ends[numbers.offset : numbers.offset + len(numbers) + 1]
    kernel.hash_texts(np.frombuffer(text, np.uint8), ends, keys)
    return keys


class Registrations:
    """Collects the hashes of a file's registration numbers, 8 bytes a row."""

    def __init__(self) -> None:
        self._keys: list[np.ndarray] = []

    def add(self, keys: np.ndarray) -> None:
        """Take those of a block."""
        self._keys.append(keys)

    def check(self, file: Sentence, column: str | None) -> bool:
        """Refuse numbers that appear more than once.

        Returns
        -------
        bool
            Whether there was anything to check: not where the column is absent or blank, masked by
            one text for all, or rounded by a spreadsheet (1.9E+11).

        Raises
        ------
        InputError
            With how many they are, and the first two rows of one.
        """
        keys = np.concatenate([*self._keys, np.zeros(0, np.uint64)])
        self._keys = [keys]  # the blocks' own memory is free for the sorted copy
        ordered = keys[keys != NO_KEY]
        ordered.sort()
        if ordered.size < 2 or ordered[0] == ordered[-1]:
            return False
        repeated = ordered[1:][ordered[1:] == ordered[:-1]]
        if repeated.size:
            raise InputError(_repeated(file, column, keys, np.unique(repeated)))
        return True


def _repeated(
    file: Sentence, column: str | None, keys: np.ndarray, repeated: np.ndarray
) -> Sentence:
    again = np.isin(keys, repeated)
    first = np.flatnonzero(again)[0]
    second = np.flatnonzero(keys == keys[first])[1]
    return sentence(
        "{file}: {size:,} registration numbers ({column}) appear more than once, in {rows:,} "
        "rows, first in data rows {first:,} and {second:,}, so participants would be counted "
        "twice; the file was joined from pieces that overlap: give the zip as INEP publishes "
        "it, or remove the repeated rows.",
        file=file,
        size=repeated.size,
        column=column,
        rows=again.sum(),
        first=first + 1,
        second=second + 1,
    )
