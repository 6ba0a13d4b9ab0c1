"""Scales of effects and levels, of which the joint density has no maximum; and what they shrink.

Real schools show it: their own participants, and what each estimator makes of them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from enem.mixed.design import Design
from enem.mixed.fitted import Fitted
from enem.mixed.objective import Kind, Objective
from enem.mixed.priors import Prior
from enem.mixed.profile import effects_of
from enem.mixed.specification import SCHOOL

COLUMNS = [
    *("model", "parameter", "effects", "joint_growth", "marginal_growth"),
    *("mle", "map", "posterior_mean", "posterior_sd", "interval_low", "interval_high"),
]

SCHOOL_COLUMNS = [
    *("model", "school_type", "n", "mean_residual", "weight", "effect_map"),
    *("effect_mean", "effect_sd"),
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


def school_shrinkage(
    designs: Mapping[str, Design],
    priors: Mapping[str, Prior],
    records: Mapping[str, Mapping[str, Any]],
    summaries: Mapping[str, pd.DataFrame],
    levels: Mapping[str, xr.Dataset],
    smallest_group: int,
) -> pd.DataFrame:
    """List the finest groups, schools where the file names them, of every model that has them.

    Parameters
    ----------
    designs, records, summaries
        By model: its design, point estimates and summary of the posterior.
    priors
        Of the MAP.
    levels
        By model, draws of the groups' effects: group ``levels`` of the posterior.
    smallest_group
        Participants below which a group is not listed.

    Returns
    -------
    pandas.DataFrame
        ``model, school_type, n, mean_residual, weight, effect_map, effect_mean, effect_sd``,
        points: mean distance of a group's scores from the line of a typical school at the
        posterior means; the share of a group's own distance that is taken for its own at the MAP,
        ``tau^2 / (tau^2 + sigma^2 / n)`` (blank without a MAP); and the effect of group and
        municipality together, at the MAP and in the posterior.
    """
    tables = [
        _of_model(designs[name], priors, records[name], summaries[name], drawn, smallest_group)
        for name, drawn in levels.items()
        if SCHOOL in designs[name].spec.levels
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=SCHOOL_COLUMNS)


def _of_model(
    design: Design,
    priors: Mapping[str, Prior],
    record: Mapping[str, Any],
    summary: pd.DataFrame,
    drawn: xr.Dataset,
    smallest_group: int,
) -> pd.DataFrame:
    effect = sum(drawn[name].to_numpy().astype(float) for name in design.spec.levels)
    of_groups = design.groups[["school_type", "n"]].assign(
        model=design.spec.name,
        mean_residual=_mean_residuals(design, summary),
        weight=np.nan,
        effect_map=np.nan,
        effect_mean=effect.mean(axis=0),
        effect_sd=effect.std(axis=0, ddof=1),
    )
    if record["map"]:
        density = Objective(design, priors, Kind.POSTERIOR)
        fitted = Fitted(density, np.array([record["map"][name] for name in density.names]))
        leaf = design.leaf_of_group
        of_groups["weight"] = fitted.share[leaf]
        of_groups["effect_map"] = fitted.effect[leaf]
    return of_groups[of_groups["n"] >= smallest_group][SCHOOL_COLUMNS]


def _mean_residuals(design: Design, summary: pd.DataFrame) -> np.ndarray:
    """Mean distance of each finest group's scores from the lines at the posterior means."""
    means = summary.set_index("parameter")["mean"].loc[design.names].to_numpy()
    line = (design.patterns @ np.linalg.solve(design.lines, means))[design.pattern]
    weighted = np.bincount(design.group, design.n * (design.mean - line))
    return weighted / np.bincount(design.group, design.n)
