"""Whether a model's gaps at equal income are those which a reader finds from cells without it."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from enem.check.verdict import Check
from enem.compare.cell_means import Cells, gap
from enem.compare.contrasts import MAIN, Contrast, gap_contrasts
from enem.compare.direct import bootstrapped, direct_gap
from enem.compare.quantities import expected_scopes
from enem.mixed.design import Design

FEWEST = 30
"""Participants of a public type: cells of fewer hold one or two each, and say little of a gap."""


def direct_check(tree: xr.DataTree, design: Design, threshold: float) -> Check:
    """Hold private schools' gaps with each public type, and all, against those of cell means.

    Parameters
    ----------
    tree, design
        Posterior and design of one model.
    threshold
        Distance allowed in any scope, in the larger of the two standard deviations.
    """
    n = design.cell_sums(design.n)
    judged = [
        sides
        for sides in gap_contrasts(design)
        if sides.name == MAIN or min(n[sides.one].sum(), n[sides.other].sum()) >= FEWEST
    ]
    if not judged:
        return Check("direct_gap", None, None, threshold, details={"case": "no_gap"})
    scopes, again, found = expected_scopes(tree, design), bootstrapped(design), []
    for sides in judged:
        found += _distances(scopes, direct_gap(design, again, sides), sides)
    value, details = max(found, key=lambda each: each[0])
    case = "gap" if design.has_income else "raw_gap"
    return Check(
        "direct_gap", value < threshold, value, threshold, details={"case": case, **details}
    )


def _distances(
    scopes: Mapping[str, Cells], directly: tuple[float, np.ndarray], sides: Contrast
) -> list[tuple[float, dict[str, str | float]]]:
    """By scope: distance in standard deviations, and the numbers behind it."""
    direct, redrawn = directly
    other, found = sides.name.rpartition(" - ")[2], []
    for scope, cells in scopes.items():
        draws = gap(cells, sides)
        model = float(np.nanmean(draws))
        sd = max(float(np.nanstd(draws, ddof=1)), float(redrawn.std(ddof=1)))
        numbers = {"other": other, "scope": scope, "model": model, "direct": direct, "sd": sd}
        found.append((abs(model - direct) / sd, numbers))
    return found
