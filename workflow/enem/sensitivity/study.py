"""All tables of one outcome's sensitivity to what was assumed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from enem.check.loo import leave_out_all
from enem.compare.quantities import expected_scopes, headline
from enem.editions import Edition
from enem.mixed.design import Design
from enem.mixed.fit import fit
from enem.mixed.priors import Prior
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import Specification
from enem.mixed.tables import Tables
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
from enem.sensitivity.populations import Participants, Population, weights_of_the_missing
from enem.sensitivity.predictions import GAUSSIAN, leave_out_student_t, predictions_table
from enem.sensitivity.runs import (
    Run,
    assumptions_table,
    cells_of_lines,
    quantities,
    same_sums,
    summary_of,
)
from enem.sensitivity.student_t import bin_rows, binning_table
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
    outcome, spec
        Its name, and the model whose slopes and gap are reported.
    grid, tables, rows
        Cells, sums by group and participants of the main analysis.
    presence
        Of the outcome: who of those who finish school is missing.
    participants
        All of the state.
    populations
        Rules to try.
    edition, income
        Whose brackets, and the ``income`` section of config.yaml.
    priors, mass, sampler
        By key of config.yaml; probability of intervals; settings of the fits.
    bin_width
        Points, for Student-t errors.
    """

    outcome: str
    spec: Specification
    grid: CellGrid
    tables: Tables
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


def sensitivity_tables(s: Subject) -> dict[str, pd.DataFrame]:
    """Make every table, by the name of its file."""
    runs = [*_runs(s)]
    left_out, summaries, cells = {}, {}, {}
    sampler = replace(s.sampler, draws=min(s.sampler.draws, ENOUGH))
    for k, run in enumerate(runs):
        shape, nu, weights = (sampler.chains, sampler.draws), None, 1.0
        if run.design is None:
            continue
        if run.note == SAME:
            summaries[k] = summaries[0]
            continue
        if run.weights is not None:
            scores, weights = cells[MAIN], run.weights
        elif run.alternative == STUDENT_T:
            bins = bin_rows(s.rows, s.grid, s.bin_width)
            draws = sample_lines(s.grid, bins, s.priors, [s.sampler.seed])
            nu, scores = draws["nu"].to_numpy(), cells_of_lines(draws, run.design)
            shape = nu.shape
            left_out[STUDENT_T] = leave_out_student_t(s.rows, s.grid, draws)
        else:
            tree = fit(run.design, s.priors, sampler, cores=1)
            # expected scores of the scope that is reported first
            scores = expected_scopes(tree, run.design)[headline(run.design.spec)]
            cells[run.assumption] = scores
            if run.assumption in PREDICTED:
                draws = tree["posterior"].to_dataset()
                found = leave_out_all(draws, run.design, s.priors, s.rows)
                left_out[PREDICTED[run.assumption]] = found.participants
        found = quantities(scores, run.design, shape, nu, weights)
        summaries[k] = summary_of(found, run.design, s.mass)
    rng = np.random.default_rng(s.sampler.seed)
    return {
        "assumptions": assumptions_table(runs, summaries),
        "binning": binning_table(s.rows, s.grid, s.bin_width, rng),
        "predictions": predictions_table(s.rows, left_out),
    }


def _runs(s: Subject) -> Iterator[Run]:
    """List the main analysis and every alternative to it."""
    main, alone = (s.tables.design(spec) for spec in (s.spec, replace(s.spec, levels=())))

    def beside_main(assumption: str, alternative: str, design: Design | str) -> Run:
        if isinstance(design, str):
            return Run(assumption, alternative, None, design)
        return Run(assumption, alternative, design, SAME if same_sums(design, main) else "")

    yield Run(MAIN, MAIN, main)
    yield Run(WITHOUT_LEVELS, NO_LEVELS, alone)
    for rule, value, settings in s.populations:
        design = s.participants.design(settings, s.outcome, s.spec)
        yield beside_main(f"population.{rule}", value, design)
    for key, weights in weights_of_the_missing(s.presence, main).items():
        if weights is None:
            yield Run(key, WEIGHTED, None, NOT_AVAILABLE)
            continue
        missing = weights[main.cell_sums(main.n) > 0] != 1
        yield Run(key, WEIGHTED, main, "" if missing.any() else SAME, weights)
    for key, value, x in changed_incomes(s.edition, s.income):
        yield beside_main(f"income.{key}", f"{value:g}", s.tables.at(x).design(s.spec))
    yield Run("errors", STUDENT_T, alone)
    yield Run("sigma", ONE_SIGMA, s.tables.design(replace(s.spec, one_sigma=True)))
