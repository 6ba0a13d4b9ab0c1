"""The gap between private and public schools: raw, at equal income, and the share between them.

The raw gap is the difference of the two sides' expected mean scores, each at its own incomes.
Giving both sides the same incomes leaves the gap at equal income; the rest of the raw gap is the
part that income explains.  This is the decomposition of Oaxaca (International Economic Review 14
(1973) 693-709) and Blinder (Journal of Human Resources 8 (1973) 436-455), written as
standardisation over the cells (the g-formula: Robins, Mathematical Modelling 7 (1986) 1393-1512).
Its parts depend on whose incomes both sides are given (Fortin, Lemieux & Firpo, Handbook of Labor
Economics 4A (2011), section 3): those of private-school participants are the main reference.  The
public participants of an income are those of that income, in the mix of school types that they
have there; ``gap_at_equal_income_fixed_mix`` holds one mix at all incomes.
"""

from collections.abc import Iterator

import numpy as np

from enem.compare.asked import Asked, doublings, gap_above, gap_at
from enem.compare.cell_means import Cells, gap, gap_by_income, raw_gap, without_gaps
from enem.compare.contrasts import MAIN, Contrast, contrasts
from enem.compare.describe import STATISTICS, describe, probability
from enem.compare.quantities import TYPICAL, WHOM, Quantities
from enem.mixed.design import Design
from enem.names import PRIVATE, PUBLIC

REFERENCES = {
    "": "private-school participants",
    "_of_public": "public-school participants",
    "_of_all": "all participants",
}
"""Over whose incomes gaps are averaged, by what it adds to the name of an effect."""

EXCEEDING = (MAIN, f"{PRIVATE} - estadual")
"""Contrasts whose probability to exceed a size is reported."""


def gap_contrasts(design: Design) -> list[Contrast]:
    """Contrasts that a model reports, of sides that have an income in common.

    None where a model does not know school types.
    """
    if not design.spec.formula.uses("school_type"):
        return []
    n = design.cell_sums(design.n)
    found = contrasts(design.school_types, n.sum(axis=1))
    return [contrast for contrast in found if in_common(n, contrast).any()]


def in_common(n: np.ndarray, contrast: Contrast) -> np.ndarray:
    """Incomes at which both sides have participants, boolean (B,); `n` of cells, (T, B)."""
    return n[contrast.one].any(axis=0) & n[contrast.other].any(axis=0)


def references(of: Quantities) -> dict[str, np.ndarray]:
    """School types of each of `REFERENCES`, boolean (T,)."""
    names = np.array(of.design.school_types)
    sides = (names == PRIVATE, np.isin(names, PUBLIC), np.ones(len(names), bool))
    return dict(zip(REFERENCES, sides, strict=True))


def gap_effects(of: Quantities, mass: float, asked: Asked | None) -> Iterator[dict]:
    """Rows of the table of effects; of an edition without income the raw gaps alone."""
    if not of.design.has_income:
        yield from _raw(of, mass)
        return
    for contrast in gap_contrasts(of.design):
        yield from _left_out(of, contrast)
        for scope, cells in of.scopes.items():
            if scope == TYPICAL:
                draws = gap(cells, contrast.one, contrast.other, contrast.one)
                yield _equal(draws, contrast, scope, "", mass)
                continue
            yield from _averages(cells, of, contrast, scope, mass)
            if asked:
                yield from _at_incomes(cells, of, contrast, scope, mass, asked)
                yield from _exceeding(cells, contrast, scope, asked)


def _raw(of: Quantities, mass: float) -> Iterator[dict]:
    definition = "difference of expected mean scores; incomes are not known"
    for contrast in gap_contrasts(of.design):
        for scope, cells in of.scopes.items():
            draws = raw_gap(cells, contrast.one, contrast.other)
            yield _row("raw_gap", describe(draws, mass), definition, contrast.name, scope)


def _left_out(of: Quantities, contrast: Contrast) -> Iterator[dict]:
    common = in_common(of.n, contrast)
    for name, types in references(of).items():
        n = of.n[types].sum(axis=0)
        share = float(n[~common].sum() / n.sum())
        definition = (
            f"share of {REFERENCES[name]} at whose income one side has nobody; gaps averaged over "
            "their incomes leave them out"
        )
        numbers = {**dict.fromkeys(STATISTICS, np.nan), "mean": share}
        scope = next(iter(of.scopes))
        effect = f"gap_incomes_left_out{name}"
        yield _row(effect, numbers, definition, contrast.name, scope, "share")


