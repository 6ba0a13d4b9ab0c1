"""The private-public gap: raw, at equal income, and the share that goes with income.

The raw gap is the difference of the two sides' expected mean scores, each at its own incomes.
Giving both sides the same incomes leaves the gap at equal income; the rest of the raw gap is the
part that income explains.  This is the decomposition of Oaxaca (International Economic Review 14
(1973) 693-709) and Blinder (Journal of Human Resources 8 (1973) 436-455), written as
standardisation over the cells (the g-formula: Robins, Mathematical Modelling 7 (1986) 1393-1512),
so that it also holds where expected scores leave the line.  Its parts depend on whose incomes both
sides are given (Fortin, Lemieux & Firpo, Handbook of Labor Economics 4A (2011), section 3): the
incomes of private-school participants are the main reference, those of public schools and of all
participants stand beside it.  Incomes are those of the analysed participants, known, not estimated.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from enem.check.scores import cell_parameters
from enem.compare.asked import GAP, Asked, doublings, gap_above, gap_at
from enem.compare.describe import describe, probability
from enem.models.cells import CellGrid
from enem.models.specification import Specification
from enem.names import PRIVATE, PUBLIC

REFERENCES = {
    "": "private-school participants",
    "_of_public": "public-school participants",
    "_of_all": "all participants",
}
"""Whose incomes both sides are given, by what it adds to the name of an effect."""
WEIGHED = "public school types weighted by their participants"


def _is_public(grid: CellGrid) -> np.ndarray:
    return np.array([g in PUBLIC for g in grid.school_types])


def _is_private(grid: CellGrid) -> np.ndarray:
    return np.array([g == PRIVATE for g in grid.school_types])


def public_weights(grid: CellGrid) -> np.ndarray:
    """Weights of the public school types, by their participants; 0 for the others, shape (G,)."""
    counts = np.where(_is_public(grid), grid.participants, 0.0)
    return counts / counts.sum() if counts.sum() else counts


def gap_draws(expected: np.ndarray, grid: CellGrid) -> np.ndarray | None:
    """Private minus public expected score.

    Public is the mean of the public school types weighted by their participants, the same weights
    at every income; part-private schooling is on neither side.

    Parameters
    ----------
    expected
        Expected scores, points, shape (draws, G, incomes).
    grid
        Cells, for the participants.

    Returns
    -------
    ndarray or None
        Points, shape (draws, incomes); None when either side has no participants.
    """
    weights, private = public_weights(grid), _is_private(grid)
    if not weights.sum() or not grid.participants[private].sum():
        return None
    return expected[:, private].sum(axis=1) - np.einsum("g,sgb->sb", weights, expected)


def raw_gap_draws(expected: np.ndarray, grid: CellGrid) -> np.ndarray:
    """Difference of expected mean scores, each side at its own incomes; points, (draws,)."""
    public = grid.n * _is_public(grid)[:, None]
    mean_private = expected[:, _is_private(grid)].sum(axis=1) @ income_mixes(grid)[""]
    return mean_private - np.einsum("gb,sgb->s", public / public.sum(), expected)


def income_mixes(grid: CellGrid) -> dict[str, np.ndarray]:
    """Shares of the brackets among the participants of each key of `REFERENCES`, each (B,)."""
    sides = (_is_private(grid), _is_public(grid), np.ones(len(grid.school_types), bool))
    counts = (grid.n[side].sum(axis=0) for side in sides)
    return {name: n / n.sum() for name, n in zip(REFERENCES, counts, strict=True)}


def expected_at(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, asked: Asked, income: float
) -> np.ndarray:
    """Expected score of each school type at one income, points, (draws, G).

    It lies on the line at that very income; a deviation is that of the bracket that holds it.
    """
    here = grid.at(np.full(len(grid.x), doublings(income)))
    return cell_parameters(posterior, spec, here)[0][:, :, asked.bracket(income)]


def gap_effects(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float, asked: Asked | None
) -> Iterator[dict]:
    """Rows of the table of effects; none where there is no gap to speak of."""
    if not spec.by_school_type:
        return
    expected, _ = cell_parameters(posterior, spec, grid)
    by_bracket = gap_draws(expected, grid)
    if by_bracket is None:
        return
    raw = raw_gap_draws(expected, grid)
    equal = {name: by_bracket @ mix for name, mix in income_mixes(grid).items()}
    yield _row(
        "raw_gap",
        describe(raw, mass),
        "difference of expected mean scores, each side at its own incomes",
    )
    yield from _equal_income(raw, equal, mass)
    if asked:
        yield from _at_incomes(posterior, spec, grid, mass, asked)
        yield from _exceeding(equal[""], asked)


def _equal_income(raw: np.ndarray, equal: Mapping[str, np.ndarray], mass: float) -> Iterator[dict]:
    for name, whose in REFERENCES.items():
        of = f"the incomes of {whose}"
        same = f"difference of expected scores at the same income, averaged over {of}; {WEIGHED}"
        yield _row(f"gap_at_equal_income{name}", describe(equal[name], mass), same)
        yield _row(
            f"gap_explained_by_income{name}",
            describe(1 - equal[name] / raw, mass),
            f"one minus the gap at equal income over the raw gap, both sides given {of}",
            unit="share of the raw gap",
        )
        yield _row(
            f"gap_points_explained_by_income{name}",
            describe(raw - equal[name], mass),
            f"raw gap minus the gap at equal income, both sides given {of}",
        )


def _at_incomes(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float, asked: Asked
) -> Iterator[dict]:
    for income in asked.incomes:
        expected = expected_at(posterior, spec, grid, asked, income)[..., None]
        gap = gap_draws(expected, grid)[:, 0]
        definition = f"difference of expected scores at this family income; {WEIGHED}"
        yield _row("gap_at_income", describe(gap, mass), definition, gap_at(income))


def _exceeding(gap: np.ndarray, asked: Asked) -> Iterator[dict]:
    for size in asked.gap_sizes:
        definition = (
            "posterior probability that the gap at equal income, averaged over the incomes of "
            f"{REFERENCES['']}, exceeds this size; a probability has no interval of its own"
        )
        found = probability(gap > size)
        yield _row("gap_exceeds", found, definition, gap_above(size), "probability")


def _row(
    effect: str,
    numbers: Mapping[str, float],
    definition: str,
    contrast: str = GAP,
    unit: str = "points",
) -> dict:
    row = {"effect": effect, "group": "all", "contrast": contrast, "unit": unit}
    return {**row, **numbers, "definition": definition}
