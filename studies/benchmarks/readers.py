"""Ways to turn the zip into Parquet, each run as a process of its own.

``python -m studies.benchmarks.readers NAME ZIP DESTINATION``.  Each writes the columns that the
workflow reads; only the workflow checks and harmonises them.  Imports are inside the functions so
that no reader pays for another's.
"""

import sys
import zipfile
from pathlib import Path

EDITION = "simulated"
CHUNK_ROWS = 200_000
COLUMNS = [
    *("NU_ANO", "NO_MUNICIPIO_PROVA", "SG_UF_PROVA", "SG_UF_ESC", "SG_UF_RESIDENCIA"),
    *("IN_TREINEIRO", "TP_ST_CONCLUSAO", "TP_SEXO", "TP_COR_RACA", "NU_IDADE"),
    *("CO_MUNICIPIO_PROVA", "CO_MUNICIPIO_ESC", "CO_ESCOLA", "TP_DEPENDENCIA_ADM_ESC"),
    *("CO_PROVA_CN", "CO_PROVA_LC"),
    *("Q006", "Q027", "TP_STATUS_REDACAO", "NU_NOTA_REDACAO"),
    *(f"TP_PRESENCA_{area}" for area in ("CN", "CH", "LC", "MT")),
    *(f"NU_NOTA_{area}" for area in ("CN", "CH", "LC", "MT")),
]


def member_of(zip_path: Path) -> str:
    """Return the name of the participants' CSV in a simulated release."""
    with zipfile.ZipFile(zip_path) as archive:
        return archive.namelist()[0]


def read_by_workflow(zip_path: Path, destination: Path) -> None:
    """Run the workflow's own conversion."""
    from enem.convert.release import convert_release

    convert_release(zip_path, EDITION, destination, destination.with_suffix(".json"))


def read_by_pandas(zip_path: Path, destination: Path) -> None:
    """Read in chunks of rows with pandas, from the zip."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    dialect = {"sep": ";", "encoding": "latin-1", "usecols": COLUMNS, "dtype": _types()}
    writer = None
    with zipfile.ZipFile(zip_path) as archive, archive.open(member_of(zip_path)) as member:
        for chunk in pd.read_csv(member, chunksize=CHUNK_ROWS, **dialect):
            table = pa.Table.from_pandas(chunk, preserve_index=False)
            writer = writer or pq.ParquetWriter(destination, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
    if writer:
        writer.close()


def _types() -> dict[str, str]:
    return {name: "float64" if name.startswith("NU_NOTA") else "str" for name in COLUMNS}


def read_by_pyarrow(zip_path: Path, destination: Path) -> None:
    """Stream with pyarrow's CSV reader, from the zip."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    types = {
        name: pa.float64() if kind == "float64" else pa.string() for name, kind in _types().items()
    }
    with zipfile.ZipFile(zip_path) as archive, archive.open(member_of(zip_path)) as member:
        options = (
            pyarrow.csv.ReadOptions(encoding="latin-1", block_size=4 << 20),
            pyarrow.csv.ParseOptions(delimiter=";", quote_char=False),
            pyarrow.csv.ConvertOptions(include_columns=COLUMNS, column_types=types),
        )
        # closed in this order: its threads read the file while it lives
        with (
            pyarrow.csv.open_csv(member, *options) as reader,
            pq.ParquetWriter(destination, reader.schema, compression="zstd") as writer,
        ):
            for batch in reader:
                writer.write_batch(batch)


def read_by_duckdb(zip_path: Path, destination: Path) -> None:
    """Extract the CSV to disk, which duckdb needs, and copy it to Parquet."""
    import duckdb

    with zipfile.ZipFile(zip_path) as archive:
        csv = Path(archive.extract(member_of(zip_path), destination.parent))
    try:
        duckdb.sql(
            f"COPY (SELECT {', '.join(COLUMNS)} FROM read_csv('{csv}', delim=';', header=true, "
            "encoding='latin-1', quote='', all_varchar=true)) "
            f"TO '{destination}' (FORMAT parquet, COMPRESSION zstd)"
        )
    finally:
        csv.unlink()


READERS = {
    "workflow": read_by_workflow,
    "pandas": read_by_pandas,
    "duckdb": read_by_duckdb,
    "pyarrow": read_by_pyarrow,
}

if __name__ == "__main__":
    name, zip_path, destination = sys.argv[1:]
    READERS[name](Path(zip_path), Path(destination))