def _averages(
    cells: Cells, of: Quantities, contrast: Contrast, scope: str, mass: float
) -> Iterator[dict]:
    where = contrast.name, scope
    raw = raw_gap(cells, contrast.one, contrast.other)
    definition = "difference of expected mean scores, each side at its own incomes"
    yield _row("raw_gap", describe(raw, mass), definition, *where)
    for name, types in references(of).items():
        equal = gap(cells, contrast.one, contrast.other, types)
        yield _equal(equal, contrast, scope, name, mass)
        whose = f"both sides given the incomes of {REFERENCES[name]}"
        yield _row(
            f"gap_explained_by_income{name}",
            describe(1 - equal / raw, mass),
            f"one minus the gap at equal income over the raw gap, {whose}",
            *where,
            unit="share of the raw gap",
        )
        yield _row(
            f"gap_points_explained_by_income{name}",
            describe(raw - equal, mass),
            f"raw gap minus the gap at equal income, {whose}",
            *where,
        )
    if contrast.name == MAIN:
        yield _fixed_mix(cells, of, contrast, scope, mass)


def _equal(draws: np.ndarray, contrast: Contrast, scope: str, reference: str, mass: float) -> dict:
    definition = (
        "difference of expected scores at the same income, averaged over the incomes of "
        f"{REFERENCES[reference]}"
    )
    if contrast.name == MAIN:
        definition += "; public are the public participants of that income"
    effect = f"gap_at_equal_income{reference}"
    return _row(effect, describe(draws, mass), definition, contrast.name, scope)


def _fixed_mix(cells: Cells, of: Quantities, contrast: Contrast, scope: str, mass: float) -> dict:
    whole = without_gaps(cells, of.slopes, of.design.x)
    n = cells.participants
    mix = np.broadcast_to(n.sum(axis=2, keepdims=True), n.shape)
    # weights of types on the public side, the private side's own incomes
    weighed = Cells(whole.score, np.where(contrast.other[:, None], mix, n))
    draws = gap(weighed, contrast.one, contrast.other, contrast.one)
    return _row(
        "gap_at_equal_income_fixed_mix",
        describe(draws, mass),
        "difference of expected scores at the same income, averaged over the incomes of "
        f"{REFERENCES['']}; public school types in one mix at every income, by their participants",
        contrast.name,
        scope,
    )


def _at_incomes(
    cells: Cells, of: Quantities, contrast: Contrast, scope: str, mass: float, asked: Asked
) -> Iterator[dict]:
    for income in asked.incomes:
        bracket = asked.bracket(income)
        if not in_common(of.n, contrast)[bracket]:
            continue
        here = cells_at(cells, of, bracket, income)
        draws = gap_by_income(here, contrast.one, contrast.other)[:, 0]
        definition = "difference of expected scores at this family income"
        name = gap_at(contrast.name, income)
        yield _row("gap_at_income", describe(draws, mass), definition, name, scope)


def cells_at(cells: Cells, of: Quantities, bracket: int, income: float) -> Cells:
    """Move the cells of one bracket along their lines to an income inside it, (S, T, 1)."""
    distance = doublings(income) - of.design.x[bracket]
    score = cells.score[:, :, [bracket]] + of.slopes[..., None] * distance
    return Cells(score, cells.participants[:, :, [bracket]])


def _exceeding(cells: Cells, contrast: Contrast, scope: str, asked: Asked) -> Iterator[dict]:
    if contrast.name not in EXCEEDING:
        return
    draws = gap(cells, contrast.one, contrast.other, contrast.one)
    definition = (
        "posterior probability that the gap at equal income, averaged over the incomes of "
        f"{REFERENCES['']}, exceeds this size; a probability has no interval of its own"
    )
    for size in asked.gap_sizes:
        name = gap_above(contrast.name, size)
        found = probability(draws > size)
        yield _row("gap_exceeds", found, definition, name, scope, "probability")


def _row(
    effect: str,
    numbers: dict[str, float],
    definition: str,
    contrast: str,
    scope: str,
    unit: str = "points",
) -> dict:
    row = {"effect": effect, "group": "all", "contrast": contrast, "scope": scope, "unit": unit}
    return {**row, **numbers, "definition": f"{definition}; {WHOM[scope]}"}
