"""Read the wanted fields of INEP's plain lines, compiled.

A line has some 80 to 140 fields, of which two dozen are wanted, and CSV readers spend most of
their time on making values of all.  This reads only the wanted ones, and only from lines that have
nothing unusual about them; whatever has is left to such a reader.
"""

from typing import NamedTuple

import numpy as np

from enem.machine_code import njit

SKIPPED, CODE, POINTS, INTEGER, NAME, YEAR, KEY = range(7)
"""What a column is; the last one of a line may be none that is read."""

UNUSUAL = -1
LONGEST_CODE = 2
"""Bytes that `Fields.codes` has room for."""

BLANK = -1
"""Stands for a missing integer; none is negative."""

DIGITS = 15
"""Digits of which any number is a float64 exactly, so that one division rounds correctly."""

UNREADABLE = np.iinfo(np.int64).max

SEMICOLON, NEWLINE, POINT, ZERO, PLUS = (np.uint8(ord(character)) for character in ";\n.0+")
WORD = 8
FNV_BASIS, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
ONE = np.uint64(1)
SEVENS = np.uint64(0x7F7F7F7F7F7F7F7F)
BYTE_NUMBERS = np.uint64(0x0001020304050607)
ONES = np.uint64(0x0101010101010101)
SEMICOLONS = np.uint64(0x3B3B3B3B3B3B3B3B)
NEWLINES = np.uint64(0x0A0A0A0A0A0A0A0A)
"""Eight characters are looked at together (Warren, Hacker's Delight, 2nd ed., chapter 6)."""


class Columns(NamedTuple):
    """How to read the columns of a file that are wanted, and the last one.

    Attributes
    ----------
    gaps : (wanted,) array of int64
        Columns between it and the one before.
    kinds : (wanted,) array of int8
        `CODE`, `POINTS`, `INTEGER`, `NAME`, `YEAR` or `KEY`; the last one may be `SKIPPED`.
    rows : (wanted,) array of int64
        Row of the column in the array that its kind is written to.
    highest : (scores,) array of float64
        The highest value that can be a score.
    largest : (integers,) array of int64
        The largest integer that there is room for.
    missing : array of uint8
        Characters that stand for a missing score or integer when they stand alone.
    year : (4,) array of uint8
        The characters that the year must be.
    """

    gaps: np.ndarray
    kinds: np.ndarray
    rows: np.ndarray
    highest: np.ndarray
    largest: np.ndarray
    missing: np.ndarray
    year: np.ndarray


class Fields(NamedTuple):
    """Where the values of a block are written.

    Attributes
    ----------
    codes : (codes, lines) array of uint16
        The bytes of each code as a little-endian number; 0 for none.
    points : (scores, lines) array of float64
        NaN where missing.
    integers : (integers, lines) array of int64
        `BLANK` where missing.
    keys : (lines,) array of uint64
        A hash of the text in the column of kind `KEY`; 0 where it has none.
    names : array of uint8
        Names end to end, as long as the block.
    name_ends : (lines + 1,) array of int32
        Where each name ends in `names`, after a first 0.
    """

    codes: np.ndarray
    points: np.ndarray
    integers: np.ndarray
    keys: np.ndarray
    names: np.ndarray
    name_ends: np.ndarray


