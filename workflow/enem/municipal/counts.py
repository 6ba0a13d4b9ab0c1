"""Count all who are registered by the municipality of their exam and their family's income."""

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from enem.convert.blocks import Block
from enem.convert.columns import NUMBER_COLUMNS
from enem.convert.csv_file import CsvFile
from enem.convert.csv_stream import CsvStream
from enem.convert.directory import find_named
from enem.convert.header import AS_PUBLISHED, YEAR_COLUMN, refuse_missing
from enem.convert.rewrite import blocks_of
from enem.editions import Edition
from enem.errors import InputError, Sentence
from enem.retrieve.formats import ZIP, form_of

CODE = "municipality_exam_code"
SOURCE = NUMBER_COLUMNS[CODE]
COLUMNS = ["municipality", "income_bracket", "participants"]


def count_incomes(source: Path, participants: Path, edition: Edition) -> pd.DataFrame:
    """Count all who are registered, whoever they are.

    Parameters
    ----------
    source
        The edition's file, as it was retrieved.
    participants
        The table that conversion made of it.
    edition
        Which one.  Where scores and incomes are two tables, that of incomes is read.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: IBGE code, letter of the bracket (missing where it is not known), and how many;
        without rows where the files do not tell.

    Raises
    ------
    InputError
        The table of incomes lacks a column, is of another year, or cannot be read.
    """
    if edition.split:
        file = incomes_file(source, edition)
        found = _of_table(file, edition) if file else []
    else:
        found = _of_converted(participants)
    counts = [part.to_pandas().set_axis(COLUMNS, axis=1) for part in found]
    if not counts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(counts)
    known = {bracket.letter for bracket in edition.income_brackets}
    table["income_bracket"] = table["income_bracket"].where(table["income_bracket"].isin(known))
    table["municipality"] = table["municipality"].astype("Int64").astype("string")
    return table.groupby(COLUMNS[:2], dropna=False)["participants"].sum().reset_index()


def incomes_file(source: Path, edition: Edition) -> CsvFile | None:
    """Find the table of incomes in the zip of the table of scores, or beside it; None without."""
    path, name = source.resolve(), edition.incomes_member.lower()
    if form_of(path) == ZIP:
        entry = find_named(path, name)
        return CsvFile(path, ZIP, entry) if entry else None
    beside = (p for p in sorted(path.parent.iterdir()) if p.name.lower() in (name, f"{name}.gz"))
    found = next(beside, None)
    return CsvFile(found, form_of(found), None) if found else None


def _of_converted(participants: Path) -> list[pa.Table]:
    columns = [CODE, "income_bracket"]
    if not set(columns) <= set(pq.read_schema(participants).names):
        return []
    return [_counted(pq.read_table(participants, columns=columns), columns)]


def _of_table(file: CsvFile, edition: Edition) -> Iterator[pa.Table]:
    columns = [SOURCE, edition.incomes.column]
    label = file.label(edition.name)
    with CsvStream(file) as stream:
        blocks = blocks_of(stream, label)
        missing = [n for n in (YEAR_COLUMN, *columns) if n not in blocks.header]
        refuse_missing(label, blocks.header, missing, [])
        for block in blocks:
            rows = _read(block, blocks.header, label, columns)
            _refuse_other_years(rows, block, label, edition)
            yield _counted(rows, columns)


def _read(block: Block, header: list[str], label: Sentence, columns: list[str]) -> pa.Table:
    types = {SOURCE: pa.int32(), columns[1]: pa.string(), YEAR_COLUMN: pa.string()}
    try:
        return pyarrow.csv.read_csv(
            io.BytesIO(block.data),
            pyarrow.csv.ReadOptions(use_threads=False, column_names=header),
            pyarrow.csv.ParseOptions(delimiter=";", quote_char=False),
            pyarrow.csv.ConvertOptions(
                include_columns=list(types), column_types=types, strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            "{label}: the rows from line {first_line} on cannot be read ({error}); {as_published}.",
            label=label,
            first_line=block.first_line,
            error=error,
            as_published=AS_PUBLISHED,
        ) from error


def _refuse_other_years(rows: pa.Table, block: Block, label: Sentence, edition: Edition) -> None:
    if not pc.all(pc.equal(rows[YEAR_COLUMN], str(edition.year)), skip_nulls=False).as_py():
        raise InputError(
            "{label}: a row from line {first_line} on has another {year_column} than {year}, "
            "so it is another edition's table; {as_published}.",
            label=label,
            first_line=block.first_line,
            year_column=YEAR_COLUMN,
            year=edition.year,
            as_published=AS_PUBLISHED,
        )


def _counted(rows: pa.Table, columns: list[str]) -> pa.Table:
    text = pc.cast(rows[columns[1]], pa.string())
    keys = pa.table({columns[0]: rows[columns[0]], columns[1]: text})
    return keys.group_by(columns).aggregate([([], "count_all")])
