"""Slopes on family income: among participants, within schools, and of a school's mean income."""

from collections.abc import Iterator

import numpy as np

from enem.compare.cell_means import Cells, average, least_squares_slope
from enem.compare.quantities import TYPICAL, Quantities
from enem.mixed.specification import SCHOOL

TWICE = "expected difference in score between families of which one earns twice as much"
CONTRAST = "twice the income"


def slope_effects(of: Quantities) -> Iterator[dict]:
    """Rows of the table of effects."""
    yield from _of_places(of)
    if (of.n.sum(axis=0) > 0).sum() < 2:
        return
    typed = of.design.spec.formula.uses("school_type")
    for scope, cells in of.scopes.items():
        if scope != TYPICAL:
            yield from (_by_type if typed else _together)(cells, of, scope)
    if SCHOOL in of.tau:
        yield from _of_lines(of)


def _by_type(cells: Cells, of: Quantities, scope: str) -> Iterator[dict]:
    # a school type at a single income has no slope
    known = np.flatnonzero((of.n > 0).sum(axis=1) > 1)
    slopes = least_squares_slope(cells.score, cells.participants, of.design.x)[:, known]
    definition = f"{TWICE}, among the participants of this school type"
    for slope, g in zip(slopes.T, known, strict=True):
        yield of.row("slope", slope, definition, scope, CONTRAST, of.design.school_types[g])
    if len(known):
        overall = average(slopes, cells.participants[:, known].sum(axis=2))
        definition = (
            f"{TWICE} and both are at the same school type, averaged over the school types by "
            "their participants"
        )
        yield of.row("slope", overall, definition, scope, CONTRAST)


def _together(cells: Cells, of: Quantities, scope: str) -> Iterator[dict]:
    score, n = (part.reshape(len(part), -1) for part in cells)
    slope = least_squares_slope(score, n, np.tile(of.design.x, len(of.design.school_types)))
    yield of.row("slope", slope, f"{TWICE}, among all participants", scope, CONTRAST)


def _of_lines(of: Quantities) -> Iterator[dict]:
    """What the lines hold inside a school, whose intercept is its own."""
    within = f"{TWICE} and both are at the same school"
    yield from _lines("slope_within_school", of.slopes, of, within, CONTRAST)
    if of.contexts is not None:
        definition = (
            "expected difference in score between participants of the same family income at two "
            "schools, of which one has a mean family income (as a mean of logarithms) twice as high"
        )
        yield from _lines("context", of.contexts, of, definition, "twice the school's mean income")


def _of_places(of: Quantities) -> Iterator[dict]:
    """What a municipality's mean income goes with, which is no effect of a family's own."""
    if of.municipal is None:
        return
    definition = (
        "ecological: expected difference in score between participants who sit the exam in two "
        "municipalities, of which one has a mean family income (as a mean of logarithms) twice as "
        "high; of places, not of the people in them"
    )
    contrast = "twice the municipality's mean income"
    yield of.row("municipal_slope", of.municipal, definition, TYPICAL, contrast)


def _lines(
    effect: str, draws: np.ndarray, of: Quantities, definition: str, contrast: str
) -> Iterator[dict]:
    groups = {g: of.design.school_types[g] for g in np.flatnonzero(of.present)}
    for g, group in groups.items() if of.design.spec.by_school_type else [(0, "all")]:
        yield of.row(effect, draws[:, g], definition, TYPICAL, contrast, group)
