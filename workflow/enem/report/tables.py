"""Tables and documents whose numbers know where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enem.errors import InputError
from enem.language.phrases import COUNT, PERCENT, PLAIN, POINTS, Number


@dataclass(frozen=True)
class Table:
    """A CSV of the state's folder.

    Attributes
    ----------
    name
        Path relative to the folder, with ``/``.
    rows
        Its rows as mappings from column to value; None where a cell is blank.
    """

    name: str
    rows: tuple[Mapping[str, Any], ...]

    def having(self, **where: object) -> list[Mapping[str, Any]]:
        """Return the rows whose columns have these values."""
        return [row for row in self.rows if all(row[c] == value for c, value in where.items())]

    def column(self, column: str, **where: object) -> list[Any]:
        """Return a column of the rows selected."""
        return [row[column] for row in self.having(**where)]

    def number(self, column: str, pattern: str = POINTS, **where: object) -> Number | None:
        """Return the number in `column` of the one row selected; None where it is blank.

        Raises
        ------
        InputError
            When not exactly one row is selected.
        """
        chosen = self.column(column, **where)
        if len(chosen) != 1:
            raise InputError(
                "{name} has {rows} rows with {where}, but the report needs exactly one; "
                "delete the file and run the workflow again.",
                name=self.name,
                rows=len(chosen),
                where=_selector(where),
            )
        if chosen[0] is None:
            return None
        return Number(chosen[0], f"{self.name}:{_selector(where)}:{column}", pattern)

    def interval(self, pattern: str = POINTS, **where: object) -> dict[str, Number | None]:
        """Return mean and interval of the one row selected, by the names that messages have."""
        columns = {"mean": "mean", "low": "interval_low", "high": "interval_high"}
        return {name: self.number(column, pattern, **where) for name, column in columns.items()}

    def total(self, column: str, **where: object) -> Number:
        """Sum `column` over the rows selected."""
        value = sum(self.column(column, **where))
        return Number(value, f"{self.name}:{_selector(where)}:sum({column})", COUNT)

    def count(self, column: str, **where: object) -> Number:
        """Count the rows selected, by `column`, which none leaves blank."""
        value = len(self.having(**where))
        return Number(value, f"{self.name}:{_selector(where)}:count({column})", COUNT)

    def share(self, column: str) -> Number:
        """Return the share of rows in which `column` is true."""
        value = sum(self.column(column)) / len(self.rows)
        return Number(value, f"{self.name}::mean({column})", PERCENT)


@dataclass(frozen=True)
class Document:
    """A JSON file or the settings, by the path of its keys.

    Attributes
    ----------
    name
        Its file, relative to the state's folder or to the project's.
    content
        What it holds.
    """

    name: str
    content: Mapping[str, Any]

    def value(self, path: str) -> Any:
        """Return what stands under keys joined by dots; None where there is nothing."""
        found: Any = self.content
        for key in path.split("."):
            found = found[int(key)] if isinstance(found, list) else found.get(key)
            if found is None:
                return None
        return found

    def number(self, path: str, pattern: str = PLAIN) -> Number | None:
        """Return the number under keys joined by dots; None where there is nothing."""
        value = self.value(path)
        return None if value is None else Number(value, f"{self.name}::{path}", pattern)


def _selector(where: Mapping[str, object]) -> str:
    return ";".join(f"{column}={value}" for column, value in where.items())
