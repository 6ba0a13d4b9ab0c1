"""The states as tiles in their places, each the way to its state's page."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from enem.atlas.analyses import Analysis
from enem.atlas.layout import TILES
from enem.atlas.measures import KEYS, MISSING, SHOWN, Measure
from enem.atlas.pooled import FILES, OWN, POOLED, Pooled
from enem.language.phrases import COUNT, Message, Number, message
from enem.names import BRAZIL

SHADES = 7
"""Steps of the colour scale."""
BARS = 10
"""Steps of the bar that is as long as the interval is wide."""


@dataclass(frozen=True)
class Tile:
    """One state: its number, or the reason why it has none.

    Attributes
    ----------
    state, column, row
        Which and where.
    numbers
        Mean and the ends of its interval, after partial pooling where the analysis was pooled.
    shade, bar
        Steps of colour and of the interval's width.
    reason
        Why there is no number.
    link
        The state's page, where there is one.
    """

    state: str
    column: int
    row: int
    numbers: tuple[Number, ...] | None
    shade: int
    bar: int
    reason: Message | None
    link: str | None


@dataclass(frozen=True)
class Tiles:
    """The map of one edition, and the values at the ends of its colours."""

    edition: str
    tiles: tuple[Tile, ...]
    low: Number
    high: Number
    pooled: bool


def tile_maps(
    table: pd.DataFrame,
    pooled: Pooled,
    measure: Measure,
    smallest: int,
    reports: Collection[str],
) -> dict[str, Tiles]:
    """Lay out a map for every edition of more than the whole country, the newest first.

    Parameters
    ----------
    table
        Rows of one outcome: ``edition, state, outcome, status, mean, interval_low,
        interval_high``, with a row, ``missing``, for every analysis that did not finish.
    pooled
        What partial pooling says of that measure and outcome.
    measure
        Which number.
    smallest
        Groups of fewer are not shown.
    reports
        Pages of states that there are, relative to the results.
    """
    values = _values(table, pooled, measure)
    if not values:
        return {}
    low, high = _ends([[number.value for number in each] for each in values.values()])
    widest = max(each[2].value - each[1].value for each in values.values())
    maps = {}
    for edition in sorted(table["edition"].unique(), key=lambda e: (e.isdigit(), e), reverse=True):
        rows = table[table["edition"] == edition].set_index("state")
        if set(rows.index) == {BRAZIL}:
            continue
        made = tuple(_tiles(edition, rows, values, (low, high, widest), measure, smallest, reports))
        ends = (measure.number(end, "ends of the colours") for end in (low, high))
        maps[edition] = Tiles(edition, made, *ends, edition in set(pooled.pooled["edition"]))
    return maps


def _values(
    table: pd.DataFrame, pooled: Pooled, measure: Measure
) -> dict[tuple[str, str], tuple[Number, ...]]:
    """Numbers by edition and state: pooled ones where there are, else the analysis' own."""
    found = {}
    for row in table[table["status"] == SHOWN].to_dict("records"):
        keys = [row[key] for key in KEYS]
        columns = ("mean", "interval_low", "interval_high")
        found[keys[0], keys[1]] = tuple(
            measure.number(row[c], measure.source(*keys, c)) for c in columns
        )
    for row in pooled.pooled.to_dict("records"):
        if row["basis"] == OWN:
            found[row["edition"], row["state"]] = tuple(_pooled(row, measure, table))
    return found


def _pooled(row: dict[str, Any], measure: Measure, table: pd.DataFrame) -> Iterator[Number]:
    where = f"measure={measure.name};outcome={table['outcome'].iloc[0]}"
    where = f"{where};edition={row['edition']};state={row['state']}"
    mean, _, low, high = POOLED
    for column in (mean, low, high):
        yield Number(float(row[column]), f"{FILES['pooled']}.csv:{where}:{column}")


def _ends(values: list[list[float]]) -> tuple[float, float]:
    """Choose the ends of the colours, so that what is within an interval is a small step.

    The widest interval counts: by a narrower one, the means of the least certain, which stray the
    most, would be the strongest colours.
    """
    means = [mean for mean, _, _ in values]
    widest = max(high - low for _, low, high in values)
    middle = (min(means) + max(means)) / 2
    half = max(max(means) - middle, widest / 2)
    return middle - half, middle + half


def _tiles(
    edition: str,
    rows: pd.DataFrame,
    values: dict[tuple[str, str], tuple[Number, ...]],
    scale: tuple[float, float, float],
    measure: Measure,
    smallest: int,
    reports: Collection[str],
) -> Iterator[Tile]:
    low, high, widest = scale
    for state, (column, row) in TILES.items():
        if state not in rows.index and state == BRAZIL:
            continue
        numbers, link = values.get((edition, state)), None
        if state in rows.index:
            page = Analysis(edition, state, rows.loc[state, "outcome"]).report
            link = f"../{page}" if page in reports else None
        shade = bar = 0
        if numbers:
            share = (numbers[0].value - low) / (high - low)
            shade = min(int(share * SHADES), SHADES - 1)
            bar = max(round((numbers[2].value - numbers[1].value) / widest * BARS), 1)
        reason = None if numbers else _reason(rows, state, measure, smallest)
        yield Tile(state, column, row, numbers, shade, bar, reason, link)


def _reason(rows: pd.DataFrame, state: str, measure: Measure, smallest: int) -> Message:
    if state not in rows.index:
        return message("not asked for")
    status = rows.loc[state, "status"]
    if status == MISSING:
        return message("not finished")
    few = Number(smallest, "config.yaml::report.smallest_group", COUNT)
    return message(f"absent.{measure.absence}.{status}", smallest=few)
