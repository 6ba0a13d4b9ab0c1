"""Fitting cells: against the same models on rows, least squares, and growth with participants."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from enem.estimation.regression import REGRESSION
from enem.fit.posterior import complete_posterior
from enem.fit.sample import sample_scales
from enem.fit.settings import SamplerSettings
from enem.mixed.estimates import maximum_likelihood
from enem.models.specification import SPECIFICATIONS
from studies.benchmarks.participants import cells_of, participants, tables_of
from studies.benchmarks.samplers import Sampled, nutpie_on_cells, nutpie_on_rows, pymc_on_rows
from studies.benchmarks.tables import Result, spread
from studies.validation.moments import distances
from studies.validation.setting import SEED, project_priors, sampler

POOLED_ROWS = (10_000, 35_000, 80_000, 250_000)
GROUPED_ROWS = (35_000,)
GROWTH_ROWS = (10_000, 100_000, 1_000_000, 4_000_000)
CELL_COPIES = (1, 4, 16)
POOLED, GROUPED = sampler(chains=4, tune=500, draws=500), sampler(chains=1, tune=200, draws=200)
"""For the models on rows, whose grouped one takes minutes, both are shorter than the workflow's."""
WORKFLOW = sampler(chains=4, tune=1000, draws=1000)
CELLS, NUTPIE, PYMC = "cells, nutpie (workflow)", "rows, nutpie", "rows, PyMC NUTS"


def measure(repeats: int, rows: list[int] | None) -> list[Result]:
    """Time every way at every size, one after the other in each round.

    Parameters
    ----------
    repeats
        Rounds of the comparisons.
    rows
        Participants, instead of the sizes that the page is about.
    """
    pooled = _compare("pooled", POOLED, rows or POOLED_ROWS, repeats)
    grouped = _compare("school_type", GROUPED, rows or GROUPED_ROWS, repeats)
    return [
        _comparison(pd.concat([pooled, grouped])),
        _growth(rows or GROWTH_ROWS, repeats),
        _growth_with_cells(repeats),
        _least_squares(rows or POOLED_ROWS, repeats),
    ]


def _compare(
    model: str, settings: SamplerSettings, sizes: Sequence[int], repeats: int
) -> pd.DataFrame:
    ways: dict[str, Callable[[pd.DataFrame], Sampled]] = {
        CELLS: lambda rows: nutpie_on_cells(rows, model, settings),
        NUTPIE: lambda rows: nutpie_on_rows(rows, model, settings),
        PYMC: lambda rows: pymc_on_rows(rows, model, settings),
    }
    found = []
    for size in sizes:
        rows = participants(size, np.random.default_rng(SEED))
        for _ in range(repeats):
            sampled = {name: way(rows) for name, way in ways.items()}
            found += [
                {
                    "model": model,
                    "participants": size,
                    "way": name,
                    "ratio": each.ess_per_second / sampled[PYMC].ess_per_second,
                    "ess_per_second": each.ess_per_second,
                    "seconds": each.seconds,
                    "ess_min": each.ess_min,
                    "farthest": _farthest(each, sampled[CELLS]),
                }
                for name, each in sampled.items()
            ]
    return pd.DataFrame(found)


def _farthest(sampled: Sampled, cells: Sampled) -> float:
    """Largest difference of a mean or sd from that on cells, in Monte Carlo errors of both."""
    if sampled is cells:
        return 0.0
    table = distances(cells.moments, sampled.moments)
    return float(table["difference_in_errors"].abs().max())


def _comparison(runs: pd.DataFrame) -> Result:
    by = ["model", "participants", "way"]
    table = spread(runs, by, ["ratio", "ess_per_second"])
    others = runs.groupby(by, sort=False)[["seconds", "ess_min", "farthest"]].median()
    return Result(
        "fit",
        "The same posterior from cells and from rows",
        "Sampling alone, compilation apart, the same priors and numbers of draws "
        f"(`pooled`: {POOLED.chains} chains of {POOLED.tune} + {POOLED.draws}; `school_type`: "
        f"{GROUPED.chains} of {GROUPED.tune} + {GROUPED.draws}), one core. `ess_per_second`: "
        "effective draws a second of the parameter that has fewest; `ratio`: to PyMC's NUTS on "
        "rows in the same round. Medians: `seconds`, `ess_min`, and `farthest`, the largest "
        "difference of a mean or sd from that on cells, in Monte Carlo errors of both.",
        table.merge(others.reset_index(), on=by),
    )


