"""What effects are computed from: draws of one model, or the truth of a simulation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from enem.compare.cell_means import Cells
from enem.compare.coefficients import coefficient_draws, flat, line_scores, line_slopes
from enem.mixed.design import Design
from enem.mixed.specification import level_scale
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
        Points per doubling of the mean income of the exam's municipality, (S, T); None where the
        model has none.
    """

    design: Design
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


def quantities(tree: xr.DataTree, design: Design) -> Quantities:
    """Arrange a model's draws.

    Parameters
    ----------
    tree
        Of `enem.mixed.fit.fit`.
    design
        Of the same model and sums.
    """
    posterior = tree["posterior"].to_dataset()
    coefficients = coefficient_draws(posterior, design)
    scopes = expected_scopes(tree, design)
    if design.spec.levels:
        n = scopes[THESE].participants
        scopes[TYPICAL] = Cells(line_scores(coefficients, design), n)
    context = design.spec.formula.uses("school_income")
    places = MEAN_OF_PLACE in design.spec.municipal
    sigma = flat(posterior["sigma"]).reshape(len(coefficients), -1)
    return Quantities(
        design,
        scopes,
        slopes=line_slopes(posterior, design),
        contexts=line_slopes(posterior, design, "context") if context else None,
        sigma=np.broadcast_to(sigma, (len(sigma), len(design.school_types))),
        tau={level: flat(posterior[level_scale(level)]) for level in design.spec.levels},
        lines_vary=_within_cells(coefficients, design),
        municipal=line_slopes(posterior, design, "municipal_slope") if places else None,
    )


def expected_scopes(tree: xr.DataTree, design: Design) -> dict[str, Cells]:
    """Expected scores of cells by the scopes that average over participants."""
    expected, n = tree["expected"].to_dataset(), design.cell_sums(design.n)[None]
    these = Cells(flat(expected[THESE]), n)
    if not design.spec.levels:
        return {INDEPENDENT: these}
    return {THESE: these, ALIKE: Cells(flat(expected[ALIKE]), flat(expected["participants"]))}


def headline(scopes: Mapping[str, Cells]) -> str:
    """Name the scope that is reported first."""
    return ALIKE if ALIKE in scopes else INDEPENDENT


def _within_cells(coefficients: np.ndarray, design: Design) -> np.ndarray:
    """Variance of the line over the participants of each cell, (S, T, B)."""
    shape = (len(design.school_types), len(design.brackets))
    found = np.zeros((len(coefficients), shape[0] * shape[1]))
    for cell in range(found.shape[1]):
        rows = np.flatnonzero(design.cell == cell)
        columns, n = design.patterns[design.pattern[rows]], design.n[rows]
        varying = np.ptp(columns, axis=0) > 0 if len(rows) else np.zeros(columns.shape[1], bool)
        if varying.any():
            covariance = np.atleast_2d(
                np.cov(columns[:, varying].T, fweights=n.astype(int), ddof=0)
            )
            z = coefficients[:, varying]
            found[:, cell] = np.einsum("sp,pq,sq->s", z, covariance, z, optimize=True)
    return found.reshape(-1, *shape)
