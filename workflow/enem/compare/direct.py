"""The gap without a model: differences of cell means, and a bootstrap of the finest groups."""

import numpy as np
from scipy import sparse

from enem.compare.cell_means import Cells, gap, ratio
from enem.compare.contrasts import Contrast
from enem.compare.describe import STATISTICS
from enem.compare.quantities import ALIKE, WHOM
from enem.mixed.design import Design

REPLICATES, SEED = 400, 20171105


def observed_cells(design: Design) -> Cells:
    """Observed means of cells, once: (1, T, B)."""
    n, total = design.cell_sums(design.n), design.cell_sums(design.n * design.mean)
    return Cells(ratio(total, n)[None], n[None])


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


def direct_effect(design: Design, contrast: Contrast, mass: float) -> dict:
    """Row of the table of effects: cell means, and a group bootstrap of the finest groups.

    Replicates without participants on one of the sides have no gap and are left out.
    """
    sides = (contrast.one, contrast.other, contrast.one)
    found = gap(observed_cells(design), *sides)[0]
    redrawn = gap(redrawn_cells(design, REPLICATES, np.random.default_rng(SEED)), *sides)
    redrawn = redrawn[np.isfinite(redrawn)]
    ends = np.quantile(redrawn, [(1 - mass) / 2, (1 + mass) / 2])
    numbers = dict(zip(STATISTICS, map(float, (found, redrawn.std(ddof=1), *ends)), strict=True))
    same = " at the same income, averaged over the incomes of private-school participants"
    definition = (
        f"no model: difference of observed mean scores{same if design.has_income else ''}; "
        f"sd and interval by {REPLICATES} group bootstraps"
    )
    row = {
        "effect": "gap_at_equal_income_direct" if design.has_income else "raw_gap_direct",
        "group": "all",
        "contrast": contrast.name,
        "scope": ALIKE,
    }
    return {**row, "unit": "points", **numbers, "definition": f"{definition}; {WHOM[ALIKE]}"}