def _growth(sizes: Sequence[int], repeats: int) -> Result:
    found = []
    for size in sizes:
        rows = participants(size, np.random.default_rng(SEED))
        for _ in range(repeats):
            each = nutpie_on_cells(rows, "school_type", WORKFLOW)
            rate = {"ess_per_second": each.ess_per_second, "seconds": each.seconds}
            found.append({"participants": size, **rate})
    return Result(
        "fit_growth",
        "Growth with participants",
        "The workflow's sampling of `school_type`, at its own numbers of draws "
        f"({WORKFLOW.chains} chains of {WORKFLOW.tune} + {WORKFLOW.draws}, one core).",
        spread(pd.DataFrame(found), ["participants"], ["ess_per_second", "seconds"]),
    )


def _growth_with_cells(repeats: int) -> Result:
    spec, priors = SPECIFICATIONS["school_type_income"], project_priors()
    base = cells_of(participants(GROWTH_ROWS[0], np.random.default_rng(SEED)))
    found = []
    for times in CELL_COPIES:
        # the same incomes again and again: only the number of cells differs
        copied = {k: np.tile(getattr(base, k), (1, times)) for k in ("n", "mean", "ss")}
        labels = tuple(f"{name}{copy}" for copy in range(times) for name in base.brackets)
        grid = replace(base, brackets=labels, x=np.tile(base.x, times), **copied)
        for _ in range(repeats):
            start = time.perf_counter()
            drawn = sample_scales(spec, grid, priors, WORKFLOW, cores=1)
            evaluations = int(drawn["sample_stats"]["n_steps"].sum())
            sampled = time.perf_counter()
            complete_posterior(drawn, spec, grid, priors, np.random.default_rng(SEED))
            completed = time.perf_counter()
            found.append(
                {
                    "cells": grid.n.size,
                    "sampling_seconds": sampled - start,
                    "drawing_deviations_seconds": completed - sampled,
                    "kept_evaluations": evaluations,
                }
            )
    return Result(
        "fit_cells",
        "Growth with cells",
        "`school_type_income` with the 17 brackets of a state repeated: the scales sampled, then "
        "every line and deviation drawn given each draw of them.",
        spread(pd.DataFrame(found), ["cells"], list(found[0])[1:]),
    )


def _least_squares(sizes: Sequence[int], repeats: int) -> Result:
    found = []
    for size in sizes:
        rows = participants(size, np.random.default_rng(SEED))
        found += [{"participants": size, **_one_least_squares(rows)} for _ in range(repeats)]
    return Result(
        "fit_least_squares",
        "Least squares and maximum likelihood",
        "Milliseconds. `OLS` of statsmodels on rows; the workflow collapses rows to cells once, "
        "and maximises the likelihood of the cells. The slopes, points per doubling of income, "
        "differ by rounding.",
        spread(
            pd.DataFrame(found),
            ["participants"],
            ["statsmodels_ms", "collapsing_ms", "mle_ms", "slope_difference"],
        ),
    )


def _one_least_squares(rows: pd.DataFrame) -> dict[str, float]:
    there, ols = _timed(lambda: OLS(rows["score"], add_constant(rows["x"])).fit())
    priors = project_priors()
    collapsing, tables = _timed(lambda: tables_of(rows))
    here, mle = _timed(lambda: maximum_likelihood(REGRESSION, tables, priors))
    return {
        "statsmodels_ms": there,
        "collapsing_ms": collapsing,
        "mle_ms": here,
        "slope_difference": abs(mle.values["slope"] - float(ols.params["x"])),
    }


def _timed[T](work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    made = work()
    return 1000 * (time.perf_counter() - start), made
