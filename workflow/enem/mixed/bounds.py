"""School types whose likelihood has no maximum: nothing keeps their sigma away from 0."""

import numpy as np

from enem.mixed.coordinates import LOWEST_SIGMA
from enem.mixed.design import Design
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables


def unbounded(spec: Specification, tables: Tables) -> tuple[str, ...]:
    """School types whose likelihood does not keep their sigma away from 0.

    One does when its scores differ from all that lines and groups could follow.
    """
    if not spec.by_school_type:
        return ()
    if not len(tables.sums):
        return tuple(tables.labels["school_type"])
    design = tables.design(spec)
    kept = bounds_sigma(design, design.n, design.mean, design.ss)
    return tuple(of for of, keeps in zip(design.sigma_labels, kept, strict=True) if not keeps)


def bounds_sigma(
    design: Design, n: np.ndarray, mean: np.ndarray, ss: np.ndarray, only: int | None = None
) -> np.ndarray:
    """Whether scores keep each sigma away from 0, (G,).

    Parameters
    ----------
    design
        Columns and groups.
    n, mean, ss
        Sums of its rows, (R,).
    only
        The sigma to look at; the others count as kept.
    """
    kept = np.ones(len(design.sigma_labels), bool)
    of_row = design.leaf_sigma[design.leaf]
    for g in range(len(kept)) if only is None else [only]:
        here = np.flatnonzero((of_row == g) & (n > 0))
        squares = ss[here].sum()
        if not squares > n[here].sum() * LOWEST_SIGMA**2:
            squares += _off_lines(design, here, n, mean)
        kept[g] = squares > n[here].sum() * LOWEST_SIGMA**2
    return kept


def _off_lines(design: Design, here: np.ndarray, n: np.ndarray, mean: np.ndarray) -> float:
    """Sum of squares of row means around the best that coefficients and groups can do."""
    if not len(here):
        return 0.0
    leaves, leaf = np.unique(design.leaf[here], return_inverse=True)
    columns = np.hstack(
        [design.patterns[design.pattern[here]], np.eye(len(leaves))[np.ravel(leaf)]]
    )
    weight = np.sqrt(n[here])
    line, *_ = np.linalg.lstsq(columns * weight[:, None], mean[here] * weight)
    return float((n[here] * (mean[here] - columns @ line) ** 2).sum())
