"""What a conversion read and wrote, as a JSON file that a person can open."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class ConversionReport:
    """Facts of one conversion.

    Attributes
    ----------
    edition, layout, member
        What was read; `layout` is of those in ``editions.yaml``.
    zip_bytes, zip_sha256
        The file that was read, a zip or the CSV itself, to tell re-issues apart.
    rows
        Complete data rows, all of which are in the converted table.
    expected_rows
        Rows of the national file where INEP states them, else None.
    inep_dialect, delimiter, quoted, encoding
        Whether the CSV is written as INEP writes it: fields between semicolons, none in quotes, and
        names in Latin-1 (``ascii``, where none has an accent).
    registrations_checked
        Whether registration numbers could be checked for repetitions.
    blank_lines, cut_last_line
        Lines skipped: blank ones, and (0 or 1) a last line that the file breaks off in.
    columns_absent
        INEP columns of other editions or layouts that this file has not.
    income_column
        INEP column that `income_bracket` was read from; None where the file has no income.
    missing
        Missing values of each output column.
    required
        Output columns in which an unknown value would have refused the file.
    unknown_codes
        Values of source columns that no required column comes from, and that are missing because
        the edition's entry in ``editions.yaml`` does not know them: rows by value, by column.
        Beyond a few values of a column, all further ones are under ``others``.
    columns
        Output columns in order.
    """

    edition: str
    layout: str
    member: str
    zip_bytes: int
    zip_sha256: str
    rows: int
    expected_rows: int | None
    inep_dialect: bool
    delimiter: str
    quoted: bool
    encoding: str
    registrations_checked: bool
    blank_lines: int
    cut_last_line: int
    columns_absent: tuple[str, ...]
    income_column: str | None
    missing: dict[str, int]
    required: tuple[str, ...]
    unknown_codes: dict[str, dict[str, int]]
    columns: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Write the report as indented JSON."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
