"""The gap without a model: differences of cell means, and a bootstrap of the finest groups."""

import numpy as np
from scipy import sparse

from enem.compare.cell_means import Cells, gap, ratio
from enem.compare.contrasts import Contrast, main_contrast
from enem.compare.describe import describe
from enem.compare.quantities import ALIKE, Quantities
from enem.mixed.design import Design

REPLICATES, SEED = 400, 20171105


def redrawn_cells(design: Design, replicates: int, rng: np.random.Generator) -> Cells:
    """Observed means when the finest groups are drawn anew with replacement, (R, T, B)."""
    count = len(design.groups)
    times = rng.multinomial(count, np.full(count, 1 / count), replicates).astype(float)
    shape = (len(design.school_types), len(design.brackets))

    def sums(values: np.ndarray) -> np.ndarray:
        size = (count, shape[0] * shape[1])
        by_group = sparse.coo_array((values, (design.group, design.cell)), shape=size).tocsr()
        return (by_group.T @ times.T).T.reshape(-1, *shape)

    n = sums(design.n)
    return Cells(ratio(sums(design.n * design.mean), n), n)


def bootstrapped(design: Design) -> Cells:
    """Observed means of the group bootstraps behind every direct gap, (R, T, B)."""
    return redrawn_cells(design, REPLICATES, np.random.default_rng(SEED))


def direct_gap(design: Design, again: Cells, sides: Contrast) -> tuple[float, np.ndarray]:
    """Gap of observed cell means, and of `bootstrapped` ones that have both sides, points."""
    n, total = design.cell_sums(design.n), design.cell_sums(design.n * design.mean)
    (found,) = gap(Cells(ratio(total, n)[None], n[None]), sides)
    redrawn = gap(again, sides)
    return float(found), redrawn[np.isfinite(redrawn)]


def direct_effects(of: Quantities) -> list[dict]:
    """Row of the table of effects, where a model knows private and public schools."""
    sides, income = main_contrast(of.design), of.design.has_income
    if sides is None:
        return []
    found, redrawn = direct_gap(of.design, bootstrapped(of.design), sides)
    same = " at the same income, averaged over the incomes of private-school participants"
    definition = (
        f"no model: difference of observed mean scores{same if income else ''}; "
        f"sd and interval by {REPLICATES} group bootstraps"
    )
    effect = "gap_at_equal_income_direct" if income else "raw_gap_direct"
    numbers = {**describe(redrawn, of.mass), "mean": found}
    return [of.row(effect, numbers, definition, ALIKE, sides.name)]
