"""Cells and designs of an analysis in the store."""

from pathlib import Path

import pandas as pd

from enem.batch.places import Place
from enem.mixed.design import Design
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
from enem.mixed.variables import levels_of
from enem.names import STATES
from enem.tabulate.grid import CellGrid, read_grid


def design_files(place: Place) -> list[Path]:
    """Paths of the sums and cells of a place's outcome, and of its state's incomes."""
    outcome = place.above(2)
    of_outcome = [outcome.file("sums.parquet"), outcome.file("cells.csv")]
    return [*of_outcome, place.above(1).file("income.csv")]


def design_of(place: Place, spec: Specification) -> Design:
    """Build a model's design on the sums of a place's outcome."""
    return tables_of(place, spec).design(spec)


def grid_of(place: Place) -> CellGrid:
    """Read the cells of a place's outcome."""
    return read_grid(*design_files(place)[1:])


def tables_of(place: Place, spec: Specification) -> Tables:
    """Read what a model's design on a place's outcome is made from."""
    return read_tables(spec, *design_files(place))


def read_tables(spec: Specification, sums: Path, cells: Path, income: Path) -> Tables:
    """Read what a model's design is made from, from files of the stage that tabulates.

    Parameters
    ----------
    spec
        The model.
    sums, cells, income
        ``sums.parquet``; ``cells.csv``, which lists every school type; ``income.csv``.
    """
    return make_tables(spec, pd.read_parquet(sums), pd.read_csv(cells), pd.read_csv(income))


def make_tables(
    spec: Specification, sums: pd.DataFrame, cells: pd.DataFrame, income: pd.DataFrame
) -> Tables:
    """Put sums and incomes together with the labels of a model's factors."""
    labels = {name: STATES if name == "state" else levels_of(name) for name in spec.factors}
    return Tables(sums, income, {**labels, "school_type": cells["school_type"].unique().tolist()})
