"""n, X'X, X'y and y'y of each stratum: all that a Gaussian likelihood takes from its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from enem.several.blocks import Block, arranged, own_width, slices

CHUNK = 100_000
"""Rows whose design matrix is held at once."""


SUMS = ("n", "xx", "xy", "yy")


@dataclass(frozen=True)
class Moments:
    """Sums over the rows of each of G strata, for P columns and m outcomes.

    Attributes
    ----------
    strata
        Labels of the G strata.
    blocks
        What the columns are, those of a stratum's own first.
    outcomes
        Labels of the m outcomes.
    origin
        Value that outcomes are measured from, points, shape (m,): near their means, so that
        nothing cancels in y'y.
    n, xx, xy, yy
        Rows, X'X, X'y and y'y, shapes (G,), (G, P, P), (G, P, m) and (G, m, m).
    """

    strata: tuple[str, ...]
    blocks: tuple[Block, ...]
    outcomes: tuple[str, ...]
    origin: np.ndarray
    n: np.ndarray
    xx: np.ndarray
    xy: np.ndarray
    yy: np.ndarray

    @property
    def own(self) -> int:
        """Columns, which come first, of which each stratum has its own coefficients."""
        return own_width(self.blocks)

    def around(self, mean: Mapping[str, float]) -> "Moments":
        """Measure the outcomes from ``X mean`` instead of from the origin.

        Parameters
        ----------
        mean
            Prior means of coefficients by the name of their block, points; 0 where not named.

        Returns
        -------
        Moments
            With origin 0.  The means of an intercept are those of the scores themselves.
        """
        shift = np.zeros((self.xx.shape[1], len(self.outcomes)))
        for name, columns in slices(self.blocks).items():
            shift[columns] = mean.get(name, 0.0)
        shift[slices(self.blocks)["intercept"]] -= self.origin
        fitted = self.xx @ shift
        cross = np.swapaxes(self.xy, 1, 2) @ shift
        yy = self.yy - cross - np.swapaxes(cross, 1, 2) + shift.T @ fitted
        return replace(self, origin=np.zeros_like(self.origin), xy=self.xy - fitted, yy=yy)


def moments_of_rows(
    rows: pd.DataFrame,
    blocks: Sequence[Block],
    strata: Sequence[str],
    outcomes: Sequence[str],
) -> Moments:
    """Add up the moments of participants, a chunk of rows at a time.

    Parameters
    ----------
    rows
        One a participant: ``school_type``, ``x``, the factors of the blocks, and the outcomes.
    blocks
        The columns of the design.
    strata
        School types.
    outcomes
        Columns of `rows`, points.
    """
    blocks = arranged(blocks)
    origin = rows[list(outcomes)].mean().to_numpy(float)
    size, m = sum(block.width for block in blocks), len(outcomes)
    shapes = {"n": (), "xx": (size, size), "xy": (size, m), "yy": (m, m)}
    sums = {name: np.zeros((len(strata), *shape)) for name, shape in shapes.items()}
    for g, stratum in enumerate(strata):
        mine = rows[rows["school_type"] == stratum]
        for start in range(0, len(mine), CHUNK):
            chunk = mine.iloc[start : start + CHUNK]
            design, y = design_matrix(chunk, blocks), chunk[list(outcomes)].to_numpy(float) - origin
            sums["n"][g] += len(chunk)
            sums["xx"][g] += (design.T @ design).toarray()
            sums["xy"][g] += design.T @ y
            sums["yy"][g] += y.T @ y
    return Moments(tuple(strata), blocks, tuple(outcomes), origin, **sums)


def design_matrix(table: pd.DataFrame, blocks: Sequence[Block]) -> csr_array:
    """Design of rows, one non-zero a block and row at most, shape (rows, P)."""
    x = table["x"].to_numpy(float)
    starts = [where.start for where in slices(blocks).values()]
    places = np.stack([block.places(table) for block in blocks], axis=1)
    values = np.stack([x if block.slope else np.ones_like(x) for block in blocks], axis=1)
    known = places >= 0
    columns = (places + starts)[known]
    ends = np.concatenate([[0], known.sum(axis=1).cumsum()])
    size = sum(block.width for block in blocks)
    return csr_array((values[known], columns, ends), shape=(len(table), size))
