"""Slopes on family income: among participants, within schools, and of a school's mean income."""

from collections.abc import Iterator

import numpy as np

from enem.compare.cell_means import Cells, average, least_squares_slope
from enem.compare.describe import describe
from enem.compare.quantities import TYPICAL, WHOM, Quantities
from enem.mixed.specification import SCHOOL

TWICE = "expected difference in score between families of which one earns twice as much"


def slope_effects(of: Quantities, mass: float) -> Iterator[dict]:
    """Rows of the table of effects."""
    yield from _of_places(of, mass)
    if (of.n.sum(axis=0) > 0).sum() < 2:
        return
    typed = of.design.spec.formula.uses("school_type")
    for scope, cells in of.scopes.items():
        if scope != TYPICAL:
            yield from (_by_type if typed else _together)(cells, of, scope, mass)
    if SCHOOL in of.tau:
        yield from _of_lines(of, mass)


def _by_type(cells: Cells, of: Quantities, scope: str, mass: float) -> Iterator[dict]:
    # a school type at a single income has no slope
    known = np.flatnonzero((of.n > 0).sum(axis=1) > 1)
    slopes = least_squares_slope(cells.score, cells.participants, of.design.x)[:, known]
    for slope, g in zip(slopes.T, known, strict=True):
        group = of.design.school_types[g]
        definition = f"{TWICE}, among the participants of this school type"
        yield _row("slope", group, scope, describe(slope, mass), definition)
    if len(known):
        weights = cells.participants[:, known].sum(axis=2)
        definition = (
            f"{TWICE} and both are at the same school type, averaged over the school types by "
            "their participants"
        )
        overall = average(slopes, weights)
        yield _row("slope", "all", scope, describe(overall, mass), definition)


def _together(cells: Cells, of: Quantities, scope: str, mass: float) -> Iterator[dict]:
    draws = len(cells.score)
    x = np.tile(of.design.x, len(of.design.school_types))
    n = cells.participants.reshape(len(cells.participants), -1)
    slope = least_squares_slope(cells.score.reshape(draws, -1), n, x)
    yield _row("slope", "all", scope, describe(slope, mass), f"{TWICE}, among all participants")


def _of_lines(of: Quantities, mass: float) -> Iterator[dict]:
    """What the lines hold inside a school, whose intercept is its own."""
    within = f"{TWICE} and both are at the same school"
    yield from _lines("slope_within_school", of.slopes, of, within, "twice the income", mass)
    if of.contexts is not None:
        definition = (
            "expected difference in score between participants of the same family income at two "
            "schools, of which one has a mean family income (as a mean of logarithms) twice as high"
        )
        contrast = "twice the school's mean income"
        yield from _lines("context", of.contexts, of, definition, contrast, mass)


def _of_places(of: Quantities, mass: float) -> Iterator[dict]:
    """What a municipality's mean income goes with, which is no effect of a family's own."""
    if of.municipal is None:
        return
    definition = (
        "ecological: expected difference in score between participants who sit the exam in two "
        "municipalities, of which one has a mean family income (as a mean of logarithms) twice as "
        "high; of places, not of the people in them"
    )
    contrast = "twice the municipality's mean income"
    yield from _lines("municipal_slope", of.municipal, of, definition, contrast, mass)


def _lines(
    effect: str, draws: np.ndarray, of: Quantities, definition: str, contrast: str, mass: float
) -> Iterator[dict]:
    if not of.design.spec.by_school_type:
        yield _row(effect, "all", TYPICAL, describe(draws[:, 0], mass), definition, contrast)
        return
    for g in np.flatnonzero(of.present):
        group, numbers = of.design.school_types[g], describe(draws[:, g], mass)
        yield _row(effect, group, TYPICAL, numbers, definition, contrast)


def _row(
    effect: str,
    group: str,
    scope: str,
    numbers: dict[str, float],
    definition: str,
    contrast: str = "twice the income",
) -> dict:
    row = {"effect": effect, "group": group, "contrast": contrast, "scope": scope}
    whom = f"{definition}; {WHOM[scope]}"
    return {**row, "unit": "points", **numbers, "definition": whom}
