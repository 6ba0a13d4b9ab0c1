"""Write the converted rows as one Parquet file, in large row groups."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 1 << 17
ZSTD_LEVEL = 1


def write_table(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Collect batches of rows into row groups and write them."""
    options = {"compression": "zstd", "compression_level": ZSTD_LEVEL}
    # states are not in order, so extremes rule no group out
    with pq.ParquetWriter(path, schema, write_statistics=False, **options) as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            if sum(each.num_rows for each in waiting) >= ROWS_PER_GROUP:
                _write_group(writer, waiting)
                waiting = []
        if waiting:
            _write_group(writer, waiting)


def _write_group(writer: pq.ParquetWriter, batches: list[pa.RecordBatch]) -> None:
    table = pa.Table.from_batches(batches).unify_dictionaries()
    writer.write_table(table, row_group_size=max(table.num_rows, 1))
