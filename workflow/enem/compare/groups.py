"""The finest groups, schools where the file names them, with shrunken effects."""

import numpy as np
import pandas as pd
import xarray as xr

from enem.compare.describe import describe
from enem.mixed.design import GROUP_COLUMNS, Design
from enem.mixed.specification import MUNICIPALITY, SCHOOL
from enem.tabulate.income import REFERENCE

EFFECT = ["effect_mean", "interval_low", "interval_high"]
NUMBERS = ["mean_score", "mean_income", *EFFECT]


def groups_table(
    tree: xr.DataTree, design: Design, mass: float, smallest_group: int
) -> pd.DataFrame:
    """List every finest group; nothing ranks them, since most intervals overlap.

    Parameters
    ----------
    tree, design
        Of one model.
    mass
        Probability of intervals.
    smallest_group
        Participants below which a group's numbers are blank.

    Returns
    -------
    pandas.DataFrame
        ``municipality, school, school_type, n``, mean score, mean family income in minimum wages
        (of the incomes taken for the brackets), posterior mean and interval of the effect of the
        group and its municipality together, points; blank of a model without levels.
    """
    table = design.groups[[*GROUP_COLUMNS, "n"]].copy()
    n = np.bincount(design.group, design.n)
    wages = REFERENCE * 2.0 ** design.x[design.cell % len(design.brackets)]
    for name, values in {"mean_score": design.mean, "mean_income": wages}.items():
        table[name] = np.bincount(design.group, design.n * values) / n
    levels = tree["levels"].to_dataset()
    table[EFFECT] = np.nan
    if draws := [levels[name].to_numpy() for name in (MUNICIPALITY, SCHOOL) if name in levels]:
        found = describe(sum(draws), mass)
        table = table.assign(effect_mean=found["mean"], **{k: found[k] for k in EFFECT[1:]})
    table.loc[table["n"] < smallest_group, NUMBERS] = np.nan
    return table.sort_values(list(GROUP_COLUMNS), ignore_index=True)
