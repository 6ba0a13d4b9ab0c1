"""Turn the columns of a block, as INEP writes them, into those of the converted table."""

from collections import Counter
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enem.convert.columns import (
    ALWAYS_WRITTEN,
    ESSAY_PRESENCE,
    MUNICIPALITY,
    SCORE_COLUMNS,
    YEAR_COLUMN,
    Plan,
)
from enem.convert.names import NameDecoder
from enem.convert.recoding import TEXTS, Recoding, UnexpectedValueError
from enem.convert.registrations import keys_of
from enem.convert.values import Unknown, integer_of, readable_values, score_of
from enem.names import ESSAY

PRESENT = 1
MUNICIPALITY_OUTPUT, MUNICIPALITY_SOURCE = MUNICIPALITY
NAMES = pa.dictionary(pa.int32(), pa.string())


class Harmonised(NamedTuple):
    """The converted rows of a block.

    Attributes
    ----------
    batch
        The rows.
    unknown
        What became missing because it is not known.
    keys : (rows,) array of uint64
        Hashes of the registration numbers; 0 where there is none.
    """

    batch: pa.RecordBatch
    unknown: Unknown
    keys: np.ndarray


class Harmoniser:
    """Makes the converted rows of a block; made once per file, for one thread.

    Attributes
    ----------
    decode_names
        Decodes the names of municipalities, and notes their encoding.
    recodings
        How the codes of each coded output column are looked up.
    raw_types
        How to read each source column.
    schema
        The schema of the converted table.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.decode_names = NameDecoder(plan.file)
        self._year = str(plan.edition.year).encode()
        self.recodings = {
            output: Recoding(source, plan.is_required(output))
            for output, source in plan.coded.items()
        }
        self.raw_types = self._raw_types()
        types = {
            **dict.fromkeys(ALWAYS_WRITTEN, pa.dictionary(pa.int8(), pa.string())),
            **{output: recoding.type for output, recoding in self.recodings.items()},
            **dict.fromkeys(SCORE_COLUMNS, pa.float64()),
            **dict.fromkeys(plan.numbers, pa.int32()),
            MUNICIPALITY_OUTPUT: NAMES,
        }
        self.schema = pa.schema([(name, types[name]) for name in plan.outputs])

    def _raw_types(self) -> dict[str, pa.DataType]:
        """Say how to read each column; as texts, if it may hold anything."""
        types = {YEAR_COLUMN: pa.binary(len(self._year))}
        if self._plan.names_municipalities:
            types[MUNICIPALITY_SOURCE] = TEXTS
        for recoding in self.recodings.values():
            # Of two outputs from one column, the one that takes any text decides.
            if types.get(recoding.column) != TEXTS:
                types[recoding.column] = recoding.raw_type
        for output, score in SCORE_COLUMNS.items():
            types[score.column] = pa.float64() if self._plan.is_required(output) else TEXTS
        if self._plan.registration:
            types[self._plan.registration] = pa.binary()
        for output, column in self._plan.numbers.items():
            types[column] = pa.int32() if self._plan.is_required(output) else TEXTS
        return types

    def __call__(self, raw: pa.RecordBatch) -> Harmonised:
        """Return the converted rows of a block.

        Raises
        ------
        UnexpectedValueError
            When a value of a required column is not in the edition's dictionary, or a score is
            out of range.
        """
        self._refuse_other_years(raw.column(YEAR_COLUMN))
        columns: dict[str, pa.Array] = {}
        unknown: Unknown = {}
        for output, recoding in self.recodings.items():
            columns[output], codes = recoding(raw)
            unknown[recoding.column] = unknown.get(recoding.column, Counter()) | codes
        for output, score in SCORE_COLUMNS.items():
            columns[output], unknown[score.column] = _score(raw.column(score.column), output)
        for output, column in self._plan.numbers.items():
            columns[output], unknown[column] = _number(raw.column(column), column)
        columns[ESSAY] = _essay_if_present(columns[ESSAY], columns[ESSAY_PRESENCE])
        return self.assembled(columns, self._names(raw), unknown, self._keys(raw))

    def _names(self, raw: pa.RecordBatch) -> pa.DictionaryArray:
        if self._plan.names_municipalities:
            return raw.column(MUNICIPALITY_SOURCE)
        return pa.nulls(len(raw), TEXTS)

    def _keys(self, raw: pa.RecordBatch) -> np.ndarray:
        column = self._plan.registration
        return np.zeros(len(raw), np.uint64) if column is None else keys_of(raw.column(column))

    def assembled(
        self,
        columns: dict[str, pa.Array],
        municipality: pa.DictionaryArray,
        unknown: Unknown,
        keys: np.ndarray,
    ) -> Harmonised:
        """Return the converted rows, given the recoded columns, the scores and names as bytes."""
        columns[MUNICIPALITY_OUTPUT] = pa.DictionaryArray.from_arrays(
            municipality.indices, self.decode_names(municipality.dictionary)
        )
        rows = len(municipality)
        arrays = [
            columns[field.name] if field.name in columns else pa.nulls(rows, field.type)
            for field in self.schema
        ]
        batch = pa.record_batch(arrays, schema=self.schema)
        found = {column: codes for column, codes in unknown.items() if codes}
        return Harmonised(batch, found, keys)

    def _refuse_other_years(self, years: pa.FixedSizeBinaryArray) -> None:
        same = pc.equal(years, pa.scalar(self._year, years.type))
        if not pc.all(same, skip_nulls=False).as_py():
            raise UnexpectedValueError(YEAR_COLUMN)


def _score(values: pa.Array, output: str) -> tuple[pa.Array, Counter[str]]:
    score = SCORE_COLUMNS[output]
    if values.type == TEXTS:
        return readable_values(values, partial(score_of, highest=score.highest), pa.float64())
    inside = pc.and_(pc.greater_equal(values, 0.0), pc.less_equal(values, score.highest))
    if pc.all(inside).as_py() is False:
        raise UnexpectedValueError(score.column)
    return values, Counter()


def _number(values: pa.Array, column: str) -> tuple[pa.Array, Counter[str]]:
    if values.type == TEXTS:
        return readable_values(values, integer_of, pa.int32())
    if pc.all(pc.greater_equal(values, 0)).as_py() is False:
        raise UnexpectedValueError(column)
    return values, Counter()


def _essay_if_present(essay: pa.Array, presence: pa.Array) -> pa.Array:
    """Blank the essays of those who did not sit it; some editions write them as 0."""
    return pc.if_else(pc.equal(presence, PRESENT), essay, pa.scalar(None, pa.float64()))
