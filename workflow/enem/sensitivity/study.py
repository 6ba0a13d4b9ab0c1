"""All tables of one outcome's sensitivity to what was assumed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from enem.editions import Edition
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.sensitivity.binning import binning_table
from enem.sensitivity.bins import bin_rows
from enem.sensitivity.gibbs import Errors, sample_lines
from enem.sensitivity.names import MAIN, SAME
from enem.sensitivity.populations import Participants, Population
from enem.sensitivity.predictions import predictions_table
from enem.sensitivity.runs import Run, assumptions_table, same_cells, summary_of
from enem.tabulate.income import changed_incomes

STUDENT_T, ONE_SIGMA = "student_t", "one_for_all"
PREDICTED = {MAIN: "gaussian", "errors": STUDENT_T, "sigma": ONE_SIGMA}


@dataclass(frozen=True)
class Subject:
    """One outcome and what its alternatives need.

    Attributes
    ----------
    outcome
        Its name.
    grid, rows
        Cells and participants of the main analysis.
    participants
        All of the state.
    populations
        Rules to try.
    edition, income
        Whose brackets, and the ``income`` section of config.yaml.
    priors
        By parameter name.
    mass
        Probability of intervals.
    bin_width
        Points, for Student-t errors.
    seed
        Of the draws.
    """

    outcome: str
    grid: CellGrid
    rows: pd.DataFrame
    participants: Participants
    populations: list[Population]
    edition: Edition
    income: Mapping[str, Any]
    priors: Mapping[str, Prior]
    mass: float
    bin_width: float
    seed: int


def sensitivity_tables(s: Subject) -> dict[str, pd.DataFrame]:
    """Make every table, by the name of its file."""
    runs = [*_runs(s)]
    draws, summaries = {}, {}
    for k, run in enumerate(runs):
        if run.grid is None:
            continue
        if run.note == SAME:
            summaries[k] = summaries[0]
            continue
        found = sample_lines(run.grid, s.priors, run.errors, [s.seed, k])
        summaries[k] = summary_of(found, run.grid, s.mass)
        if run.assumption in PREDICTED:
            draws[PREDICTED[run.assumption]] = found
    return {
        "assumptions": assumptions_table(runs, summaries),
        "binning": binning_table(s.rows, s.grid, s.bin_width, np.random.default_rng(s.seed)),
        "predictions": predictions_table(s.rows, s.grid, draws),
    }


def _runs(s: Subject) -> Iterator[Run]:
    """List the main analysis and every alternative to it."""
    yield Run(MAIN, MAIN, s.grid)
    for population in s.populations:
        key, grid = f"population.{population.rule}", s.participants.grid(population, s.outcome)
        if isinstance(grid, str):
            yield Run(key, population.value, None, note=grid)
        else:
            note = SAME if same_cells(grid, s.grid) else ""
            yield Run(key, population.value, grid, note=note)
    for key, value, x in changed_incomes(s.edition, s.income):
        grid = s.grid.at(x)
        note = SAME if same_cells(grid, s.grid) else ""
        yield Run(f"income.{key}", f"{value:g}", grid, note=note)
    yield Run("errors", STUDENT_T, s.grid, Errors(bin_rows(s.rows, s.grid, s.bin_width)))
    yield Run("sigma", ONE_SIGMA, s.grid, Errors(one_sigma=True))
