"""Parse blocks of lines into the converted columns."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from enem.convert.blocks import Block
from enem.convert.columns import Plan
from enem.convert.diagnose import explain, explain_null
from enem.convert.harmonise import Harmonised, Harmoniser
from enem.convert.plain import PlainReader
from enem.convert.recoding import UnexpectedValueError
from enem.errors import InputError


@dataclass(frozen=True)
class Parsed:
    """The converted rows of a block, and what was counted of its lines."""

    made: Harmonised
    blank_lines: int
    bytes_read: int


class BlockParser:
    """Parses the blocks of one file, on one thread.

    Attributes
    ----------
    schema
        The schema of the converted table.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._harmonise = Harmoniser(plan)
        self._read_plain = PlainReader(plan, self._harmonise)
        self.schema = self._harmonise.schema
        self._dialect = pyarrow.csv.ParseOptions(delimiter=";", quote_char=False)
        self._convert = pyarrow.csv.ConvertOptions(
            include_columns=list(plan.source_columns),
            column_types=self._harmonise.raw_types,
            null_values=list(plan.edition.missing_markers),
            strings_can_be_null=True,
            check_utf8=False,
        )

    @property
    def encoding(self) -> str:
        """Encoding of the names so far: ``ascii``, ``latin-1`` or ``utf-8``."""
        return self._harmonise.decode_names.encoding

    def __call__(self, block: Block) -> Parsed:
        """Parse and harmonise the lines of a block.

        Raises
        ------
        InputError
            When a line is ragged, or a number of a required column cannot be read or is out of
            range, or a code is not in the edition's dictionary; the message names the first such
            line.
        """
        if b"\0" in block.data:
            raise InputError(explain_null(block, self._plan))
        if block.data.isspace():
            nothing = pa.RecordBatch.from_pylist([], schema=self.schema)
            made = Harmonised(nothing, {}, np.zeros(0, np.uint64))
            return Parsed(made, block.lines, len(block.data))
        try:
            made = self._read_plain(block) or self._harmonise(self._read(block.data))
        except (pa.ArrowInvalid, UnexpectedValueError) as error:
            raise InputError(explain(block, self._plan, str(error))) from error
        blank_lines = block.lines - made.batch.num_rows
        return Parsed(made, blank_lines, len(block.data))

    def _read(self, data: bytes) -> pa.RecordBatch:
        """Read the wanted columns as one batch: codes as bytes, scores as numbers."""
        lines = pyarrow.csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=list(self._plan.header)
        )
        table = pyarrow.csv.read_csv(pa.BufferReader(data), lines, self._dialect, self._convert)
        (batch,) = table.to_batches()
        return batch
