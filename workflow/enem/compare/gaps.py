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

from enem.compare.asked import Asked, doublings, wages
from enem.compare.cell_means import Cells, gap, gap_by_income, raw_gap, without_gaps
from enem.compare.contrasts import MAIN, Contrast, gap_contrasts, in_common
from enem.compare.describe import alone
from enem.compare.quantities import TYPICAL, Quantities
from enem.names import PRIVATE, PUBLIC

REFERENCES = {
    "": "private-school participants",
    "_of_public": "public-school participants",
    "_of_all": "all participants",
}
"""Over whose incomes gaps are averaged, by what it adds to the name of an effect."""

EXCEEDING = (MAIN, f"{PRIVATE} - estadual")
"""Contrasts whose probability to exceed a size is reported."""


def gap_effects(of: Quantities, asked: Asked | None) -> Iterator[dict]:
    """Rows of the table of effects; of an edition without income the raw gaps alone."""
    for contrast in gap_contrasts(of.design):
        if not of.design.has_income:
            definition = "difference of expected mean scores; incomes are not known"
            for scope, cells in of.scopes.items():
                raw = raw_gap(cells, contrast)
                yield of.row("raw_gap", raw, definition, scope, contrast.name)
            continue
        yield from _left_out(of, contrast)
        for scope, cells in of.scopes.items():
            where = of, contrast, scope
            if scope == TYPICAL:
                yield _equal(gap(cells, contrast), *where, "")
                continue
            yield from _averages(cells, *where)
            if asked:
                yield from _at_incomes(cells, *where, asked)
                yield from _exceeding(cells, *where, asked)


def _references(of: Quantities) -> dict[str, np.ndarray]:
    """School types of each of `REFERENCES`, boolean (T,)."""
    names = np.array(of.design.school_types)
    sides = (names == PRIVATE, np.isin(names, PUBLIC), np.ones(len(names), bool))
    return dict(zip(REFERENCES, sides, strict=True))


def _left_out(of: Quantities, contrast: Contrast) -> Iterator[dict]:
    common, scope = in_common(of.n, contrast), next(iter(of.scopes))
    for name, types in _references(of).items():
        n = of.n[types].sum(axis=0)
        share = alone(n[~common].sum() / n.sum())
        definition = (
            f"share of {REFERENCES[name]} at whose income one side has nobody; gaps averaged over "
            "their incomes leave them out"
        )
        effect = f"gap_incomes_left_out{name}"
        yield of.row(effect, share, definition, scope, contrast.name, unit="share")


def _averages(cells: Cells, of: Quantities, contrast: Contrast, scope: str) -> Iterator[dict]:
    where, raw = (scope, contrast.name), raw_gap(cells, contrast)
    definition = "difference of expected mean scores, each side at its own incomes"
    yield of.row("raw_gap", raw, definition, *where)
    for name, types in _references(of).items():
        equal = gap(cells, contrast, types)
        yield _equal(equal, of, contrast, scope, name)
        whose = f"both sides given the incomes of {REFERENCES[name]}"
        yield of.row(
            f"gap_explained_by_income{name}",
            1 - equal / raw,
            f"one minus the gap at equal income over the raw gap, {whose}",
            *where,
            unit="share of the raw gap",
        )
        definition = f"raw gap minus the gap at equal income, {whose}"
        yield of.row(f"gap_points_explained_by_income{name}", raw - equal, definition, *where)
    if contrast.name == MAIN:
        yield _fixed_mix(cells, of, contrast, scope)


def _equal(
    draws: np.ndarray, of: Quantities, contrast: Contrast, scope: str, reference: str
) -> dict:
    definition = (
        "difference of expected scores at the same income, averaged over the incomes of "
        f"{REFERENCES[reference]}"
    )
    if contrast.name == MAIN:
        definition += "; public are the public participants of that income"
    return of.row(f"gap_at_equal_income{reference}", draws, definition, scope, contrast.name)


def _fixed_mix(cells: Cells, of: Quantities, contrast: Contrast, scope: str) -> dict:
    whole, n = without_gaps(cells, of.slopes, of.design.x), cells.participants
    mix = np.broadcast_to(n.sum(axis=2, keepdims=True), n.shape)
    # weights of types on the public side, the private side's own incomes
    weighed = Cells(whole.score, np.where(contrast.other[:, None], mix, n))
    definition = (
        "difference of expected scores at the same income, averaged over the incomes of "
        f"{REFERENCES['']}; public school types in one mix at every income, by their participants"
    )
    draws = gap(weighed, contrast)
    return of.row("gap_at_equal_income_fixed_mix", draws, definition, scope, contrast.name)


def _at_incomes(
    cells: Cells, of: Quantities, contrast: Contrast, scope: str, asked: Asked
) -> Iterator[dict]:
    definition = "difference of expected scores at this family income"
    for income in asked.incomes:
        bracket = asked.bracket(income)
        if in_common(of.n, contrast)[bracket]:
            draws = gap_by_income(cells_at(cells, of, bracket, income), contrast)[:, 0]
            name = f"{contrast.name} at {wages(income)}"
            yield of.row("gap_at_income", draws, definition, scope, name)


def cells_at(cells: Cells, of: Quantities, bracket: int, income: float) -> Cells:
    """Move the cells of one bracket along their lines to an income inside it, (S, T, 1)."""
    distance = doublings(income) - of.design.x[bracket]
    score = cells.score[:, :, [bracket]] + of.slopes[..., None] * distance
    return Cells(score, cells.participants[:, :, [bracket]])


def _exceeding(
    cells: Cells, of: Quantities, contrast: Contrast, scope: str, asked: Asked
) -> Iterator[dict]:
    if contrast.name not in EXCEEDING:
        return
    draws = gap(cells, contrast)
    definition = (
        "posterior probability that the gap at equal income, averaged over the incomes of "
        f"{REFERENCES['']}, exceeds this size; a probability has no interval of its own"
    )
    for size in asked.gap_sizes:
        name, found = f"{contrast.name}, above {size:g} points", alone((draws > size).mean())
        yield of.row("gap_exceeds", found, definition, scope, name, unit="probability")
