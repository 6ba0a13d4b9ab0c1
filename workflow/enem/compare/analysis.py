"""All tables of one analysis that put estimators, models and groups side by side."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from enem.atomic import write_csv
from enem.batch.cells import grid_of
from enem.batch.places import Place
from enem.check.verdict import require_convergence
from enem.compare.asked import asked_effects
from enem.compare.effects import effects_table, gap_table
from enem.compare.effects_recovery import effects_recovery
from enem.compare.estimates import estimates_table
from enem.compare.models import comparison_table
from enem.compare.pooling import pooling_table
from enem.compare.recovery import recovery_of
from enem.fit.posterior import read_posterior
from enem.models.specification import SPECIFICATIONS


def compare_analysis(
    place: Place,
    models: Sequence[str],
    mass: float,
    thresholds: Mapping[str, Any],
    truth: Sequence[Path],
    population: Mapping[str, str],
    effects: Mapping[str, Any],
) -> None:
    """Write the tables of one outcome in one state.

    Parameters
    ----------
    place
        Of the outcome; holds what the earlier stages made.
    models
        Configured models.
    mass
        Probability of intervals.
    thresholds, population, effects
        Sections ``checks``, ``population`` and ``effects`` of config.yaml.
    truth
        Truth of the simulated release; empty for a real edition.

    Raises
    ------
    InputError
        When draws did not converge and the configuration refuses such draws.
    """
    inside = {model: place.inside(model) for model in models}
    for of_model in inside.values():
        require_convergence(of_model.file("checks.json"), thresholds["on_convergence_failure"])
    summaries = {m: pd.read_csv(of.file("summary.csv")) for m, of in inside.items()}
    grid, income = grid_of(place), pd.read_csv(place.above(1).file("income.csv"))
    asked = asked_effects(effects, income)
    gaps, found = [], {}
    for model, of_model in inside.items():
        spec, draws = SPECIFICATIONS[model], _draws(of_model)
        point = json.loads(of_model.file("point_estimates.json").read_text())
        write_csv(estimates_table(point, summaries[model]), of_model.file("estimates.csv"))
        found[model] = effects_table(draws, spec, grid, mass, asked)
        write_csv(found[model], of_model.file("effects.csv"))
        gaps.append(gap_table(draws, spec, grid, income, mass))
    write_csv(pd.concat(gaps), place.file("gap.csv"))
    write_csv(pooling_table(grid, summaries, mass), place.file("pooling.csv"))
    nodes = {m: pd.read_parquet(of.file("loo.parquet")) for m, of in inside.items()}
    rows = pd.read_parquet(place.file("sample.parquet"))
    comparison = comparison_table(rows, nodes, thresholds["pareto_k_max"])
    write_csv(comparison, place.file("comparison.csv"))
    recovery = recovery_of(truth, summaries, place.state, place.outcome, population)
    write_csv(recovery, place.file("recovery.csv"))
    table_of = partial(effects_table, spec=LINES, grid=grid, mass=mass, asked=asked)
    by_type = {m: table for m, table in found.items() if SPECIFICATIONS[m].by_school_type}
    where = (place.state, place.outcome)
    recovered = effects_recovery(truth, by_type, table_of, grid, where, population)
    write_csv(recovered, place.file("effects_recovery.csv"))


LINES = SPECIFICATIONS["school_type"]
"""The model whose parameters the simulation knows."""


def _draws(place: Place) -> xr.Dataset:
    return read_posterior(place.file("posterior.nc"))["posterior"].to_dataset()
