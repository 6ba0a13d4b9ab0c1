"""Whether a model's gap at equal income is that which a reader finds from cells without a model."""

import numpy as np
import xarray as xr

from enem.check.verdict import Check
from enem.compare.cell_means import gap
from enem.compare.contrasts import MAIN
from enem.compare.direct import direct_effect
from enem.compare.gaps import gap_contrasts
from enem.compare.quantities import expected_scopes
from enem.mixed.design import Design


def direct_check(tree: xr.DataTree, design: Design, mass: float, threshold: float) -> Check:
    """Hold the gap between private and public schools against differences of cell means.

    Parameters
    ----------
    tree, design
        Posterior and design of one model.
    mass
        Probability of the direct estimate's interval, which its bootstrap also gives.
    threshold
        Distance allowed in any scope, in the larger of the two standard deviations.
    """
    found = [contrast for contrast in gap_contrasts(design) if contrast.name == MAIN]
    if not found:
        message = (
            "Nothing to compare: the model does not know school types, or no income has both "
            "private-school and public-school participants."
        )
        return Check("direct_gap", None, None, threshold, message, {"case": "no_gap"})
    (contrast,) = found
    sides = (contrast.one, contrast.other, contrast.one)
    direct = direct_effect(design, contrast, mass)
    distances = {}
    for scope, cells in expected_scopes(tree, design).items():
        draws = gap(cells, *sides)
        model = float(np.nanmean(draws))
        sd = max(float(np.nanstd(draws, ddof=1)), direct["sd"])
        distances[scope] = (abs(model - direct["mean"]) / sd, model, sd)
    scope = max(distances, key=lambda name: distances[name][0])
    value, model, sd = distances[scope]
    income = " at equal income" if design.has_income else ""
    message = (
        f"The gap{income} between private and public schools is {model:.1f} points by the "
        f"model and {direct['mean']:.1f} from cell means alone: {value:.2f} standard deviations "
        f"({sd:.1f} points) apart (below {threshold:g} wanted)."
    )
    case = "gap" if design.has_income else "raw_gap"
    details = {"case": case, "scope": scope, "model": model, "direct": direct["mean"], "sd": sd}
    return Check("direct_gap", value < threshold, value, threshold, message, details)
