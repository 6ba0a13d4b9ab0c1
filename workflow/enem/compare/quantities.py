"""What effects are computed from: draws of one model, or the truth of a simulation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import sparse

from enem.compare.cell_means import Cells, ratio
from enem.compare.describe import describe
from enem.mixed.design import Design
from enem.mixed.rows import coefficient_values, flat_draws
from enem.mixed.specification import Specification, level_scale
from enem.mixed.variables import MEAN_OF_PLACE

THESE, ALIKE = "these_schools", "schools_like_these"
TYPICAL, INDEPENDENT = "typical_school", "independent_participants"
"""Scopes: whom an interval is about.  Models without levels know only `INDEPENDENT`."""

WHOM = {
    THESE: "of the schools in the file, as they are",
    ALIKE: "of schools like these: the schools drawn anew",
    TYPICAL: "of typical schools, each counting once",
    INDEPENDENT: "participants taken as independent, as if they shared no schools, which makes "
    "intervals too narrow",
}


@dataclass(frozen=True)
class Quantities:
    """S draws of what effects are made of, or a truth twice.

    Attributes
    ----------
    design
        Columns, groups and cells.
    mass
        Probability of intervals.
    scopes
        Expected scores of cells by scope.
    slopes
        Of each school type's line, points per doubling of income, (S, T).
    contexts
        The same by the mean income of the school, (S, T); None where the model has none.
    sigma
        Of each school type, points, (S, T).
    tau
        Standard deviations of the model's levels by level, points, (S,).
    lines_vary
        Variance of the line within cells, over their participants, (S, T, B).
    municipal
        Points per doubling of the mean income of the exam's municipality, (S,); None where the
        model has none.
    """

    design: Design
    mass: float
    scopes: Mapping[str, Cells]
    slopes: np.ndarray
    contexts: np.ndarray | None
    sigma: np.ndarray
    tau: Mapping[str, np.ndarray]
    lines_vary: np.ndarray
    municipal: np.ndarray | None = None

    @property
    def n(self) -> np.ndarray:
        """Participants of the cells, (T, B)."""
        return self.design.cell_sums(self.design.n)

    @property
    def present(self) -> np.ndarray:
        """Which school types have participants, boolean (T,)."""
        return self.n.sum(axis=1) > 0

    def row(
        self,
        effect: str,
        found: np.ndarray | Mapping[str, float],
        definition: str,
        scope: str,
        contrast: str,
        group: str = "all",
        unit: str = "points",
    ) -> dict:
        """Make a row of the table of effects of draws, (S,), or of what is known about them."""
        numbers = describe(found, self.mass) if isinstance(found, np.ndarray) else found
        keys = {"effect": effect, "group": group, "contrast": contrast, "scope": scope}
        return {**keys, "unit": unit, **numbers, "definition": f"{definition}; {WHOM[scope]}"}


def quantities(tree: xr.DataTree, design: Design, mass: float) -> Quantities:
    """Arrange a model's draws.

    Parameters
    ----------
    tree
        Of `enem.mixed.fit.fit`.
    design
        Of the same model and sums.
    mass
        Probability of intervals.
    """
    posterior = tree["posterior"].to_dataset()
    coefficients = coefficient_values(posterior, design)
    scopes = expected_scopes(tree, design)
    if design.spec.levels:
        n = scopes[THESE].participants
        scopes[TYPICAL] = Cells(line_scores(coefficients, design), n)
    context = design.spec.formula.uses("school_income")
    places = MEAN_OF_PLACE in design.spec.municipal
    sigma = flat_draws(posterior["sigma"]).reshape(len(coefficients), -1)
    return Quantities(
        design,
        mass,
        scopes,
        slopes=_line_slopes(posterior, design, "slope"),
        contexts=_line_slopes(posterior, design, "context") if context else None,
        sigma=np.broadcast_to(sigma, (len(sigma), len(design.school_types))),
        tau={level: flat_draws(posterior[level_scale(level)]) for level in design.spec.levels},
        lines_vary=_within_cells(coefficients, design),
        municipal=flat_draws(posterior["municipal_slope"]) if places else None,
    )


def expected_scopes(tree: xr.DataTree, design: Design) -> dict[str, Cells]:
    """Expected scores of cells by the scopes that average over participants."""
    expected, n = tree["expected"].to_dataset(), design.cell_sums(design.n)[None]
    these = Cells(flat_draws(expected[THESE]), n)
    if not design.spec.levels:
        return {INDEPENDENT: these}
    alike = (flat_draws(expected[name]) for name in (ALIKE, "participants"))
    return {THESE: these, ALIKE: Cells(*alike)}


def headline(spec: Specification) -> str:
    """Name the scope that is reported first: schools like these, where the model has levels."""
    return ALIKE if spec.levels else INDEPENDENT


def line_scores(coefficients: np.ndarray, design: Design) -> np.ndarray:
    """Average the lines over the participants of cells, levels left out: points, (S, T, B)."""
    shape = (len(design.school_types), len(design.brackets))
    size = (shape[0] * shape[1], len(design.patterns))
    weights = sparse.coo_array((design.n, (design.cell, design.pattern)), shape=size).tocsr()
    columns = ratio(weights @ design.patterns, weights.sum(axis=1)[:, None])
    return (coefficients @ columns.T).reshape(-1, *shape)


def _line_slopes(posterior: xr.Dataset, design: Design, role: str) -> np.ndarray:
    """Slope (or ``context``) of each school type's line, (S, T); 0 where the model has none."""
    if f"{role}_school_type" in posterior:
        return flat_draws(posterior[f"{role}_school_type"])
    draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    common = flat_draws(posterior[role]) if role in posterior else np.zeros(draws)
    return np.repeat(common[:, None], len(design.school_types), axis=1)


def _within_cells(coefficients: np.ndarray, design: Design) -> np.ndarray:
    """Variance of the line over the participants of each cell, (S, T, B)."""
    shape = (len(design.school_types), len(design.brackets))
    found = np.zeros((len(coefficients), shape[0] * shape[1]))
    for cell in np.unique(design.cell):
        rows = design.cell == cell
        columns, n = design.patterns[design.pattern[rows]], design.n[rows].astype(int)
        varying = np.ptp(columns, axis=0) > 0
        if varying.any():
            covariance = np.atleast_2d(np.cov(columns[:, varying].T, fweights=n, ddof=0))
            z = coefficients[:, varying]
            found[:, cell] = np.einsum("sp,pq,sq->s", z, covariance, z, optimize=True)
    return found.reshape(-1, *shape)
