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
    labels = enumerate(design.sigma_labels)
    return tuple(label for group, label in labels if not bounds_sigma(design, group))


def bounds_sigma(design: Design, group: int) -> bool:
    """Whether scores keep the sigma of a group away from 0."""
    here = np.flatnonzero(design.leaf_sigma[design.leaf] == group)
    n, mean, squares = design.n[here], design.mean[here], design.ss[here].sum()
    least = n.sum() * LOWEST_SIGMA**2
    if squares > least or not len(here):
        return bool(squares > least)
    # the best that coefficients and groups can do
    leaf = np.unique(design.leaf[here], return_inverse=True)[1]
    columns = np.hstack([design.patterns[design.pattern[here]], np.eye(leaf.max() + 1)[leaf]])
    weight = np.sqrt(n)
    line, *_ = np.linalg.lstsq(columns * weight[:, None], mean * weight)
    return bool(squares + (n * (mean - columns @ line) ** 2).sum() > least)
