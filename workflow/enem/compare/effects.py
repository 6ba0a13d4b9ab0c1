"""Effects that people ask for, each draw by draw, with definitions."""

from collections.abc import Iterator

import pandas as pd
import xarray as xr

from enem.compare.asked import Asked
from enem.compare.cell_means import gap_by_income
from enem.compare.contrasts import gap_contrasts
from enem.compare.describe import STATISTICS, describe
from enem.compare.direct import direct_effects
from enem.compare.gaps import gap_effects
from enem.compare.profiles import profile_effects
from enem.compare.quantities import Quantities, expected_scopes, headline, quantities
from enem.compare.shares import share_effects
from enem.compare.slopes import slope_effects
from enem.mixed.design import Design

KEYS = ["effect", "group", "contrast", "scope", "unit"]
COLUMNS = [*KEYS, *STATISTICS, "definition"]


def effects_table(
    tree: xr.DataTree, design: Design, mass: float, asked: Asked | None = None
) -> pd.DataFrame:
    """Compute every effect that the model supports.

    Effects of participants are computed from expected scores of cells, effects of their schools
    included.  School types without participants have no rows.

    Parameters
    ----------
    tree, design
        Of one model, see `enem.mixed.fit.fit`.
    mass
        Probability of intervals.
    asked
        Incomes, sizes and profiles of the configuration; None for the effects that need none.

    Returns
    -------
    pandas.DataFrame
        ``effect, group, contrast, scope, unit, mean, sd, interval_low, interval_high,
        definition``; `scope` is of `enem.compare.quantities.WHOM`.
    """
    of = quantities(tree, design, mass)
    rows = [*modelled_effects(of, asked), *share_effects(of, tree), *direct_effects(of)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table[table["mean"].notna()].reset_index(drop=True)


def modelled_effects(of: Quantities, asked: Asked | None) -> Iterator[dict]:
    """Rows of effects that a model's draws and the truth of a simulation have alike."""
    yield from slope_effects(of)
    yield from gap_effects(of, asked)
    if asked:
        yield from profile_effects(of, asked)


def gap_table(tree: xr.DataTree, design: Design, income: pd.DataFrame, mass: float) -> pd.DataFrame:
    """Summarise gaps by income bracket, where both sides have participants.

    Returns
    -------
    pandas.DataFrame
        ``model, contrast, scope, income_bracket, value_min_wages, x, mean, sd, interval_low,
        interval_high`` for the scope of the headline; empty where there is no gap.
    """
    scopes = expected_scopes(tree, design)
    scope = headline(design.spec)
    brackets = income[["income_bracket", "value_min_wages", "x"]].to_dict("records")
    rows = [
        {"model": design.spec.name, "contrast": contrast.name, "scope": scope, **bracket}
        | describe(draws, mass)
        for contrast in (gap_contrasts(design) if design.has_income else [])
        for bracket, draws in zip(brackets, gap_by_income(scopes[scope], contrast).T, strict=True)
    ]
    columns = ["model", "contrast", "scope", "income_bracket", "value_min_wages", "x", *STATISTICS]
    table = pd.DataFrame(rows, columns=columns)
    return table[table["mean"].notna()].reset_index(drop=True)
