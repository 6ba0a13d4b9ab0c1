"""Cells: the sufficient statistics of a Gaussian score, by school type and income bracket."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from enem.errors import InputError


@dataclass(frozen=True)
class CellGrid:
    """Scores collapsed to a full grid of school types (G) by income brackets (B).

    Attributes
    ----------
    school_types, brackets
        Labels of the two axes, G and B of them.
    x
        log2 of the bracket's income over two minimum wages, shape (B,).
    n, mean, ss
        Participants, mean score (points; 0 where nobody is) and sum of squared deviations from
        the cell mean (points squared), each of shape (G, B).
    """

    school_types: tuple[str, ...]
    brackets: tuple[str, ...]
    x: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    ss: np.ndarray

    @property
    def participants(self) -> np.ndarray:
        """Participants of each school type, shape (G,)."""
        return self.n.sum(axis=1)


def grid_from_table(cells: pd.DataFrame, income: pd.DataFrame) -> CellGrid:
    """Arrange a cells table on its grid.

    Parameters
    ----------
    cells
        ``school_type, income_bracket, n, mean, ss``; every school type has every bracket.
    income
        One row a bracket, columns ``income_bracket`` and ``x``, in the order of the axis.

    Raises
    ------
    InputError
        Cells of a bracket that has no income.
    """
    _require_income(cells["income_bracket"], income["income_bracket"])
    school_types = tuple(cells["school_type"].unique())
    brackets = tuple(income["income_bracket"])
    table = cells.set_index(["school_type", "income_bracket"])
    full = pd.MultiIndex.from_product([school_types, brackets])
    arrays = (
        table[column].reindex(full).fillna(0.0).to_numpy(float).reshape(len(school_types), -1)
        for column in ("n", "mean", "ss")
    )
    return CellGrid(school_types, brackets, income["x"].to_numpy(float), *arrays)


def _require_income(of_cells: pd.Series, of_income: pd.Series) -> None:
    unknown = sorted(set(of_cells) - set(of_income))
    if unknown:
        raise InputError(
            "brackets {unknown} of the cells are not in the income table, which has {known}. "
            "Give cells and incomes of the same edition.",
            unknown=", ".join(unknown),
            known=", ".join(of_income),
        )


def read_grid(cells_path: Path, income_path: Path) -> CellGrid:
    """Read ``cells.csv`` and ``income.csv`` as one grid."""
    return grid_from_table(pd.read_csv(cells_path), pd.read_csv(income_path))
