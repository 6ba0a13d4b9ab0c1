"""Leaving out a participant, and leaving out a whole group, by importance sampling of the scales.

What is left out is known in closed form given the scales (`enem.check.leave_out`), so weights
depend on few and well-informed parameters: a school of one participant would else give a Pareto k
near 1.  Schools left out are schools of which nothing is known but who goes there.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from enem.check import nodes
from enem.check.grouping import SMALLEST_JUDGED
from enem.check.leave_out import (
    Conditionals,
    conditionals,
    group_densities,
    leave_out_scores,
    smoothed,
)
from enem.check.verdict import Check
from enem.compare.models import LeftOut
from enem.mixed.design import Design
from enem.mixed.packing import pack, prior_means
from enem.mixed.priors import Prior
from enem.mixed.rows import evenly_spaced, participant_rows, scale_values

DRAWS = 500
"""Draws of the scales that are used; evenly spaced ones, so nearly independent."""


def leave_out_all(
    posterior: xr.Dataset,
    design: Design,
    priors: Mapping[str, Prior],
    participants: pd.DataFrame,
) -> LeftOut:
    """Leave out every participant, and every finest group.

    Parameters
    ----------
    posterior
        Draws of the model's parameters.
    design, priors
        The model.
    participants
        ``municipality, school, school_type, income_bracket``, further factors, ``score``.
    """
    values = scale_values(posterior, design)
    used = values[evenly_spaced(len(values), DRAWS)]
    given = conditionals(design, pack(design, priors), prior_means(design, priors), used)
    density = group_densities(given)
    elpd, k = smoothed(density)
    groups = design.groups.assign(elpd=elpd, pareto_k=k)
    return LeftOut(leave_out_participants(given, participants), groups)


def leave_out_participants(given: Conditionals, participants: pd.DataFrame) -> pd.DataFrame:
    """Leave out every participant; see `LeftOut`."""
    row, (kinds, kind) = participant_rows(given.design, participants), kinds_of_rows(given.design)
    places = nodes.place_nodes(kind[row], participants["score"].to_numpy(float), nodes.FEW)
    found = leave_out_scores(given, kinds, places.kind, places.score)
    names = ("elpd_loo", "lppd", "pareto_k")
    return pd.DataFrame(
        {name: places.at_participants(of) for name, of in zip(names, found, strict=True)}
    )


def kinds_of_rows(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Leaf and pattern of each kind of participants, (2, K), and each row's kind.

    What a model expects of participants depends on nothing else.
    """
    code = design.leaf * len(design.patterns) + design.pattern
    found, kind = np.unique(code, return_inverse=True)
    return np.stack(np.divmod(found, len(design.patterns))), np.ravel(kind)


def pareto_check(
    loo: pd.DataFrame, school_type: pd.Series, design: Design, threshold: float
) -> Check:
    """Judge importance sampling where a group has enough participants to be left by one."""
    if design.spec.by_school_type:
        large = school_type.map(school_type.value_counts()).to_numpy() >= SMALLEST_JUDGED
    else:
        large = np.full(len(loo), len(loo) >= SMALLEST_JUDGED)
    judged, small = loo[large], loo[~large]
    if judged.empty:
        details = {"case": "not_judged", "participants": SMALLEST_JUDGED}
        return Check("pareto_k", None, None, threshold, details=details)
    value = float(judged["pareto_k"].max())
    high, high_small = (int((part["pareto_k"] > threshold).sum()) for part in (judged, small))
    details = {
        "case": "worst",
        "high": high,
        "points": len(judged),
        "refitted": int(loo["refitted"].sum()),
        "high_in_small_groups": high_small,
        "points_in_small_groups": len(small),
        "participants": SMALLEST_JUDGED,
    }
    return Check("pareto_k", value <= threshold, value, threshold, details=details)


def group_pareto_check(groups: pd.DataFrame, threshold: float) -> Check:
    """Report where importance sampling of a group left out is not to be relied on.

    It informs only: a school of hundreds may rightly say much about a sigma.
    """
    high = groups[groups["pareto_k"] > threshold]
    value = float(groups["pareto_k"].max())
    known = value if np.isfinite(value) else None
    case = "not_finite" if known is None else "groups"
    details = {"case": case, "high": len(high), "points": len(groups)}
    return Check("pareto_k_group", None, known, threshold, details=details)
