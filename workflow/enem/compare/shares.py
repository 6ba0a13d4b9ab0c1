"""How much of the variance of scores lies between municipalities, between schools and within.

Given the model's variables, the parts are the model's own variances: those of the levels, and the
participants' residual one.  With nothing given, each draw's expected scores of the participants,
effects of their schools included, vary between municipalities, between the schools of one, and
inside schools, where the residual variance comes on top.  Draws of effects vary as the effects
do; posterior means would vary less.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr
from scipy import sparse

from enem.compare.coefficients import coefficient_draws
from enem.compare.describe import describe
from enem.compare.quantities import ALIKE, THESE, WHOM, Quantities
from enem.mixed.design import Design
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
    if not names:
        return NOTHING
    first = ", ".join(names[:-1])
    return f"given {first} and {names[-1]}" if first else f"given {names[0]}"


def share_effects(of: Quantities, tree: xr.DataTree | None, mass: float) -> Iterator[dict]:
    """Rows of the table of effects; none of a model without levels.

    Parameters
    ----------
    of
        Draws, or a truth.
    tree
        The draws; None of a truth, for the shares that need no more than variances.
    mass
        Probability of intervals.
    """
    if not of.tau:
        return
    contrast = given(of.design)
    if contrast != NOTHING:
        definition = "of the variance that the model's variables leave among participants"
        yield from _rows(_variances(of), contrast, ALIKE, definition, mass)
    if tree is not None:
        definition = "of the variance of all participants' scores, nothing taken into account"
        yield from _rows(total_variances(of, tree), NOTHING, THESE, definition, mass)


def _variances(of: Quantities) -> dict[str, np.ndarray]:
    parts = {EFFECTS[level]: tau**2 for level, tau in of.tau.items()}
    return {**parts, WITHIN: _residual(of)}


def _residual(of: Quantities) -> np.ndarray:
    weights = of.n.sum(axis=1) / of.n.sum()
    return of.sigma**2 @ weights


def total_variances(of: Quantities, tree: xr.DataTree) -> dict[str, np.ndarray]:
    """Split the variance over participants, of the draws at which effects of groups are kept.

    Returns
    -------
    dict
        Points squared by effect, each (draws,); levels that the model lacks are in ``WITHIN``.
    """
    levels, design = tree["levels"].to_dataset(), of.design
    at = levels["sample"].to_numpy()
    coefficients = coefficient_draws(tree["posterior"].to_dataset(), design)[at]
    columns, inside = _columns_of_groups(design)
    mean = coefficients @ columns.T + sum(levels[name].to_numpy() for name in of.tau)
    within = np.einsum("sp,pq,sq->s", coefficients, inside, coefficients, optimize=True)
    within += _residual(of)[at]
    n = design.groups["n"].to_numpy(float) / design.groups["n"].sum()
    whole = mean - (mean @ n)[:, None]
    total = whole**2 @ n
    if SCHOOL not in of.tau:
        place = _between(whole, n, _municipalities(design))
        return {EFFECTS[MUNICIPALITY]: place, WITHIN: within + total - place}
    if MUNICIPALITY not in of.tau:
        return {EFFECTS[SCHOOL]: total, WITHIN: within}
    place = _between(whole, n, _municipalities(design))
    return {EFFECTS[MUNICIPALITY]: place, EFFECTS[SCHOOL]: total - place, WITHIN: within}


def _columns_of_groups(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each finest group's columns (F, P); their covariance inside groups (P, P)."""
    weights = np.zeros((len(design.groups), design.patterns.shape[1]))
    columns = design.patterns[design.pattern]
    np.add.at(weights, design.group, design.n[:, None] * columns)
    mean = weights / design.groups["n"].to_numpy(float)[:, None]
    around = columns - mean[design.group]
    return mean, around.T @ (design.n[:, None] * around) / design.n.sum()


def _municipalities(design: Design) -> np.ndarray:
    """Index of each finest group's municipality; one of its own where it is not known."""
    codes, names = design.groups[MUNICIPALITY].astype(object).factorize()
    unknown = codes < 0
    codes[unknown] = len(names) + np.arange(unknown.sum())
    return codes


def _between(values: np.ndarray, n: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Variance of the means of classes, of centred values (S, F), shares `n` and classes (F,)."""
    member = sparse.coo_array((n, (of, np.arange(len(n))))).tocsr()
    return (1 / np.bincount(of, n)) @ (member @ values.T) ** 2


def _rows(
    parts: Mapping[str, np.ndarray], contrast: str, scope: str, definition: str, mass: float
) -> Iterator[dict]:
    total = sum(parts.values())
    for effect, variance in parts.items():
        row = {"effect": effect, "group": "all", "contrast": contrast, "scope": scope}
        numbers = describe(variance / total, mass)
        whom = f"share {definition}; {WHOM[scope]}"
        yield {**row, "unit": "share of the variance", **numbers, "definition": whom}
