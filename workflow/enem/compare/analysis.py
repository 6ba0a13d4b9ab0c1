"""All tables of one analysis that put estimators, models and groups side by side."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from enem.atomic import write_csv
from enem.batch.cells import grid_of
from enem.batch.designs import design_of
from enem.batch.places import Place
from enem.check.verdict import require_convergence
from enem.compare.asked import Asked, asked_effects
from enem.compare.effects import effects_table, gap_table
from enem.compare.estimates import estimates_table
from enem.compare.groups import groups_table
from enem.compare.models import LeftOutTables, comparison_table
from enem.compare.pooling import pooling_table
from enem.compare.recovery import effects_recovery, groups_recovery, read_truth, recovery_table
from enem.mixed.design import Design
from enem.mixed.specification import Specification, model_of_groups
from enem.mixed.store import read_posterior


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
    _estimates(inside, summaries)
    designs = {model: design_of(place, spec) for model, spec in specs.items()}
    asked = asked_effects(effects, pd.read_csv(place.above(1).file("income.csv")))
    found = _effects(place, designs, mass, asked)
    # without levels the table lists the groups, their effects blank
    design = designs[model_of_groups(specs) or next(iter(specs))]
    groups = _groups(place, design, mass, smallest_group)
    known = read_truth(truth, place.state, place.outcome, population)
    tables = {
        "recovery.csv": recovery_table(known, summaries),
        "effects_recovery.csv": effects_recovery(known, found, designs, asked),
        "groups_recovery.csv": groups_recovery(known, groups, design),
        "pooling.csv": pooling_table(grid_of(place), summaries, specs, mass),
        "comparison.csv": _comparison(place, inside, thresholds["pareto_k_max"]),
    }
    for name, table in tables.items():
        write_csv(table, place.file(name))


def _comparison(place: Place, inside: Mapping[str, Place], good_k: float) -> pd.DataFrame:
    participants = pd.read_parquet(place.file("sample.parquet"))
    names = ("loo.parquet", "loo_groups.parquet")
    left_out = {
        model: LeftOutTables(*(pd.read_parquet(of_model.file(name)) for name in names))
        for model, of_model in inside.items()
    }
    return comparison_table(participants, left_out, good_k)


def _estimates(inside: Mapping[str, Place], summaries: Mapping[str, pd.DataFrame]) -> None:
    for model, of_model in inside.items():
        point = json.loads(of_model.file("point_estimates.json").read_text())
        write_csv(estimates_table(point, summaries[model]), of_model.file("estimates.csv"))


def _effects(
    place: Place, designs: Mapping[str, Design], mass: float, asked: Asked
) -> dict[str, pd.DataFrame]:
    """Write the effects of every model, and their gaps by income together."""
    found, gaps = {}, []
    for model, design in designs.items():
        of_model = place.inside(model)
        tree = read_posterior(of_model.file("posterior.nc"))
        found[model] = effects_table(tree, design, mass, asked)
        write_csv(found[model], of_model.file("effects.csv"))
        gaps.append(gap_table(tree, design, asked.brackets, mass))
    write_csv(pd.concat(gaps), place.file("gap.csv"))
    return found


def _groups(place: Place, design: Design, mass: float, smallest_group: int) -> pd.DataFrame:
    tree = read_posterior(place.inside(design.spec.name).file("posterior.nc"))
    groups = groups_table(tree, design, mass, smallest_group)
    write_csv(groups, place.file("groups.csv"))
    return groups
