"""All tables of one analysis that put estimators, models and groups side by side."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from enem.atomic import write_csv
from enem.batch.designs import design_of, grid_of
from enem.batch.places import Place
from enem.check.verdict import require_convergence
from enem.compare.asked import asked_effects
from enem.compare.effects import effects_table, gap_table
from enem.compare.estimates import estimates_table
from enem.compare.groups import groups_table
from enem.compare.models import LeftOut, comparison_table
from enem.compare.pooling import pooling_table
from enem.compare.recovery import effects_recovery, groups_recovery, read_truth, recovery_table
from enem.mixed.specification import Specification, model_of_groups
from enem.netcdf import read_tree

LOO = ("loo", "loo_groups")


def compare_analysis(
    place: Place,
    specs: Mapping[str, Specification],
    mass: float,
    thresholds: Mapping[str, Any],
    truth: Sequence[Path],
    population: Mapping[str, str],
    effects: Mapping[str, Any],
    smallest_group: int,
) -> None:
    """Write the tables of one outcome in one state.

    Parameters
    ----------
    place
        Of the outcome; holds what the earlier stages made.
    specs
        Configured models.
    mass
        Probability of intervals.
    thresholds, population, effects
        Sections ``checks``, ``population`` and ``effects`` of config.yaml.
    truth
        Truth of the simulated release; empty for a real edition.
    smallest_group
        Participants below which the numbers of a group are blank.

    Raises
    ------
    InputError
        When draws did not converge and the configuration refuses such draws.
    """
    inside = {model: place.inside(model) for model in specs}
    for of_model in inside.values():
        require_convergence(of_model.file("checks.json"), thresholds["on_convergence_failure"])
    summaries = {m: pd.read_csv(of.file("summary.csv")) for m, of in inside.items()}
    asked = asked_effects(effects, pd.read_csv(place.above(1).file("income.csv")))
    # without levels the table lists the groups, their effects blank
    shown = model_of_groups(specs) or next(iter(specs))
    designs, found, gaps = {}, {}, []
    for model, of_model in inside.items():
        point = json.loads(of_model.file("point_estimates.json").read_text())
        write_csv(estimates_table(point, summaries[model]), of_model.file("estimates.csv"))
        design, tree = design_of(place, specs[model]), read_tree(of_model.file("posterior.nc"))
        designs[model], found[model] = design, effects_table(tree, design, mass, asked)
        write_csv(found[model], of_model.file("effects.csv"))
        gaps.append(gap_table(tree, design, asked.brackets, mass))
        if model == shown:
            groups = groups_table(tree, design, mass, smallest_group)
    known = read_truth(truth, place.state, place.outcome, population)
    tables = {
        "gap.csv": pd.concat(gaps),
        "groups.csv": groups,
        "recovery.csv": recovery_table(known, summaries),
        "effects_recovery.csv": effects_recovery(known, found, designs, asked),
        "groups_recovery.csv": groups_recovery(known, groups, designs[shown]),
        "pooling.csv": pooling_table(grid_of(place), summaries, specs, mass),
        "comparison.csv": _comparison(place, inside, thresholds["pareto_k_max"]),
    }
    for name, table in tables.items():
        write_csv(table, place.file(name))


def _comparison(place: Place, inside: Mapping[str, Place], good_k: float) -> pd.DataFrame:
    participants = pd.read_parquet(place.file("sample.parquet"))
    left_out = {
        model: LeftOut(*(pd.read_parquet(of.file(f"{name}.parquet")) for name in LOO))
        for model, of in inside.items()
    }
    return comparison_table(participants, left_out, good_k)
