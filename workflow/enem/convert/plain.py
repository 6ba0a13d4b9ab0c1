"""Convert blocks of plain lines fast, and leave every other block to a CSV reader."""

from collections import Counter

import numpy as np
import pyarrow as pa

from enem.convert import kernel
from enem.convert.arrays import masked, texts_between
from enem.convert.blocks import Block
from enem.convert.columns import ESSAY_PRESENCE, MUNICIPALITY, SCORE_COLUMNS, YEAR_COLUMN, Plan
from enem.convert.harmonise import PRESENT, Harmonised, Harmoniser
from enem.convert.recoding import UNKNOWN, Recoding
from enem.convert.values import Unknown
from enem.names import ESSAY


class PlainReader:
    """Makes the converted rows of a block of plain lines.

    It accepts only what `enem.convert.parse.BlockParser` would otherwise read to the same values,
    so every fault has one place where it is explained.

    Parameters
    ----------
    plan
        How the file is read.
    harmonise
        The file's harmoniser, which knows the codes.
    """

    def __init__(self, plan: Plan, harmonise: Harmoniser) -> None:
        self._harmonise = harmonise
        self._tables: dict[str, tuple[Recoding, np.ndarray]] = {
            output: (recoding, recoding.table(plan.edition.missing_markers))
            for output, recoding in harmonise.recodings.items()
        }
        # One column may be the source of several outputs.
        self._coded = list({recoding.column: 0 for recoding in harmonise.recodings.values()})
        self._number_sources = plan.numbers
        self._columns = self._columns_of(plan)

    def _columns_of(self, plan: Plan) -> kernel.Columns:
        kinds = np.full(len(plan.header), kernel.SKIPPED, np.int8)
        rows = np.zeros(len(plan.header), np.int64)
        wanted = {
            kernel.CODE: self._coded,
            kernel.POINTS: [score.column for score in SCORE_COLUMNS.values()],
            kernel.INTEGER: list(plan.numbers.values()),
            kernel.NAME: [MUNICIPALITY[1]] if plan.names_municipalities else [],
            kernel.YEAR: [YEAR_COLUMN],
            kernel.KEY: [plan.registration] if plan.registration else [],
        }
        for kind, names in wanted.items():
            for row, name in enumerate(names):
                kinds[plan.header.index(name)], rows[plan.header.index(name)] = kind, row
        stops = np.union1d(np.flatnonzero(kinds != kernel.SKIPPED), len(kinds) - 1)
        return kernel.Columns(
            np.diff(stops, prepend=-1) - 1,
            kinds[stops],
            rows[stops],
            np.array([score.highest for score in SCORE_COLUMNS.values()]),
            np.full(len(plan.numbers), np.iinfo(np.int32).max, np.int64),
            np.frombuffer("".join(plan.edition.missing_markers).encode(), np.uint8),
            np.frombuffer(str(plan.edition.year).encode(), np.uint8),
        )

    def __call__(self, block: Block) -> Harmonised | None:
        """Return the converted rows of a block, or None if something in it is not plain."""
        if b"\r" in block.data:
            return None
        lines = block.lines
        fields = kernel.Fields(
            np.empty((len(self._coded), lines), np.uint16),
            np.empty((len(SCORE_COLUMNS), lines)),
            np.empty((len(self._number_sources), lines), np.int64),
            np.zeros(lines, np.uint64),
            np.empty(len(block.data), np.uint8),
            np.zeros(lines + 1, np.int32),
        )
        text = np.frombuffer(block.data, np.uint8)
        if kernel.read_lines(text, self._columns, fields) == kernel.UNUSUAL:
            return None
        unknown: Unknown = {}
        numbers = self._numbers(fields, unknown)
        return None if numbers is None else self._assembled(fields, numbers, unknown)

    def _numbers(self, fields: kernel.Fields, unknown: Unknown) -> dict[str, np.ndarray] | None:
        """Look the codes of each output up, unless a required one is not in the dictionary.

        Those of other columns are counted in `unknown`.
        """
        codes = dict(zip(self._coded, fields.codes, strict=True))
        numbers = {}
        for output, (recoding, table) in self._tables.items():
            numbers[output] = table[codes[recoding.column]]
            strange = numbers[output] == UNKNOWN
            if strange.any():
                if recoding.required:
                    return None
                unknown[recoding.column] = _counted(codes[recoding.column][strange])
        return numbers

    def _assembled(
        self, fields: kernel.Fields, numbers: dict[str, np.ndarray], unknown: Unknown
    ) -> Harmonised:
        points = dict(zip(SCORE_COLUMNS, fields.points, strict=True))
        integers = dict(zip(self._number_sources, fields.integers, strict=True))
        points[ESSAY][numbers[ESSAY_PRESENCE] != PRESENT] = np.nan
        columns = {
            **{output: self._tables[output][0].values(each) for output, each in numbers.items()},
            **{area: masked(each, ~np.isnan(each), pa.float64()) for area, each in points.items()},
            **{output: _number(each) for output, each in integers.items()},
        }
        names = self._names(fields).dictionary_encode()
        return self._harmonise.assembled(columns, names, unknown, fields.keys)

    def _names(self, fields: kernel.Fields) -> pa.BinaryArray:
        begins, lengths = fields.name_ends[:-1], np.diff(fields.name_ends)
        marked = np.isin(fields.names[begins], self._columns.missing) & (lengths == 1)
        valid = (lengths > 0) & ~marked
        return texts_between(pa.py_buffer(fields.names), fields.name_ends, pa.binary(), valid)


def _number(integers: np.ndarray) -> pa.Array:
    return masked(integers.astype(np.int32), integers != kernel.BLANK, pa.int32())


def _counted(codes: np.ndarray) -> Counter[str]:
    """Count codes of up to two bytes, given as little-endian numbers."""
    distinct, rows = np.unique(codes, return_counts=True)
    texts = (int(code).to_bytes(2, "little").rstrip(b"\0").decode("latin-1") for code in distinct)
    return Counter(dict(zip(texts, rows.tolist(), strict=True)))
