"""How much of the variance of scores lies between municipalities, between schools and within.

Given the model's variables, the parts are the model's own variances: those of the levels, and the
participants' residual one.  With nothing given, each draw's expected scores of the participants,
effects of their schools included, vary between municipalities, between the schools of one, and
inside schools, where the residual variance comes on top.  Draws of effects vary as the effects
do; posterior means would vary less.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from scipy import sparse

from enem.compare.quantities import ALIKE, THESE, Quantities
from enem.mixed.design import Design, municipality_codes
from enem.mixed.rows import coefficient_values
from enem.mixed.specification import MUNICIPALITY, SCHOOL

NAMES = {
    "income": "income",
    "income_bracket": "income",
    "school_type": "school type",
    "school_income": "school income",
}
NOTHING = "nothing given"
EFFECTS = {MUNICIPALITY: "share_between_municipalities", SCHOOL: "share_between_schools"}
WITHIN = "share_within"


def given(design: Design) -> str:
    """Name what a model's variances are given, for example ``given income and school type``."""
    used = [name for name in (*NAMES, *design.spec.carried) if design.spec.formula.uses(name)]
    names = list(dict.fromkeys(NAMES.get(name, name.replace("_", " ")) for name in used))
    first = ", ".join(names[:-1])
    words = [f"{first} and {names[-1]}" if first else names[0]] if names else []
    return f"given {words[0]}" if words else NOTHING


def share_effects(of: Quantities, tree: xr.DataTree | None) -> Iterator[dict]:
    """Rows of the table of effects; none of a model without levels.

    Parameters
    ----------
    of
        Draws, or a truth.
    tree
        The draws; None of a truth, for the shares that need no more than variances.
    """
    if not of.tau:
        return
    cases = []
    if (contrast := given(of.design)) != NOTHING:
        definition = "share of the variance that the model's variables leave among participants"
        own = {EFFECTS[level]: tau**2 for level, tau in of.tau.items()}
        cases.append((contrast, ALIKE, {**own, WITHIN: _residual(of)}, definition))
    if tree is not None:
        definition = "share of the variance of all participants' scores, nothing taken into account"
        cases.append((NOTHING, THESE, _total_variances(of, tree), definition))
    for contrast, scope, parts, definition in cases:
        total = sum(parts.values())
        for effect, variance in parts.items():
            share, unit = variance / total, "share of the variance"
            yield of.row(effect, share, definition, scope, contrast, unit=unit)


def _residual(of: Quantities) -> np.ndarray:
    return of.sigma**2 @ (of.n.sum(axis=1) / of.n.sum())


def _total_variances(of: Quantities, tree: xr.DataTree) -> dict[str, np.ndarray]:
    """Split the variance over participants, of the draws at which effects of groups are kept.

    Points squared by effect, each (draws,); levels that the model lacks are in ``WITHIN``.
    """
    levels, design = tree["levels"].to_dataset(), of.design
    at = levels["sample"].to_numpy()
    coefficients = coefficient_values(tree["posterior"].to_dataset(), design)[at]
    columns, inside = _columns_of_groups(design)
    mean = coefficients @ columns.T + sum(levels[name].to_numpy() for name in of.tau)
    within = np.einsum("sp,pq,sq->s", coefficients, inside, coefficients, optimize=True)
    within += _residual(of)[at]
    n = design.groups["n"].to_numpy(float) / design.groups["n"].sum()
    whole = mean - (mean @ n)[:, None]
    total, parts = whole**2 @ n, {}
    if MUNICIPALITY in of.tau:
        place = _between(whole, n, municipality_codes(design.groups))
        parts[EFFECTS[MUNICIPALITY]], total = place, total - place
    if SCHOOL in of.tau:
        return {**parts, EFFECTS[SCHOOL]: total, WITHIN: within}
    return {**parts, WITHIN: within + total}


def _columns_of_groups(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each finest group's columns (F, P); their covariance inside groups (P, P)."""
    weights = np.zeros((len(design.groups), design.patterns.shape[1]))
    columns = design.patterns[design.pattern]
    np.add.at(weights, design.group, design.n[:, None] * columns)
    mean = weights / design.groups["n"].to_numpy(float)[:, None]
    around = columns - mean[design.group]
    return mean, around.T @ (design.n[:, None] * around) / design.n.sum()


def _between(values: np.ndarray, n: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Variance of the means of classes, of centred values (S, F), shares `n` and classes (F,)."""
    member = sparse.coo_array((n, (of, np.arange(len(n))))).tocsr()
    return (1 / np.bincount(of, n)) @ (member @ values.T) ** 2
