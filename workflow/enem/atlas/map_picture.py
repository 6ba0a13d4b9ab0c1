"""The map as a picture to be shared: what the page's tiles say, for a feed."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from enem.atlas.drawing import written
from enem.atlas.findings import told_apart
from enem.atlas.layout import COLUMNS, ROWS
from enem.atlas.places import CERTAIN
from enem.atlas.subject import Subject
from enem.atlas.tiles import NEUTRAL, PAINT, Tile, Tiles
from enem.figures.about import association, source
from enem.figures.frame import FramedFigure, framed_body
from enem.figures.names import LANGUAGES
from enem.figures.palette import MUTED
from enem.figures.style import FEED, drawn_on, sheet
from enem.figures.words import say, spoken
from enem.language.phrases import Spoken
from enem.names import BRAZIL
from enem.report.downloads import Download

GAP = 0.04
"""Between tiles, in tiles."""


@dataclass(frozen=True)
class Picture:
    """A map of tiles with its title, an id and the files of the same map as a picture."""

    tiles: Tiles
    title: Spoken
    identifier: str
    files: list[Download]


def picture(map_: Tiles, subject: Subject, folder: Path) -> Picture:
    """Draw a map's picture and write its files for the page in `folder`."""
    figure, identifier = draw(map_, subject), subject.identifier("map", map_.edition)
    _, files = written(figure, identifier, table(map_), folder, FEED)
    title = Spoken({code: spoken(figure.title, code) for code in LANGUAGES})
    return Picture(map_, title, identifier, files)


def table(map_: Tiles) -> pd.DataFrame:
    """Tabulate the tiles that have numbers: ``state, mean, interval_low, interval_high, shade``.

    ``shade`` counts steps from the average of the states, 0 where it cannot be told from it.
    """
    rows = [
        (tile.state, *(number.value for number in tile.numbers), tile.shade - NEUTRAL)
        for tile in _states(map_)
        if tile.numbers
    ]
    names = ["state", "mean", "interval_low", "interval_high", "shade"]
    return pd.DataFrame(rows, columns=names)


def _states(map_: Tiles) -> list[Tile]:
    return [tile for tile in map_.tiles if tile.state != BRAZIL]


def draw(map_: Tiles, subject: Subject) -> FramedFigure:
    """Draw the tiles of one edition on the sheet of a feed."""
    with drawn_on(FEED):
        shades = [tile.shade for tile in _states(map_) if tile.numbers]
        body = framed_body(
            told_apart(shades, NEUTRAL, subject) or subject.title,
            subject.subtitle(map_.edition, intervals=False),
            say(
                "Purple: above the average of the states; orange: below; grey: not told apart with "
                "a probability of {certain}.",
                certain=f"{CERTAIN:.0%}",
            ),
            association(),
            height=1.0,
            source=source(map_.edition),
        )
        axes = body.subplots()
        axes.set(xlim=(0, COLUMNS), ylim=(ROWS, 0))
        axes.set_axis_off()
        for tile in _states(map_):
            _draw(axes, tile, subject)
        return body.figure


def _draw(axes: Axes, tile: Tile, subject: Subject) -> None:
    corner, size = (tile.column + GAP / 2, tile.row + GAP / 2), 1 - GAP
    ground, ink = PAINT[tile.shade] if tile.numbers else ("none", MUTED)
    axes.add_patch(Rectangle(corner, size, size, facecolor=ground, edgecolor="none"))
    middle = tile.row + 0.5
    look = {"va": "center", "color": ink}
    axes.text(tile.column + 0.08, middle, tile.state, weight="bold", size=sheet().text, **look)
    if tile.numbers:
        mean = subject.plain(tile.numbers[0].value)
        axes.text(tile.column + 0.92, middle, mean, ha="right", size=sheet().text, **look)
