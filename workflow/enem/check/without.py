"""A design without one of its participants."""

from dataclasses import replace

import numpy as np

from enem.mixed.design import Design


def without_participant(design: Design, row: int, score: float) -> Design:
    """Take a participant of this score out of a row of sums, and with them what is left empty.

    Municipalities keep their numbers.
    """
    n, mean, ss = design.n.copy(), design.mean.copy(), design.ss.copy()
    away = score - mean[row]
    n[row] -= 1
    left = max(n[row], 1)
    mean[row] -= away / left
    ss[row] -= away**2 * (left + 1) / left
    # what is left of equal scores is rounding, and would pass for a spread
    if n[row] <= 1 or ss[row] < 1e-9 * design.ss[row]:
        ss[row] = 0.0
    kept = n > 0
    rows = {"n": n, "mean": mean, "ss": ss, "pattern": design.pattern, "cell": design.cell}
    groups, group = np.unique(design.group[kept], return_inverse=True)
    leaves, leaf_of_group = np.unique(design.leaf_of_group[groups], return_inverse=True)
    table = design.groups.iloc[groups].reset_index(drop=True)
    return replace(
        design,
        **{name: of[kept] for name, of in rows.items()},
        group=group,
        leaf=leaf_of_group[group],
        leaf_of_group=leaf_of_group,
        leaf_sigma=design.leaf_sigma[leaves],
        leaf_municipality=design.leaf_municipality[leaves],
        groups=table.assign(n=np.bincount(group, n[kept]).astype(int)),
    )
