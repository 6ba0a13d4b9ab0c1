"""The columns of a design matrix, in blocks that share a scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Block:
    """Columns of one kind: an indicator for each level of a factor, or one for everybody.

    Attributes
    ----------
    name
        Of the coefficients, such as ``slope_state``.
    scale
        Name of the standard deviation of the coefficients' Gaussian prior, which blocks may share.
    factor
        Column of a table of participants or cells that holds the level; None: one column that is
        1 for everybody.
    levels
        Levels of the factor in the order of the columns; what is at no level has a row of zeros.
    slope
        Whether the indicators are multiplied by x, so that coefficients are points per doubling
        of income.
    own
        Whether each stratum has coefficients of its own.
    """

    name: str
    scale: str
    factor: str | None = None
    levels: tuple[str, ...] = ("",)
    slope: bool = False
    own: bool = False

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.levels)

    def places(self, table: pd.DataFrame) -> np.ndarray:
        """Place of each row's level among the columns, -1 where at none; shape (rows,)."""
        if self.factor is None:
            return np.zeros(len(table), np.int64)
        return pd.Index(self.levels).get_indexer(table[self.factor].astype(object))


def arranged(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Put the blocks that each stratum has of its own first, as the moments hold them."""
    return tuple(sorted(blocks, key=lambda block: not block.own))


def own_width(blocks: Sequence[Block]) -> int:
    """Count the columns of which each stratum has its own coefficients."""
    return sum(block.width for block in blocks if block.own)


def slices(blocks: Sequence[Block]) -> dict[str, slice]:
    """Columns of each block by its name."""
    ends = np.cumsum([block.width for block in blocks]).tolist()
    return {b.name: slice(end - b.width, end) for b, end in zip(blocks, ends, strict=True)}


def scale_of_columns(blocks: Sequence[Block]) -> list[str]:
    """Name of the scale of every column."""
    return [block.scale for block in blocks for _ in block.levels]