@njit(nogil=True, cache=True)
def read_lines(text: np.ndarray, columns: Columns, fields: Fields) -> int:
    """Read lines, each ended by a newline, and return how many there were.

    Parameters
    ----------
    text : array of uint8
        Whole lines.
    columns
        How to read them.
    fields
        Room for at least as many lines.

    Returns
    -------
    int
        The number of lines, or `UNUSUAL`: a line is blank or ragged, the last one is not ended, a
        code is longer than `LONGEST_CODE`, a score is no number of digits and a point, an integer
        no number of digits, or either too high.
    """
    # Arrays are taken out of their tuples once: each time would count a reference, atomically.
    gaps, kinds, rows, highest, largest, missing, year = columns
    codes, points, integers, keys, names, name_ends = fields
    words = text[: text.size - text.size % WORD].view(np.uint64)
    line = column = begin = 0
    gap = gaps[0]
    for start in range(0, text.size, WORD):
        word = words[start // WORD] if start // WORD < words.size else _rest(text, start)
        newlines = _zero_bytes(word ^ NEWLINES)
        ends = _zero_bytes(word ^ SEMICOLONS) | newlines
        count = _count(ends)
        if gap > count:  # most words lie between wanted columns
            if newlines:
                return UNUSUAL
            gap -= count
            continue
        while ends:
            place = start + _lowest_byte(ends)
            ends &= ends - ONE
            ended = text[place] == NEWLINE
            if gap > 0:
                if ended:
                    return UNUSUAL
                gap -= 1
                begin = place + 1
                continue
            kind, row = kinds[column], rows[column]
            last = column == kinds.size - 1
            if last != ended:
                return UNUSUAL
            if kind == CODE:
                if place - begin > LONGEST_CODE:
                    return UNUSUAL
                codes[row, line] = _code(text, begin, place)
            elif kind == POINTS:
                score = _points(text, begin, place, missing)
                if score > highest[row]:
                    return UNUSUAL
                points[row, line] = score
            elif kind == INTEGER:
                number = _integer(text, begin, place, missing)
                if number > largest[row]:
                    return UNUSUAL
                integers[row, line] = number
            elif kind == NAME:
                name_ends[line + 1] = _copy(text, begin, place, names, name_ends[line])
            elif kind == KEY:
                marked = place - begin == 1 and _is_marker(text[begin], missing)
                keys[line] = np.uint64(0) if marked else _hash(text, begin, place)
            elif kind == YEAR and not _same(text, begin, place, year):
                return UNUSUAL
            begin = place + 1
            column = 0 if last else column + 1
            gap = gaps[column]
            line += last
    return line if begin == text.size else UNUSUAL


@njit(nogil=True, cache=True)
def _rest(text: np.ndarray, start: int) -> np.uint64:
    """Return the last characters as a word with 0 behind them."""
    word = np.uint64(0)
    for place in range(start, text.size):
        word |= np.uint64(text[place]) << np.uint64(8 * (place - start))
    return word


@njit(nogil=True, cache=True)
def _zero_bytes(word: np.uint64) -> np.uint64:
    """Set the highest bit of each byte that is zero and no other (Warren, section 6-1)."""
    return ~(((word & SEVENS) + SEVENS) | word | SEVENS)


@njit(nogil=True, cache=True)
def _count(found: np.uint64) -> int:
    """Return how many bytes of `found` have their highest bit, the only one that may be set."""
    return np.int64(((found >> np.uint64(7)) * ONES) >> np.uint64(56))


@njit(nogil=True, cache=True)
def _lowest_byte(found: np.uint64) -> int:
    """Return which byte of `found` is the first that is not zero.

    Its one bit, as a factor, moves the byte of the constant that holds the answer to the top.
    """
    lowest = (found & (~found + ONE)) >> np.uint64(7)
    return np.int64((lowest * BYTE_NUMBERS) >> np.uint64(56))


@njit(nogil=True, cache=True)
def _same(text: np.ndarray, begin: int, end: int, wanted: np.ndarray) -> bool:
    same = end - begin == wanted.size
    for offset in range(wanted.size):
        same = same and text[begin + offset] == wanted[offset]
    return same


@njit(nogil=True, cache=True)
def _copy(text: np.ndarray, begin: int, end: int, destination: np.ndarray, used: int) -> int:
    for place in range(begin, end):
        destination[used + place - begin] = text[place]
    return used + end - begin


@njit(nogil=True, cache=True)
def _code(text: np.ndarray, begin: int, end: int) -> int:
    code = 0
    for place in range(begin, end):
        code |= text[place] << 8 * (place - begin)
    return code


@njit(nogil=True, cache=True)
def _points(text: np.ndarray, begin: int, end: int, missing: np.ndarray) -> float:
    """Return a score, NaN if it is missing, or infinity if it cannot be read."""
    if begin == end or (end - begin == 1 and _is_marker(text[begin], missing)):
        return np.nan
    whole, decimals, points = 0, 1.0, 0
    for place in range(begin, end):
        digit = text[place] - ZERO
        if text[place] == POINT:
            points += 1
        elif digit > 9:
            return np.inf
        else:
            whole = 10 * whole + digit
            decimals = decimals * 10.0 if points else decimals
    plain = points <= 1 and text[begin] != POINT and text[end - 1] != POINT
    return whole / decimals if plain and end - begin <= DIGITS else np.inf


@njit(nogil=True, cache=True)
def _integer(text: np.ndarray, begin: int, end: int, missing: np.ndarray) -> int:
    """Return a number of digits only, `BLANK` if it is missing, or more than any if neither."""
    if begin == end or (end - begin == 1 and _is_marker(text[begin], missing)):
        return BLANK
    number = 0
    for place in range(begin, end):
        digit = text[place] - ZERO
        if digit > 9:
            return UNREADABLE
        number = 10 * number + np.int64(digit)  # with an unsigned one, it would be a float
    return number if end - begin <= DIGITS else UNREADABLE


@njit(nogil=True, cache=True)
def hash_texts(text: np.ndarray, ends: np.ndarray, keys: np.ndarray) -> None:
    """Write a hash of each text, of those end to end in `text`, as `read_lines` does."""
    for place in range(keys.size):
        keys[place] = _hash(text, ends[place], ends[place + 1])


@njit(nogil=True, cache=True)
def _hash(text: np.ndarray, begin: int, end: int) -> np.uint64:
    """Return the 64-bit FNV-1a hash of a text; 0 if it is empty or a rounded number (1.9E+11)."""
    key = FNV_BASIS if end > begin else np.uint64(0)
    for place in range(begin, end):
        if text[place] == PLUS:
            return np.uint64(0)
        key = (key ^ np.uint64(text[place])) * FNV_PRIME
    return key


@njit(nogil=True, cache=True)
def _is_marker(character: np.uint8, missing: np.ndarray) -> bool:
    """Whether a character stands for a missing value.

    Callers look at a field's length themselves, since a call costs more than most fields do.
    """
    found = False
    for marker in missing:
        found |= character == marker
    return found
