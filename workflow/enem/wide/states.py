"""The country's 27 states in one model: each with lines of its own, partially pooled.

With state s, school type g and income bracket b::

    cell_sgb = (intercept + slope x_b) + (state s) + (school type g) + (state s, school type g)
               + deviation_gb

each parenthesis but the first an intercept and a slope, Gaussian with scales of their own.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from enem.models.priors import Prior, line_prior_mean
from enem.names import STATES
from enem.tabulate.population import STATE_COLUMNS, PopulationSettings, select_sample
from enem.wide.blocks import Block
from enem.wide.model import WideModel, WidePriors
from enem.wide.moments import moments_of_cells
from enem.wide.posterior import coefficient_draws, dataset, scale_draws
from enem.wide.structure import fixed_scales, line_blocks

SCALES = {
    "tau_intercept": "tau_intercept",
    "tau_slope": "tau_slope",
    "tau_intercept_state": "tau_state",
    "tau_slope_state": "tau_state_slope",
    "tau_intercept_state_school_type": "tau_state",
    "tau_slope_state_school_type": "tau_state_slope",
    "tau_cell": "tau_cell",
}
"""Key of the prior of each sampled scale, in section ``priors`` or ``wide.priors``."""


def cells_by_state(
    participants: pd.DataFrame, settings: PopulationSettings, outcome: str
) -> pd.DataFrame:
    """Collapse the country's sample to cells of state, school type and bracket.

    Returns
    -------
    pandas.DataFrame
        ``state, school_type, income_bracket, n, mean, ss`` of the cells with participants; the
        state is missing where the file does not say it.
    """
    column = STATE_COLUMNS[settings.state_by]
    sample, _ = select_sample(participants, len(participants), 0, settings, outcome, [column])
    sample["state"] = sample[column].astype(object)
    keys = ["state", "school_type", "income_bracket"]
    groups = sample.groupby(keys, dropna=False)["score"]
    table = groups.agg(n="size", mean="mean").reset_index()
    deviation = sample["score"] - groups.transform("mean")
    squares = (deviation**2).groupby([sample[key] for key in keys], dropna=False).sum()
    return table.merge(squares.rename("ss").reset_index(), on=keys)


def state_blocks(brackets: Sequence[str]) -> list[Block]:
    """Blocks of the model: `line_blocks`, states, and states by school type."""
    lines = (("intercept", False), ("slope", True))
    of_states = [
        Block(f"{name}_state", f"tau_{name}_state", "state", STATES, slope=slope)
        for name, slope in lines
    ]
    of_both = [
        Block(
            f"{name}_state_school_type",
            f"tau_{name}_state_school_type",
            "state",
            STATES,
            slope=slope,
            own=True,
        )
        for name, slope in lines
    ]
    return [*line_blocks(brackets), *of_states, *of_both]


def state_model(
    cells: pd.DataFrame,
    income: pd.DataFrame,
    school_types: Sequence[str],
    priors: Mapping[str, Prior],
    wide: Mapping[str, Prior],
) -> WideModel:
    """Build the model from cells.

    Parameters
    ----------
    cells
        Of `cells_by_state`.
    income
        ``income_bracket`` and ``x``.
    school_types
        The strata.
    priors, wide
        Sections ``priors`` and ``wide.priors`` of config.yaml.
    """
    x = cells["income_bracket"].map(income.set_index("income_bracket")["x"])
    blocks = state_blocks(list(income["income_bracket"]))
    known = {**priors, **wide}
    return WideModel(
        moments_of_cells(cells.assign(x=x), blocks, school_types),
        WidePriors(
            {name: known[key] for name, key in SCALES.items()},
            fixed_scales(priors, wide),
            line_prior_mean(priors),
            priors["sigma"],
        ),
    )


def complete_states(
    sampled: xr.DataTree, model: WideModel, rng: np.random.Generator
) -> xr.DataTree:
    """Draw the coefficients; a group's line is given whole, with what it shares with others.

    Returns
    -------
    xarray.DataTree
        ``intercept``, ``slope``, sigma, the scales; lines by school type, by state (of a typical
        school type) and by both; ``deviation`` (school_type, income_bracket).
    """
    points = sampled["posterior"]["point"].to_numpy()
    drawn = coefficient_draws(model, points.reshape(-1, points.shape[-1]), rng)
    drawn = {name: values[..., 0] for name, values in drawn.items()}
    named: dict[str, tuple[tuple, np.ndarray]] = {}
    for line in ("intercept", "slope"):
        common, of_type = drawn[line], drawn[f"{line}_school_type"]
        state, both = drawn[f"{line}_state"], drawn[f"{line}_state_school_type"]
        named[line] = ((), common[:, 0])
        named[f"{line}_school_type"] = (("school_type",), common + of_type[..., 0])
        named[f"{line}_state"] = (("state",), common + state)
        whole = common[:, None] + state[:, None] + of_type + both
        named[f"{line}_state_school_type"] = (
            ("state", "school_type"),
            np.ascontiguousarray(np.swapaxes(whole, 1, 2)),
        )
    named["deviation"] = (("school_type", "income_bracket"), drawn["deviation"])
    (brackets,) = (b.levels for b in model.moments.blocks if b.name == "deviation")
    coords = {
        "state": list(STATES),
        "school_type": list(model.moments.strata),
        "income_bracket": list(brackets),
    }
    return dataset(scale_draws(model, points) | named, coords, sampled)
