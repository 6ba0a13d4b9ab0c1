"""Designs of an analysis in the store."""

from pathlib import Path

import pandas as pd

from enem.batch.places import Place
from enem.mixed.design import Design, make_design
from enem.mixed.specification import Specification
from enem.mixed.variables import levels_of
from enem.names import STATES


def design_files(place: Place) -> list[Path]:
    """Paths of the sums and cells of a place's outcome, and of its state's incomes."""
    outcome = place.above(2)
    of_outcome = [outcome.file("sums.parquet"), outcome.file("cells.csv")]
    return [*of_outcome, place.above(1).file("income.csv")]


def design_of(place: Place, spec: Specification) -> Design:
    """Build a model's design on the sums of a place's outcome."""
    return read_design(spec, *design_files(place))


def read_design(spec: Specification, sums: Path, cells: Path, income: Path) -> Design:
    """Build a model's design on files of the stage that tabulates.

    Parameters
    ----------
    spec
        The model.
    sums, cells, income
        ``sums.parquet``; ``cells.csv``, which lists every school type; ``income.csv``.
    """
    school_types = pd.read_csv(cells)["school_type"].unique().tolist()
    labels = {name: STATES if name == "state" else levels_of(name) for name in spec.factors}
    labels["school_type"] = school_types
    return make_design(spec, pd.read_parquet(sums), pd.read_csv(income), labels)
