"""Effects at equal covariates, each draw by draw, with definitions."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.scores import cell_parameters
from enem.compare.describe import STATISTICS, describe
from enem.compare.effects import effects_table
from enem.compare.gaps import gap_draws, raw_gap_draws
from enem.mixed.variables import COVARIATES
from enem.models.cells import CellGrid
from enem.models.specification import Specification
from enem.names import PRIVATE, PUBLIC
from enem.wide.adjusted import level_shares
from enem.wide.blocks import slices
from enem.wide.moments import Moments
from enem.wide.structure import EFFECT

COLUMNS = ("effect", "group", "contrast", "unit", *STATISTICS, "n", "definition")


def adjusted_effects_table(
    posterior: xr.Dataset,
    spec: Specification,
    grid: CellGrid,
    moments: Moments,
    mass: float,
) -> pd.DataFrame:
    """Compute every effect that a model with covariates supports.

    Parameters
    ----------
    posterior
        Draws of `enem.wide.adjusted.complete_posterior`.
    spec, grid
        The model and the cells of the same participants.
    moments
        Of the widest model, all strata.
    mass
        Probability of intervals.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; n counts the participants at a covariate's level.
    """
    rows = [
        *_slopes(posterior, spec, grid, mass),
        *_gap(posterior, spec, grid, moments, mass),
        *_levels(posterior, moments, mass),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _slopes(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float
) -> Iterator[dict]:
    table = effects_table(posterior, spec, grid, mass)
    for row in table[table["effect"] == "income_doubling"].to_dict("records"):
        yield {**row, "definition": f"{row['definition']}, whose covariates are the same"}


def _gap(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, moments: Moments, mass: float
) -> Iterator[dict]:
    """Split the raw gap into school type, income and each covariate (Kitagawa 1955)."""
    if not spec.by_school_type:
        return
    expected, _ = cell_parameters(posterior, spec, grid)
    gap = gap_draws(expected, grid)
    if gap is None:
        return
    private = np.array([g == PRIVATE for g in moments.strata])
    public = np.array([g in PUBLIC for g in moments.strata])
    mix = grid.n[private].sum(axis=0)
    at_equal = gap @ (mix / mix.sum())
    row = {"group": "all", "contrast": "private minus public", "unit": "points"}
    yield {
        **row,
        "effect": "gap_at_equal_income_and_covariates",
        **describe(at_equal, mass),
        "definition": "difference of expected scores at the same income and covariates, averaged "
        "over the incomes of private-school participants; public school types weighted by size",
    }
    shares = [level_shares(moments, side) for side in (private, public)]
    parts = {}
    for name in shares[0]:
        draws = posterior[name].to_numpy().reshape(len(gap), -1)
        parts[name] = draws @ (shares[0][name] - shares[1][name])
        yield {
            **row,
            "effect": "gap_part_of_covariate",
            "group": name.removeprefix(EFFECT),
            **describe(parts[name], mass),
            "definition": "part of the raw gap that goes with the two sides' different shares of "
            "this covariate's levels",
        }
    income = raw_gap_draws(expected, grid) - at_equal
    yield {
        **row,
        "effect": "gap_part_of_income",
        **describe(income, mass),
        "definition": "part of the raw gap that goes with the two sides' different incomes",
    }
    yield {
        **row,
        "effect": "raw_gap",
        **describe(at_equal + income + sum(parts.values()), mass),
        "definition": "difference of expected mean scores, each side at its own incomes and "
        "covariates",
    }


def _levels(posterior: xr.Dataset, moments: Moments, mass: float) -> Iterator[dict]:
    where = slices(moments.blocks)
    row_of_ones = moments.xx[:, where["intercept"].start].sum(axis=0)
    for name, columns in where.items():
        if not name.startswith(EFFECT):
            continue
        covariate = name.removeprefix(EFFECT)
        counts = dict(zip(posterior[covariate].to_numpy(), row_of_ones[columns], strict=True))
        reference = COVARIATES[covariate].reference
        if not counts[reference]:
            reference = max(counts, key=counts.get)
        base = posterior[name].sel({covariate: reference}).to_numpy().ravel()
        for level, n in counts.items():
            if n == 0 or level == reference:
                continue
            draws = posterior[name].sel({covariate: level}).to_numpy().ravel() - base
            yield {
                "effect": covariate,
                "group": level,
                "contrast": f"{level} minus {reference}",
                "unit": "points",
                **describe(draws, mass),
                "n": int(n),
                "definition": "expected difference in score between participants who differ in "
                "this covariate alone",
            }
