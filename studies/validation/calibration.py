"""Simulation-based calibration: ranks of parameters drawn from the prior among posterior draws.

Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788; the likelihood as a test
quantity after Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková, Gelman & Vehtari (2023),
Simulation-based calibration checking for Bayesian computation, Bayesian Analysis.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from enem.mixed.fit import fit
from enem.mixed.parameters import parameter_draws
from enem.mixed.specification import Specification
from studies.validation.ranks import Pair, Ranks, rank, rank_study
from studies.validation.setting import SEED, models, project_priors, sampler, tables
from studies.validation.simulate import (
    draw_rows,
    draw_sums,
    draw_truth,
    expected_scores,
    log_likelihood,
    with_levels,
)
from studies.validation.study import Study

LIKELIHOOD = "log likelihood"
MODELS = ("school_type", "school_type_income", "school_context")
SETTINGS = sampler(chains=2, draws=1000)
THIN = 20
"""Every 20th draw is kept: 100 nearly independent ones."""
SIMULATIONS = 200
"""Data sets of each model."""

SMALL = {"federal": 8, "estadual": 120, "municipal": 0, "privada": 30}
"""Participants of a hard case: small, unbalanced, one group empty."""
SCHOOLS = {"federal": 2, "estadual": 12, "municipal": 1, "privada": 5}
MUNICIPALITIES = 6

FOLLOWED = (
    *("school[estadual-0]", "school[privada-0]", "municipality[estadual-0]"),
    *(f"cell[{name}, {b}]" for name in ("estadual", "municipal") for b in ("A", "F", "Q")),
)
"""Of the many effects of groups and cells, those that are ranked: of a large school and a small
one, of the largest school type and the empty one."""


def quantities(
    parameters: xr.Dataset, sums: pd.DataFrame, these_schools: xr.DataArray
) -> xr.DataArray:
    """Arrange the ranked quantities: (chain, draw, parameter)."""
    draws = parameter_draws(parameters)
    kept = [name for name in draws["parameter"].to_numpy().astype(str) if _ranked(name)]
    more = {
        "mean score[estadual]": these_schools,
        LIKELIHOOD: log_likelihood(parameters, sums),
    }
    further = [of.expand_dims(parameter=[name], axis=-1) for name, of in more.items()]
    parts = [draws.sel(parameter=kept), *further]
    return xr.concat(parts, dim="parameter", coords="minimal", compat="override")


def _ranked(name: str) -> bool:
    return name in FOLLOWED or name.partition("[")[0] not in ("school", "municipality", "cell")


def mean_score(cells: xr.Dataset, sums: pd.DataFrame) -> xr.DataArray:
    """Mean expected score of the participants of state schools as they are, (chain, draw)."""
    n = sums[sums["school_type"] == "estadual"].groupby("income_bracket")["n"].sum()
    scores = cells["these_schools"].sel(school_type="estadual", income_bracket=list(n.index))
    weights = xr.DataArray(n.to_numpy() / n.sum(), dims="income_bracket")
    return (scores.drop_vars(["school_type", "income_bracket"]) * weights).sum("income_bracket")


def _true_mean_score(truth: xr.Dataset, sums: pd.DataFrame) -> xr.DataArray:
    mine = sums[sums["school_type"] == "estadual"]
    n = xr.DataArray(mine["n"].to_numpy(), dims="row")
    return (expected_scores(truth, mine) * n).sum("row") / mine["n"].sum()


def simulate_ranks(spec: Specification, simulations: int, rng: np.random.Generator) -> Ranks:
    """Rank the truth of each simulated data set among its posterior draws.

    Parameters
    ----------
    spec
        The model under study.
    simulations
        Data sets.
    rng
        Source of truths and data; the sampler's seeds come from it too.
    """
    return rank(_pairs(spec, simulations, rng))


def _pairs(spec: Specification, simulations: int, rng: np.random.Generator) -> Iterator[Pair]:
    priors = project_priors()
    for _ in range(simulations):
        rows = draw_rows(SMALL, SCHOOLS, MUNICIPALITIES, rng)
        truth = draw_truth(spec, rows, priors, rng)
        sums = draw_sums(truth, rows, rng)
        # one seed for all would give all data sets the same standardised draws
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        tree = fit(tables(sums).design(spec), priors, settings, cores=1)
        thin = {"draw": slice(THIN - 1, None, THIN)}
        posterior = with_levels(tree).isel(thin)
        cells = tree["expected"].to_dataset().isel(thin)
        found = quantities(posterior, sums, mean_score(cells, sums))
        known = quantities(truth, sums, _true_mean_score(truth, sums))
        names = [str(name) for name in found["parameter"].to_numpy()]
        yield Pair(
            known.sel(parameter=names).to_numpy().ravel(),
            found.to_numpy().reshape(-1, len(names)),
            int(tree["sample_stats"]["diverging"].sum()),
            names,
        )


def calibration(simulations: int = SIMULATIONS, names: tuple[str, ...] = MODELS) -> Study:
    """Calibrate models with levels on small, unbalanced groups, one of them empty.

    Parameters
    ----------
    simulations
        Data sets of every model.
    names
        Of models.
    """
    found = {}
    for index, name in enumerate(names):
        rng = np.random.default_rng([SEED, index])
        found[name] = simulate_ranks(models()[name], simulations, rng)
    return rank_study("calibration", found)
