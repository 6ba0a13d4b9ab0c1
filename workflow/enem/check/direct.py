"""Whether a model's gap at equal income is that which a reader finds from cells without a model."""

import numpy as np
import xarray as xr

from enem.check.verdict import Check
from enem.compare.cell_means import gap
from enem.compare.contrasts import main_contrast
from enem.compare.direct import direct_gap
from enem.compare.quantities import expected_scopes
from enem.mixed.design import Design


def direct_check(tree: xr.DataTree, design: Design, threshold: float) -> Check:
    """Hold the gap between private and public schools against differences of cell means.

    Parameters
    ----------
    tree, design
        Posterior and design of one model.
    threshold
        Distance allowed in any scope, in the larger of the two standard deviations.
    """
    sides = main_contrast(design)
    if sides is None:
        return Check("direct_gap", None, None, threshold, details={"case": "no_gap"})
    direct, redrawn = direct_gap(design, sides)
    distances = {}
    for scope, cells in expected_scopes(tree, design).items():
        draws = gap(cells, sides)
        model = float(np.nanmean(draws))
        sd = max(float(np.nanstd(draws, ddof=1)), float(redrawn.std(ddof=1)))
        distances[scope] = (abs(model - direct) / sd, model, sd)
    scope = max(distances, key=lambda name: distances[name][0])
    value, model, sd = distances[scope]
    case = "gap" if design.has_income else "raw_gap"
    details = {"case": case, "scope": scope, "model": model, "direct": direct, "sd": sd}
    return Check("direct_gap", value < threshold, value, threshold, details=details)
