"""Write the converted rows as one Parquet file, in large row groups."""

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 1 << 17
ZSTD_LEVEL = 1


class TableWriter:
    """Collects batches of rows into row groups."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            write_statistics=False,  # states are not in order, so extremes rule no group out
        )
        self._batches: list[pa.RecordBatch] = []
        self._collected = 0

    def __enter__(self) -> Self:
        """Return the writer, which closes its file at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what was collected, unless an error makes the file worthless, and close it."""
        if error is None:
            self._flush()
        self._writer.close()

    def take(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch."""
        self._batches.append(batch)
        self._collected += batch.num_rows
        if self._collected >= ROWS_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._batches:
            table = pa.Table.from_batches(self._batches).unify_dictionaries()
            self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
        self._batches, self._collected = [], 0
