"""The states as tiles in their places, each the way to its state's page.

A state has a colour only where it is surely above or below the mean of the edition's states: what
is noise stays grey.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from enem.atlas.analyses import Analysis
from enem.atlas.layout import TILES
from enem.atlas.measures import KEYS, MISSING, SHOWN, Measure
from enem.atlas.places import CERTAIN, above_average
from enem.atlas.pooled import FILES, OWN, POOLED, Pooled
from enem.atlas.rows import COLUMNS
from enem.language.phrases import COUNT, Message, Number, message
from enem.names import BRAZIL

NEUTRAL = 3
"""Shade of what cannot be told from the mean; as many steps of colour lie on each side of it."""
PAINT = (
    *(("#7F3B08", "#FFFFFF"), ("#B35806", "#FFFFFF"), ("#FBD3A4", "#1F2328")),
    ("#E6E6E6", "#1F2328"),
    *(("#D5C8E5", "#1F2328"), ("#8059AE", "#FFFFFF"), ("#4B2A76", "#FFFFFF")),
)
"""Ground and letters of each shade, from the lowest; told apart by whoever sees no red."""
PAINT_IN_THE_DARK = (
    *(("#F5B26B", "#1F2328"), ("#A85C14", "#FFFFFF"), ("#5E3A18", "#FFFFFF")),
    ("#33383F", "#FFFFFF"),
    *(("#46365F", "#FFFFFF"), ("#8059AE", "#FFFFFF"), ("#CDB4EE", "#1F2328")),
)
"""The same on a dark page, where what is far from the average is light."""
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
    """The map of one edition, and whether its numbers are partially pooled."""

    edition: str
    tiles: tuple[Tile, ...]
    pooled: bool


class _Value(NamedTuple):
    """Mean and ends of the interval, and the probability of being above the edition's mean.

    NaN of what is not compared with it.
    """

    mean: Number
    low: Number
    high: Number
    above: float

    @property
    def width(self) -> float:
        return self.high.value - self.low.value


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
    maps = {}
    for edition in sorted(table["edition"].unique(), key=lambda e: (e.isdigit(), e), reverse=True):
        rows = table[table["edition"] == edition].set_index("state")
        values = _values(rows.reset_index(), pooled.pooled, measure)
        if not values or set(rows.index) == {BRAZIL}:
            continue
        made = tuple(_tiles(edition, rows, values, measure, smallest, reports))
        maps[edition] = Tiles(edition, made, edition in set(pooled.pooled["edition"]))
    return maps


def _values(rows: pd.DataFrame, pooled: pd.DataFrame, measure: Measure) -> dict[str, _Value]:
    """Values of an edition by state: pooled ones where there are, else the analysis' own."""
    found, shown = {}, rows[rows["status"] == SHOWN]
    above = np.full(len(shown), np.nan)
    states = (shown["state"] != BRAZIL).to_numpy()
    above[states] = above_average(*(shown.loc[states, column] for column in ("mean", "sd")))
    for row, probability in zip(shown.to_dict("records"), above, strict=True):
        keys = [row[key] for key in KEYS]
        numbers = [measure.number(row[column], measure.source(*keys, column)) for column in COLUMNS]
        found[row["state"]] = _Value(*numbers, probability)
    of_edition = pooled["edition"].isin(rows["edition"]) & (pooled["basis"] == OWN)
    if of_edition.any():
        # what data say next to nothing is not compared with what is pooled
        found = {state: value._replace(above=np.nan) for state, value in found.items()}
    for row in pooled[of_edition].to_dict("records"):
        where = f"measure={measure.name};outcome={rows['outcome'].iloc[0]}"
        where = f"{where};edition={row['edition']};state={row['state']}"
        mean, _, low, high = (
            Number(float(row[column]), f"{FILES['pooled']}.csv:{where}:{column}")
            for column in POOLED
        )
        found[row["state"]] = _Value(mean, low, high, row["above_average"])
    return found


def _shades(values: Mapping[str, _Value]) -> dict[str, int]:
    """Colour what is surely above or below the mean of the states, by how far it is from it."""
    means = {s: value.mean.value for s, value in values.items() if not np.isnan(value.above)}
    middle = np.mean([*means.values()]) if means else 0.0
    furthest = max((abs(mean - middle) for mean in means.values()), default=0.0)
    found = dict.fromkeys(values, NEUTRAL)
    for state, mean in means.items():
        above = values[state].above
        if max(above, 1 - above) >= CERTAIN:
            # a share first: the furthest is then 1 exactly
            steps = max(1, int(np.ceil(NEUTRAL * (abs(mean - middle) / furthest))))
            found[state] += steps if above > 0.5 else -steps
    return found


def _tiles(
    edition: str,
    rows: pd.DataFrame,
    values: Mapping[str, _Value],
    measure: Measure,
    smallest: int,
    reports: Collection[str],
) -> Iterator[Tile]:
    shades, widest = _shades(values), max(value.width for value in values.values())
    for state, (column, row) in TILES.items():
        if state not in rows.index and state == BRAZIL:
            continue
        link = None
        if state in rows.index:
            analysis = Analysis(edition, state, rows.loc[state, "outcome"])
            link = analysis.link if analysis.report in reports else None
        if state in values:
            value = values[state]
            bar = max(round(value.width / widest * BARS), 1)
            yield Tile(state, column, row, value[:3], shades[state], bar, None, link)
        else:
            reason = _reason(rows, state, measure, smallest)
            yield Tile(state, column, row, None, NEUTRAL, 0, reason, link)


def _reason(rows: pd.DataFrame, state: str, measure: Measure, smallest: int) -> Message:
    if state not in rows.index:
        return message("not asked for")
    status = rows.loc[state, "status"]
    if status == MISSING:
        return message("not finished")
    few = Number(smallest, "config.yaml::report.smallest_group", COUNT)
    return message(f"absent.{measure.absence}.{status}", smallest=few)
