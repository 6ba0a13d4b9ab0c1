"""What a posterior's named arrays say of a design's columns and rows."""

import numpy as np
import pandas as pd
import xarray as xr

from enem.errors import InputError
from enem.mixed.design import Design, finest_groups, label_codes, numbered
from enem.mixed.specification import LEVELS, level_scale


def flat_draws(values: xr.DataArray) -> np.ndarray:
    """Draws of all chains one after the other, (S, ...); much faster than `stack`."""
    array = values.transpose("chain", "draw", ...).to_numpy()
    return array.reshape(-1, *array.shape[2:])


def evenly_spaced(count: int, most: int) -> np.ndarray:
    """Positions of evenly spaced draws, of all where they are no more than wanted."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def scale_values(posterior: xr.Dataset, design: Design) -> np.ndarray:
    """Draws of sigmas, then of scales, points, (S, G + K)."""
    sigma = flat_draws(posterior["sigma"]).reshape(-1, len(design.sigma_labels))
    scales = [flat_draws(posterior[name])[:, None] for name in design.spec.scales]
    return np.concatenate([sigma, *scales], axis=1)


def coefficient_values(posterior: xr.Dataset, design: Design) -> np.ndarray:
    """Draws of the coefficients of a design's columns, (S, P); a posterior has `Design.lines`."""
    count = posterior.sizes["chain"] * posterior.sizes["draw"]
    parts = (*design.spec.blocks, *design.spec.common)
    values = [flat_draws(posterior[of.variable]).reshape(count, -1) for of in parts]
    return np.concatenate(values, axis=1) @ np.linalg.inv(design.lines).T


def level_variances(values: np.ndarray, design: Design) -> np.ndarray:
    """Variances of the intercepts of municipalities and of schools, (2, S); 0 without a level."""
    variances = np.zeros((len(LEVELS), len(values)))
    for row, level in enumerate(LEVELS):
        if level in design.spec.levels:
            column = len(design.sigma_labels) + design.spec.scales.index(level_scale(level))
            variances[row] = values[:, column] ** 2
    return variances


def participant_rows(design: Design, participants: pd.DataFrame) -> np.ndarray:
    """Find each participant's row of sums.

    Parameters
    ----------
    design
        Made of the sums of these participants.
    participants
        ``municipality, school, school_type, income_bracket`` and the formula's further factors.

    Raises
    ------
    InputError
        When the participants are not those that the design was made of.
    """
    group, _ = finest_groups(participants.assign(n=1))
    codes = {name: label_codes(participants[name], of, name) for name, of in design.labels.items()}
    key = {"group": group, **codes}
    # rows of a group and cell are in the order of their values, which patterns end with
    key |= {name: participants[name] for name in design.spec.municipal}
    row, _ = numbered(pd.DataFrame(key))
    n = np.bincount(row, minlength=len(design.n))
    if len(n) != len(design.n) or (n != design.n).any():
        raise InputError(
            "{participants:,} participants are not those of the {behind:,.0f} behind the "
            "model's sums. Tabulate again, and give the sample and the sums of the same run.",
            participants=len(participants),
            behind=design.n.sum(),
        )
    return row
