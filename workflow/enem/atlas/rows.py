"""The rows of the page's table: one analysis each, numbers with their source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from enem.atlas.analyses import Analysis
from enem.atlas.measures import KEYS, SHOWN, Measure, participants
from enem.atlas.tables import Tables
from enem.language.phrases import COUNT, Message, Number, message

COLUMNS = ("mean", "interval_low", "interval_high")


@dataclass(frozen=True)
class Cell:
    """A measure in the table: mean and interval, or the reason why there is none."""

    mean: Number | None
    low: Number | None
    high: Number | None
    reason: Message | None


@dataclass(frozen=True)
class Row:
    """One analysis: participants, a cell per measure, and whether all checks passed."""

    analysis: Analysis
    participants: Number
    cells: tuple[Cell, ...]
    passed: bool


def page_rows(
    tables: Tables, measures: Mapping[Measure, pd.DataFrame], settings: Mapping[str, Any]
) -> list[Row]:
    """List the analyses in the order in which they were asked for."""
    smallest = Number(
        settings["report"]["smallest_group"], "config.yaml::report.smallest_group", COUNT
    )
    # a check without verdict is information
    failed = tables.checks[tables.checks["passed"].eq(False).fillna(False)]
    failures = set(failed[KEYS].itertuples(index=False, name=None))
    by_measure = [
        [_cell(measure, record, smallest) for record in table.to_dict("records")]
        for measure, table in measures.items()
    ]
    records = participants(tables).reset_index().to_dict("records")
    return [
        _row(record, tuple(cells[i] for cells in by_measure), failures)
        for i, record in enumerate(records)
    ]


def _row(record: dict[str, Any], cells: tuple[Cell, ...], failures: set[tuple]) -> Row:
    keys = tuple(record[key] for key in KEYS)
    where = ";".join(f"{key}={value}" for key, value in zip(KEYS, keys, strict=True))
    count = Number(int(record["participants"]), f"samples.csv:{where}:last(rows)", COUNT)
    return Row(Analysis(*keys), count, cells, keys not in failures)


def _cell(measure: Measure, record: dict[str, Any], smallest: Number) -> Cell:
    if record["status"] != SHOWN:
        reason = message(f"reason.{measure.absence}.{record['status']}", smallest=smallest)
        return Cell(None, None, None, reason)
    keys = [record[key] for key in KEYS]
    numbers = [measure.number(record[c], measure.source(*keys, c)) for c in COLUMNS]
    return Cell(*numbers, None)
