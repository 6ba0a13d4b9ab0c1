"""Scores binned within cells: what a likelihood without sufficient statistics is computed on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from enem.tabulate.grid import CellGrid


@dataclass(frozen=True)
class Bins:
    """Bins that hold participants, sorted by cell.

    Attributes
    ----------
    cell
        Position of each bin's cell on the flattened grid, ascending, shape (K,).
    n
        Participants, shape (K,).
    score
        Mean score of the bin's participants, points, shape (K,).
    starts
        First bin of each occupied cell.
    shape
        Shape of the grid, (G, B).
    """

    cell: np.ndarray
    n: np.ndarray
    score: np.ndarray
    starts: np.ndarray
    shape: tuple[int, int]

    @property
    def group(self) -> np.ndarray:
        """School type of each bin, its position on the grid, shape (K,)."""
        return self.cell // self.shape[1]

    def cell_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum (..., K) values over the bins of each cell, shape (..., G, B)."""
        sums = np.zeros((*values.shape[:-1], self.shape[0] * self.shape[1]))
        sums[..., self.cell[self.starts]] = np.add.reduceat(values, self.starts, axis=-1)
        return sums.reshape(*values.shape[:-1], *self.shape)


def bin_rows(rows: pd.DataFrame, grid: CellGrid, width: float) -> Bins:
    """Bin scores within cells.

    A bin stands at the mean of its participants, not at its middle, so that cell means are exact
    and only the spread inside a bin is lost: at most width^2 / 4 of a variance, and width^2 / 12
    where scores lie evenly.

    Parameters
    ----------
    rows
        Participants: ``school_type, income_bracket, score``.
    grid
        Names the axes of the cells.
    width
        Of the bins, points; 0 gives every distinct score a bin of its own.
    """
    g = pd.Categorical(rows["school_type"], grid.school_types).codes.astype(int)
    b = pd.Categorical(rows["income_bracket"], grid.brackets).codes.astype(int)
    cell = g * len(grid.brackets) + b
    score = rows["score"].to_numpy(float)
    binned = np.floor(score / width) if width else score
    table = pd.DataFrame({"cell": cell, "bin": binned, "score": score})
    means = table.groupby(["cell", "bin"], sort=True)["score"].agg(["size", "mean"])
    cells = means.index.get_level_values("cell").to_numpy()
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    n, centre = means["size"].to_numpy(float), means["mean"].to_numpy()
    return Bins(cells, n, centre, starts, grid.n.shape)
