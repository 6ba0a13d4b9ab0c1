"""The cells of an analysis in the store."""

from pathlib import Path

from enem.batch.places import Place
from enem.tabulate.grid import CellGrid, read_grid


def cell_files(place: Place) -> list[Path]:
    """Paths of the cells of a place's outcome and of its state's incomes."""
    return [place.above(2).file("cells.csv"), place.above(1).file("income.csv")]


def grid_of(place: Place) -> CellGrid:
    """Read the cells of a place's outcome."""
    return read_grid(*cell_files(place))
