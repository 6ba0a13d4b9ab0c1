"""Scales of effects and levels: no joint maximum, a marginal one, and a posterior around it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from enem.mixed.design import Design
from enem.mixed.profile import effects_of

COLUMNS = [
    *("model", "parameter", "effects", "joint_growth", "marginal_growth"),
    *("mle", "map", "posterior_mean", "posterior_sd", "interval_low", "interval_high"),
]


def scales_table(
    designs: Mapping[str, Design],
    profiles: Mapping[str, pd.DataFrame],
    records: Mapping[str, Mapping[str, Any]],
    summaries: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Put the growth of the joint density beside the marginal mode and the posterior.

    At the effects' conditional mode the joint density of a scale and the k effects that it
    governs is the marginal one over (2 pi)^(k/2) |C|^(1/2), and the effects' covariance C
    goes to tau^2 I: the joint grows like tau^-k, the marginal stays finite.

    Parameters
    ----------
    designs, records, summaries
        By model: its design, point estimates and summary of the posterior.
    profiles
        By model that has scales, the table of `enem.mixed.profile.scale_profiles`.

    Returns
    -------
    pandas.DataFrame
        ``model, parameter, effects, joint_growth, marginal_growth, mle, map, posterior_mean,
        posterior_sd, interval_low, interval_high``.  Growths are nats gained when the scale falls
        by a factor e, measured between the two smallest values of the profile; `effects` is how
        many effects the scale governs, which the joint growth nears.
    """
    rows = [
        _row(designs[model], str(name), table, records[model], summaries[model])
        for model, profile in profiles.items()
        for name, table in profile.groupby("parameter", sort=False)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    design: Design,
    name: str,
    profile: pd.DataFrame,
    record: Mapping[str, Any],
    summary: pd.DataFrame,
) -> tuple:
    first, second = (row for _, row in profile.sort_values("value").head(2).iterrows())
    fall = np.log(second["value"] / first["value"])
    growth = [(first[c] - second[c]) / fall for c in ("log_joint", "log_marginal")]
    points = [record[kind].get(name, np.nan) for kind in ("mle", "map")]
    posterior = summary.set_index("parameter").loc[name]
    kept = posterior[["mean", "sd", "interval_low", "interval_high"]]
    return design.spec.name, name, effects_of(design, name), *growth, *points, *kept
