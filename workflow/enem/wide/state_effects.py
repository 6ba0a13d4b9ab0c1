"""Effects of each state, comparable because all are weighted alike."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from enem.compare.describe import STATISTICS, describe
from enem.names import PRIVATE, PUBLIC

COLUMNS = ("effect", "group", "contrast", "unit", *STATISTICS, "n", "n_private", "definition")


def state_effects_table(
    posterior: xr.Dataset, cells: pd.DataFrame, income: pd.DataFrame, mass: float
) -> pd.DataFrame:
    """Compute the slope and the private-public gap of each state.

    Parameters
    ----------
    posterior
        Draws of `enem.wide.states.complete_states`.
    cells
        Of `enem.wide.states.cells_by_state`.
    income
        ``income_bracket`` and ``x``.
    mass
        Probability of intervals.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: n participants of the state, n_private of them at private schools.
    """
    counts = cells.pivot_table("n", "state", "school_type", "sum", fill_value=0)
    rows = []
    for effect in _effects(posterior, cells, income):
        name, contrast, draws, definition = effect
        for place, state in enumerate(posterior["state"].to_numpy()):
            own = counts.loc[state] if state in counts.index else pd.Series(dtype=float)
            row = {"effect": name, "group": state, "contrast": contrast, "unit": "points"}
            row |= {"n": int(own.sum()), "n_private": int(own.get(PRIVATE, 0))}
            rows.append({**row, **describe(draws[:, place], mass), "definition": definition})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _effects(
    posterior: xr.Dataset, cells: pd.DataFrame, income: pd.DataFrame
) -> Iterator[tuple[str, str, np.ndarray, str]]:
    types = list(posterior["school_type"].to_numpy())
    of_type = cells.groupby("school_type")["n"].sum().reindex(types, fill_value=0)
    slope, intercept = (_draws(posterior[f"{n}_state_school_type"]) for n in ("slope", "intercept"))
    mix = (of_type / of_type.sum()).to_numpy()
    yield (
        "income_doubling",
        "twice the income",
        slope @ mix,
        "expected difference in score between families of which one earns twice as much; school "
        "types weighted by their participants in the country",
    )
    public = of_type.where([t in PUBLIC for t in types], 0.0).to_numpy(float)
    private = [t == PRIVATE for t in types]
    if not public.sum() or not of_type.to_numpy()[private].sum():
        return
    contrast = np.array(private, float) - public / public.sum()
    chosen = cells[cells["school_type"] == PRIVATE].groupby("income_bracket")["n"].sum()
    weights = chosen.reindex(income["income_bracket"], fill_value=0).to_numpy(float)
    weights /= weights.sum()
    deviation = np.einsum("sgb,g,b->s", _draws(posterior["deviation"]), contrast, weights)
    lines = intercept @ contrast + (slope @ contrast) * (weights @ income["x"].to_numpy())
    yield (
        "gap_at_equal_income",
        "private minus public",
        lines + deviation[:, None],
        "difference of expected scores at the same income, averaged over the incomes of the "
        "country's private-school participants; public school types weighted by their size in "
        "the country",
    )


def _draws(values: xr.DataArray) -> np.ndarray:
    return values.to_numpy().reshape(-1, *values.shape[2:])
