"""Effects held against those of the lines that a simulated release was made from."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from enem.compare.recovery import known_values, zero_essay_rule
from enem.models.cells import CellGrid

KEYS = ["effect", "group", "contrast", "unit"]
COLUMNS = [
    "model",
    *KEYS,
    "truth",
    "mean",
    "interval_low",
    "interval_high",
    "covered",
]


def effects_recovery(
    truth_files: Sequence[Path],
    effects: Mapping[str, pd.DataFrame],
    effects_of: Callable[[xr.Dataset], pd.DataFrame],
    grid: CellGrid,
    place: tuple[str, str],
    population: Mapping[str, str],
) -> pd.DataFrame:
    """Compare effects with those of the lines that the release was simulated from.

    Effects average over the incomes of the analysed participants, and so does their truth.

    Parameters
    ----------
    truth_files
        Truth of the simulated release; empty for a real edition.
    effects
        Tables of `enem.compare.effects.effects_table` of the models with school types.
    effects_of
        Computes that table for draws of the model ``school_type``.
    grid
        Cells.
    place
        State and outcome.
    population
        Section ``population`` of config.yaml.

    Returns
    -------
    pandas.DataFrame
        ``model, effect, group, contrast, unit, truth, mean, interval_low, interval_high,
        covered``, without posterior probabilities and without predictions of one participant,
        whose intervals hold no constant; empty where no truth is known.
    """
    zeros = zero_essay_rule(truth_files, population)
    if zeros is None or not effects:
        return pd.DataFrame(columns=COLUMNS)
    lines = true_lines(pd.read_csv(truth_files[0]), grid, *place, zeros)
    known = effects_of(lines)[[*KEYS, "mean"]].rename(columns={"mean": "truth"})
    tables = []
    for model, table in effects.items():
        kept = table[table["interval_low"].notna() & (table["effect"] != "profile_score")]
        joined = kept.merge(known, on=KEYS, how="left", validate="one_to_one")
        covered = joined["truth"].between(joined["interval_low"], joined["interval_high"])
        tables.append(joined.assign(model=model, covered=covered)[COLUMNS])
    return pd.concat(tables, ignore_index=True)


def true_lines(
    truth: pd.DataFrame, grid: CellGrid, state: str, outcome: str, zeros: str
) -> xr.Dataset:
    """Arrange the true lines as draws of the model ``school_type``, two that are the same."""
    chosen = known_values(truth, state, outcome, zeros)
    values = chosen.pivot_table(index="school_type", columns="parameter", values="value")
    values = values.reindex(grid.school_types)
    names = {"intercept_school_type": "intercept", "slope_school_type": "slope", "sigma": "sigma"}
    dims = ("chain", "draw", "school_type")
    return xr.Dataset(
        {name: (dims, np.tile(values[known], (1, 2, 1))) for name, known in names.items()},
        coords={"school_type": list(grid.school_types)},
    )
