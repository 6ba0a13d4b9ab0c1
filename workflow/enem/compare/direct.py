"""The gap without a model: differences of cell means, and how far they lie from the model's."""

import numpy as np
import pandas as pd
from scipy import sparse

from enem.compare.cell_means import Cells, gap, ratio
from enem.compare.contrasts import MAIN, Contrast
from enem.compare.describe import STATISTICS
from enem.compare.quantities import ALIKE, INDEPENDENT, THESE, WHOM
from enem.mixed.design import Design

REPLICATES, SEED = 400, 20171105
DIRECT, EFFECT = "gap_at_equal_income_direct", "gap_at_equal_income"


def observed_cells(design: Design) -> Cells:
    """Observed means of cells, once: (1, T, B)."""
    n, total = design.cell_sums(design.n), design.cell_sums(design.n * design.mean)
    return Cells(ratio(total, n)[None], n[None])


def redrawn_cells(design: Design, replicates: int, rng: np.random.Generator) -> Cells:
    """Observed means when the finest groups are drawn anew with replacement, (R, T, B)."""
    count = len(design.groups)
    times = rng.multinomial(count, np.full(count, 1 / count), replicates).astype(float)
    shape = (len(design.school_types), len(design.brackets))

    def sums(values: np.ndarray) -> np.ndarray:
        size = (count, shape[0] * shape[1])
        by_group = sparse.coo_array((values, (design.group, design.cell)), shape=size).tocsr()
        return (by_group.T @ times.T).T.reshape(-1, *shape)

    n = sums(design.n)
    return Cells(ratio(sums(design.n * design.mean), n), n)


def direct_effect(design: Design, contrast: Contrast, mass: float) -> dict:
    """Row of the table of effects: cell means, and a group bootstrap of the finest groups.

    Replicates without participants on one of the sides have no gap and are left out.
    """
    sides = (contrast.one, contrast.other, contrast.one)
    found = gap(observed_cells(design), *sides)[0]
    redrawn = gap(redrawn_cells(design, REPLICATES, np.random.default_rng(SEED)), *sides)
    redrawn = redrawn[np.isfinite(redrawn)]
    ends = np.quantile(redrawn, [(1 - mass) / 2, (1 + mass) / 2])
    numbers = dict(zip(STATISTICS, map(float, (found, redrawn.std(ddof=1), *ends)), strict=True))
    definition = (
        "no model: difference of observed mean scores at the same income, averaged over the "
        f"incomes of private-school participants; sd and interval by {REPLICATES} group bootstraps"
    )
    row = {"effect": DIRECT, "group": "all", "contrast": contrast.name, "scope": ALIKE}
    return {**row, "unit": "points", **numbers, "definition": f"{definition}; {WHOM[ALIKE]}"}


def direct_agreement(effects: pd.DataFrame) -> pd.DataFrame:
    """Hold the model's gap at equal income against the direct estimate.

    Parameters
    ----------
    effects
        Of one model, of `enem.compare.effects.effects_table`.

    Returns
    -------
    pandas.DataFrame
        ``scope, model_mean, direct_mean, sd, difference_in_sd`` of each scope that averages over
        participants, `sd` the larger of the two; empty where there is no gap.
    """
    main = effects[effects["contrast"] == MAIN].set_index("effect")
    columns = ["scope", "model_mean", "direct_mean", "sd", "difference_in_sd"]
    if DIRECT not in main.index:
        return pd.DataFrame(columns=columns)
    direct, model = main.loc[DIRECT], main.loc[[EFFECT]]
    model = model[model["scope"].isin([THESE, ALIKE, INDEPENDENT])]
    sd = np.maximum(model["sd"], direct["sd"]).astype(float)
    table = pd.DataFrame({"scope": model["scope"], "model_mean": model["mean"], "sd": sd})
    table = table.assign(direct_mean=direct["mean"])
    table["difference_in_sd"] = (table["model_mean"] - table["direct_mean"]).abs() / sd
    return table[columns].reset_index(drop=True)
