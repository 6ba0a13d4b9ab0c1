"""All tables of one outcome's sensitivity to what was assumed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.loo import leave_out_all
from enem.compare.cell_means import Cells
from enem.editions import Edition
from enem.mixed.design import Design, make_design
from enem.mixed.fit import fit
from enem.mixed.priors import Prior
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import Specification
from enem.sensitivity.binning import binning_table
from enem.sensitivity.bins import bin_rows
from enem.sensitivity.gibbs import sample_lines
from enem.sensitivity.names import (
    MAIN,
    NO_LEVELS,
    NOT_AVAILABLE,
    ONE_SIGMA,
    SAME,
    STUDENT_T,
    WEIGHTED,
    WITHOUT_LEVELS,
)
from enem.sensitivity.populations import Participants, Population
from enem.sensitivity.predictions import GAUSSIAN, leave_out_student_t, predictions_table
from enem.sensitivity.runs import (
    Run,
    assumptions_table,
    cells_of,
    cells_of_lines,
    quantities,
    same_sums,
    summary_of,
)
from enem.sensitivity.weights import weights_of_the_missing
from enem.tabulate.grid import CellGrid
from enem.tabulate.income import changed_incomes

ENOUGH = 500
"""Draws of a chain that means and intervals here need; each row has its Monte Carlo error."""

PREDICTED = {MAIN: GAUSSIAN, WITHOUT_LEVELS: WITHOUT_LEVELS, "sigma": ONE_SIGMA}
"""Runs whose predictions are compared, and what they are called there."""


@dataclass(frozen=True)
class Subject:
    """One outcome and what its alternatives need.

    Attributes
    ----------
    outcome
        Its name.
    spec
        The model whose slopes and gap are reported.
    grid, sums, rows
        Cells, sums by group and participants of the main analysis.
    presence
        Of the outcome: who of those who finish school is missing.
    participants
        All of the state.
    populations
        Rules to try.
    edition, income
        Whose brackets, and the ``income`` section of config.yaml.
    priors
        By key of config.yaml.
    mass
        Probability of intervals.
    bin_width
        Points, for Student-t errors.
    sampler
        Settings of the fits.
    """

    outcome: str
    spec: Specification
    grid: CellGrid
    sums: pd.DataFrame
    rows: pd.DataFrame
    presence: pd.DataFrame
    participants: Participants
    populations: list[Population]
    edition: Edition
    income: Mapping[str, Any]
    priors: Mapping[str, Prior]
    mass: float
    bin_width: float
    sampler: SamplerSettings

    def design(self, spec: Specification, x: np.ndarray | None = None) -> Design:
        """Build a model's design on the sums of the main analysis, perhaps at other incomes."""
        income = self.participants.income
        income = income if x is None else income.assign(x=x)
        return make_design(spec, self.sums, income, {"school_type": self.grid.school_types})


def sensitivity_tables(s: Subject) -> dict[str, pd.DataFrame]:
    """Make every table, by the name of its file."""
    runs = [*_runs(s)]
    left_out, summaries, cells = {}, {}, {}
    for k, run in enumerate(runs):
        if run.design is None:
            continue
        if run.note == SAME:
            summaries[k] = summaries[0]
            continue
        if run.weights is not None:
            summaries[k] = _weighted(s, run, cells[MAIN])
            continue
        made = _student_t(s, run) if run.assumption == "errors" else _fit(s, run)
        summaries[k], cells[run.assumption], predicted = made
        left_out |= predicted
    return {
        "assumptions": assumptions_table(runs, summaries),
        "binning": binning_table(
            s.rows, s.grid, s.bin_width, np.random.default_rng(s.sampler.seed)
        ),
        "predictions": predictions_table(s.rows, left_out),
    }


Found = tuple[pd.DataFrame, Cells, dict[str, pd.DataFrame]]
"""Summary and cells of a run, and what it predicts of participants left out, by its name there."""


def _fit(s: Subject, run: Run) -> Found:
    sampler = _sampler(s)
    tree = fit(run.design, s.priors, sampler, cores=1)
    cells = cells_of(tree, run.design)
    found = quantities(cells, run.design, (sampler.chains, sampler.draws))
    predicted = {}
    if run.assumption in PREDICTED:
        posterior = tree["posterior"].to_dataset()
        left_out = leave_out_all(posterior, run.design, s.priors, s.rows).participants
        predicted[PREDICTED[run.assumption]] = left_out
    return summary_of(found, run.design, s.mass), cells, predicted


def _sampler(s: Subject) -> SamplerSettings:
    return replace(s.sampler, draws=min(s.sampler.draws, ENOUGH))


def _weighted(s: Subject, run: Run, cells: Cells) -> pd.DataFrame:
    """Summarise the draws of the main analysis where cells count differently."""
    shape = (s.sampler.chains, _sampler(s).draws)
    found = quantities(cells, run.design, shape, weights=run.weights)
    return summary_of(found, run.design, s.mass)


def _student_t(s: Subject, run: Run) -> Found:
    bins = bin_rows(s.rows, s.grid, s.bin_width)
    draws: xr.Dataset = sample_lines(s.grid, bins, s.priors, [s.sampler.seed])
    nu = draws["nu"].to_numpy()
    cells = cells_of_lines(draws, run.design)
    found = quantities(cells, run.design, nu.shape, nu)
    predicted = {STUDENT_T: leave_out_student_t(s.rows, s.grid, draws)}
    return summary_of(found, run.design, s.mass), cells, predicted


def _runs(s: Subject) -> Iterator[Run]:
    """List the main analysis and every alternative to it."""
    main, alone = s.design(s.spec), s.design(replace(s.spec, levels=()))
    yield Run(MAIN, MAIN, main)
    yield Run(WITHOUT_LEVELS, NO_LEVELS, alone)
    for population in s.populations:
        key = f"population.{population.rule}"
        design = s.participants.design(population, s.outcome, s.spec)
        if isinstance(design, str):
            yield Run(key, population.value, None, note=design)
        else:
            note = SAME if same_sums(design, main) else ""
            yield Run(key, population.value, design, note=note)
    for key, weights in weights_of_the_missing(s.presence, main):
        if weights is None:
            yield Run(key, WEIGHTED, None, note=NOT_AVAILABLE)
        else:
            missing = weights[main.cell_sums(main.n) > 0] != 1
            note = SAME if not missing.any() else ""
            yield Run(key, WEIGHTED, main, note=note, weights=weights)
    for key, value, x in changed_incomes(s.edition, s.income):
        design = s.design(s.spec, x)
        note = SAME if same_sums(design, main) else ""
        yield Run(f"income.{key}", f"{value:g}", design, note=note)
    yield Run("errors", STUDENT_T, alone)
    yield Run("sigma", ONE_SIGMA, s.design(replace(s.spec, one_sigma=True)))
