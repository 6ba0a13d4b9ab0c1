"""Simulation-based calibration: ranks of parameters drawn from the prior among posterior draws.

Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788; the likelihood as a test
quantity after Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková, Gelman & Vehtari (2023),
Simulation-based calibration checking for Bayesian computation, Bayesian Analysis.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.verdict import Check
from enem.fit.posterior import complete_posterior
from enem.fit.sample import sample_scales
from enem.models.parameters import parameter_draws
from enem.models.specification import SPECIFICATIONS, Specification
from studies.validation.figures.ecdf import draw_ecdf_differences
from studies.validation.setting import (
    FAMILY_LEVEL,
    SEED,
    SMALL,
    empty_grid,
    project_priors,
    sampler,
)
from studies.validation.simulate import allocate, draw_truth, log_likelihood, simulate_cells
from studies.validation.study import Study
from studies.validation.uniformity import ecdf, evaluation_points, p_value, rejected

LIKELIHOOD = "log likelihood"
SETTINGS = sampler(chains=2, tune=500, draws=1000)
THIN = 20
"""Every 20th draw is kept: 100 nearly independent ones."""
SIMULATIONS = {"pooled": 2000, "school_type": 500, "income": 500, "school_type_income": 500}
"""Data sets of each model.

Among the first 500 of `pooled` true intercepts seldom rank highest; the many more tell chance from
fault, and this model costs least.
"""

SOME_CELLS = ("A", "F", "Q")
"""Brackets whose deviations are ranked (lowest, middle, highest income)."""


@dataclass(frozen=True)
class Ranks:
    """What the simulations of one model left.

    Attributes
    ----------
    ranks
        Draws below the truth, one row a simulation, one column a quantity; 0 to `draws`.
    draws
        Draws that each truth was ranked among.
    divergences
        Divergent transitions of all simulations.
    autocorrelation
        Mean over simulations of the kept draws' first autocorrelation, by quantity.
    """

    ranks: pd.DataFrame
    draws: int
    divergences: int
    autocorrelation: pd.Series

    def transformed(self, rng: np.random.Generator) -> pd.DataFrame:
        """Ranks as values that are uniform on (0, 1) when the posterior is right.

        A rank's place within its step of 1 / (draws + 1) is drawn, which makes them continuous.
        """
        return (self.ranks + rng.random(self.ranks.shape)) / (self.draws + 1)


def quantities(posterior: xr.Dataset, log_density: xr.DataArray) -> xr.DataArray:
    """Arrange the ranked quantities: (chain, draw, parameter)."""
    draws = parameter_draws(posterior)
    names = [str(name) for name in draws["parameter"].to_numpy()]
    kept = [name for name in names if not name.startswith("deviation") or _ranked_cell(name)]
    likelihood = log_density.expand_dims(parameter=[LIKELIHOOD], axis=-1)
    return xr.concat([draws.sel(parameter=kept), likelihood], dim="parameter", coords="minimal")


def _ranked_cell(name: str) -> bool:
    *group, bracket = name.removeprefix("deviation[").removesuffix("]").split(", ")
    # of the four school types the largest and the empty one
    return bracket in SOME_CELLS and (not group or group[0] in ("estadual", "municipal"))


def simulate_ranks(spec: Specification, simulations: int, rng: np.random.Generator) -> Ranks:
    """Rank the truth of each simulated data set among its posterior draws.

    Parameters
    ----------
    spec
        The model under study.
    simulations
        Data sets.
    rng
        Source of truths, data and conditional draws; the sampler's seeds come from it too.
    """
    pairs = list(_pairs(spec, simulations, rng))
    ranks = [(draws < truth).sum(axis=0) for truth, draws, _, _ in pairs]
    names = pairs[0][3]
    correlation = np.mean([_autocorrelation(draws) for _, draws, _, _ in pairs], axis=0)
    return Ranks(
        pd.DataFrame(np.array(ranks), columns=names),
        len(pairs[0][1]),
        sum(divergences for _, _, divergences, _ in pairs),
        pd.Series(correlation, index=names),
    )


def _pairs(
    spec: Specification, simulations: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, int, list[str]]]:
    """Yield truth (Q,), draws (S, Q), divergences and the Q names of each simulation."""
    grid, priors = empty_grid(), project_priors()
    for _ in range(simulations):
        truth = draw_truth(spec, grid, priors, rng)
        data = simulate_cells(truth, grid, allocate(grid, SMALL, rng), rng)
        # one seed for all would give all data sets the same standardised draws
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        sampled = sample_scales(spec, data, priors, settings, cores=1)
        divergences = int(sampled["sample_stats"]["diverging"].sum())
        thinned = sampled.isel(draw=slice(THIN - 1, None, THIN))
        tree = complete_posterior(thinned, spec, data, priors, rng)
        posterior = tree["posterior"].to_dataset()
        found = quantities(posterior, log_likelihood(posterior, data))
        known = quantities(truth, log_likelihood(truth, data))
        names = [str(name) for name in found["parameter"].to_numpy()]
        size = len(names)
        yield (
            known.to_numpy().reshape(size),
            found.to_numpy().reshape(-1, size),
            divergences,
            names,
        )


def _autocorrelation(draws: np.ndarray) -> np.ndarray:
    """First autocorrelation of each column; the step between chains counts as one of many."""
    centred = draws - draws.mean(axis=0)
    return (centred[1:] * centred[:-1]).sum(axis=0) / (centred**2).sum(axis=0)


def verdicts(found: dict[str, Ranks]) -> pd.DataFrame:
    """Judge every quantity of every model, all of them together.

    Returns
    -------
    pandas.DataFrame
        ``model, quantity, simulations, largest_difference`` (of the distribution function from
        the diagonal), ``autocorrelation``, ``p_value``, ``passed``.
    """
    rows = []
    for model, ranks in found.items():
        values = ranks.transformed(np.random.default_rng([SEED, len(ranks.ranks)]))
        for name, column in values.items():
            u = column.to_numpy()
            difference = np.abs(ecdf(u) - evaluation_points(len(u))).max()
            correlation = ranks.autocorrelation[name]
            rows.append((model, name, len(u), difference, correlation, p_value(u)))
    columns = ["model", "quantity", "simulations", "largest_difference", "autocorrelation"]
    table = pd.DataFrame(rows, columns=[*columns, "p_value"])
    return table.assign(passed=~rejected(table["p_value"], FAMILY_LEVEL))


def calibration(
    simulations: int | None = None, models: tuple[str, ...] = tuple(SPECIFICATIONS)
) -> Study:
    """Calibrate the models on small, unbalanced groups, one of them empty.

    Parameters
    ----------
    simulations
        Data sets of every model, instead of `SIMULATIONS`.
    models
        Names of models.
    """
    found = {}
    for index, name in enumerate(models):
        rng = np.random.default_rng([SEED, index])
        count = simulations or SIMULATIONS[name]
        found[name] = simulate_ranks(SPECIFICATIONS[name], count, rng)
    table = verdicts(found)
    tables = {f"calibration_ranks_{name}": ranks.ranks for name, ranks in found.items()}
    figures = {
        f"calibration_{name}": draw_ecdf_differences(
            ranks.transformed(np.random.default_rng([SEED, len(ranks.ranks)])),
            table[table["model"] == name].set_index("quantity"),
        )
        for name, ranks in found.items()
    }
    return Study(_checks(table, found), {"calibration": table, **tables}, figures)


def _checks(table: pd.DataFrame, found: dict[str, Ranks]) -> list[Check]:
    checks = []
    for model, ranks in found.items():
        mine = table[table["model"] == model]
        worst = mine.loc[mine["p_value"].idxmin()]
        message = (
            f"{model}: of {len(mine)} quantities ranked in {len(ranks.ranks)} simulations, "
            f"{(~mine['passed']).sum()} are not uniform; the least uniform is "
            f"{worst['quantity']}, p = {worst['p_value']:.2g}."
        )
        passed, p = bool(mine["passed"].all()), float(worst["p_value"])
        checks.append(Check(f"uniform_{model}", passed, p, FAMILY_LEVEL, message))
        message = f"{model}: {ranks.divergences} divergent transitions in all simulations."
        count = float(ranks.divergences)
        checks.append(Check(f"divergences_{model}", None, count, None, message))
    return checks
