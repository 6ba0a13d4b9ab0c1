"""The sides that are compared: private schools against each public type and against all of them."""

from typing import NamedTuple

import numpy as np

from enem.mixed.design import Design
from enem.names import PRIVATE, PUBLIC

ALL_PUBLIC = "publica"
"""Public school types together."""


def gap_with(other: str) -> str:
    """Name the contrast of private schools with another type."""
    return f"{PRIVATE} - {other}"


MAIN = gap_with(ALL_PUBLIC)


class Contrast(NamedTuple):
    """One side less the other: its name in tables, and the school types of each, boolean (T,)."""

    name: str
    one: np.ndarray
    other: np.ndarray


def gap_contrasts(design: Design) -> list[Contrast]:
    """List the contrasts of sides that have an income in common, that with `ALL_PUBLIC` last.

    None where a model does not know school types.  Part-private schooling (``mista``) is on neither
    side.
    """
    if not design.spec.formula.uses("school_type"):
        return []
    names, n = np.array(design.school_types), design.cell_sums(design.n)
    present = n.sum(axis=1) > 0
    private, public = (names == PRIVATE) & present, np.isin(names, PUBLIC) & present
    apart = [name for name in names[public] if name != ALL_PUBLIC]
    each = [Contrast(gap_with(name), private, names == name) for name in apart]
    found = [*each, Contrast(MAIN, private, public)]
    return [contrast for contrast in found if in_common(n, contrast).any()]


def main_contrast(design: Design) -> Contrast | None:
    """Private schools against all public ones, where a model knows both."""
    return next((c for c in gap_contrasts(design) if c.name == MAIN), None)


def in_common(n: np.ndarray, contrast: Contrast) -> np.ndarray:
    """Incomes at which both sides have participants, boolean (B,); `n` of cells, (T, B)."""
    return n[contrast.one].any(axis=0) & n[contrast.other].any(axis=0)
