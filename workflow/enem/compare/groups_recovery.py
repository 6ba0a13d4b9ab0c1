"""Shrunken effects of schools held against those that a simulated release was made from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from enem.compare.effects_recovery import effects_of_groups, known_groups
from enem.compare.recovery import zero_essay_rule
from enem.mixed.design import Design

COLUMNS = ["groups", "covered", "share_covered", "error_sd", "sd_of_truth", "correlation"]


def groups_recovery(
    truth_files: Sequence[Path],
    groups: pd.DataFrame,
    design: Design,
    place: tuple[str, str],
    population: Mapping[str, str],
) -> pd.DataFrame:
    """Compare effects of the groups that are shown with their truth.

    Parameters
    ----------
    truth_files
        Truth of the simulated release; empty for a real edition.
    groups
        Of `enem.compare.groups.groups_table`.
    design
        Of the model that they come from.
    place
        State and outcome.
    population
        Section ``population`` of config.yaml.

    Returns
    -------
    pandas.DataFrame
        One row: how many groups, how many intervals hold the true effect of a school and its
        municipality together, sd of the errors and of the truth, points, and their correlation;
        empty where no truth is known.
    """
    zeros = zero_essay_rule(truth_files, population)
    truth = known_groups(truth_files, *place, zeros) if zeros else None
    if truth is None:
        return pd.DataFrame(columns=COLUMNS)
    keys = ["municipality", "school", "school_type"]
    true = design.groups[keys].assign(truth=sum(effects_of_groups(design, truth)))
    table = groups.merge(true, on=keys, validate="one_to_one").dropna(
        subset=["truth", "effect_mean"]
    )
    covered = table["truth"].between(table["interval_low"], table["interval_high"])
    error = table["effect_mean"] - table["truth"]
    numbers = (
        *(len(table), int(covered.sum()), covered.mean()),
        *(error.std(ddof=0), table["truth"].std(ddof=0)),
        _correlation(table["effect_mean"], table["truth"]),
    )
    return pd.DataFrame([numbers], columns=COLUMNS)


def _correlation(one: pd.Series, other: pd.Series) -> float:
    return float(one.corr(other)) if len(one) > 1 else np.nan
