"""Turn the columns of a block, as INEP writes them, into those of the converted table."""

import pyarrow as pa
import pyarrow.compute as pc

from enem.convert.arrays import decoded
from enem.convert.columns import ALWAYS_WRITTEN, MUNICIPALITY, SCORE_COLUMNS, YEAR_COLUMN, Plan
from enem.convert.recoding import Recoding, UnexpectedValueError
from enem.names import ESSAY

PRESENT = 1
ESSAY_PRESENCE = "presence_LC"
"""The essay is sat in the same session as LC."""

MUNICIPALITY_OUTPUT, MUNICIPALITY_SOURCE = MUNICIPALITY
NAMES_AS_BYTES = pa.dictionary(pa.int32(), pa.binary())
NAMES = pa.dictionary(pa.int32(), pa.string())


class Harmoniser:
    """Makes the converted rows of a block; thread-safe, made once per file.

    Attributes
    ----------
    recodings
        How the codes of each coded output column are looked up.
    raw_types
        How to read each source column.
    schema
        The schema of the converted table.
    """

    def __init__(self, plan: Plan) -> None:
        self._numbers = plan.numbers
        self._year = str(plan.edition.year).encode()
        self.recodings = {output: Recoding(source) for output, source in plan.coded.items()}
        self.raw_types = {
            **{recoding.column: recoding.raw_type for recoding in self.recodings.values()},
            **{score.column: pa.float64() for score in SCORE_COLUMNS.values()},
            **dict.fromkeys(plan.numbers.values(), pa.int32()),
            YEAR_COLUMN: pa.binary(len(self._year)),
            MUNICIPALITY_SOURCE: NAMES_AS_BYTES,
        }
        types = {
            **dict.fromkeys(ALWAYS_WRITTEN, pa.dictionary(pa.int8(), pa.string())),
            **{output: recoding.type for output, recoding in self.recodings.items()},
            **dict.fromkeys(SCORE_COLUMNS, pa.float64()),
            **dict.fromkeys(plan.numbers, pa.int32()),
            MUNICIPALITY_OUTPUT: NAMES,
        }
        self.schema = pa.schema([(name, types[name]) for name in plan.outputs])

    def __call__(self, raw: pa.RecordBatch) -> pa.RecordBatch:
        """Return the converted rows of a block.

        Raises
        ------
        UnexpectedValueError
            When a value is not in the edition's dictionary or a score is out of range.
        """
        self._refuse_other_years(raw.column(YEAR_COLUMN))
        columns = {output: recoding(raw) for output, recoding in self.recodings.items()}
        columns |= {output: _score(raw, output) for output in SCORE_COLUMNS}
        columns |= {output: _number(raw, column) for output, column in self._numbers.items()}
        columns[ESSAY] = _essay_if_present(columns[ESSAY], columns[ESSAY_PRESENCE])
        return self.assembled(columns, raw.column(MUNICIPALITY_SOURCE))

    def assembled(
        self, columns: dict[str, pa.Array], municipality: pa.DictionaryArray
    ) -> pa.RecordBatch:
        """Return the converted rows, given the recoded columns, the scores and names as bytes."""
        columns[MUNICIPALITY_OUTPUT] = pa.DictionaryArray.from_arrays(
            municipality.indices, decoded(municipality.dictionary)
        )
        rows = len(municipality)
        arrays = [
            columns[field.name] if field.name in columns else pa.nulls(rows, field.type)
            for field in self.schema
        ]
        return pa.record_batch(arrays, schema=self.schema)

    def _refuse_other_years(self, years: pa.FixedSizeBinaryArray) -> None:
        same = pc.equal(years, pa.scalar(self._year, years.type))
        if not pc.all(same, skip_nulls=False).as_py():
            raise UnexpectedValueError(YEAR_COLUMN)


def _score(raw: pa.RecordBatch, output: str) -> pa.Array:
    score = SCORE_COLUMNS[output]
    values = raw.column(score.column)
    inside = pc.and_(pc.greater_equal(values, 0.0), pc.less_equal(values, score.highest))
    if pc.all(inside).as_py() is False:
        raise UnexpectedValueError(score.column)
    return values


def _number(raw: pa.RecordBatch, column: str) -> pa.Array:
    values = raw.column(column)
    if pc.all(pc.greater_equal(values, 0)).as_py() is False:
        raise UnexpectedValueError(column)
    return values


def _essay_if_present(essay: pa.Array, presence: pa.Array) -> pa.Array:
    """Blank the essays of those who did not sit it; some editions write them as 0."""
    return pc.if_else(pc.equal(presence, PRESENT), essay, pa.scalar(None, pa.float64()))
