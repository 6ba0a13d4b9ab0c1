"""Fitting models with levels: against lme4 and explicit effects, growth, and the whole country."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pandas as pd

from studies.benchmarks.participants import COUNTRY, STATE, Size, rows_of, sums_of, tables_of
from studies.benchmarks.process import cost_of, python_module
from studies.benchmarks.samplers import Sampled, explicit_effects, here
from studies.benchmarks.tables import Result, spread
from studies.lme4 import fit_lme4, installed
from studies.validation.setting import SEED, config, models, sampler, tables

MODEL = "school_type"
GROWTH_ROWS = (10_000, 100_000, 1_000_000, 4_000_000)
COUNTRY_MODELS = ("school_type", "school_type_income")
ENOUGH = sampler(chains=4, draws=600)
"""Draws that an ESS of 1,000 needs."""
WORKFLOW = sampler(chains=config()["sampler"]["chains"], draws=config()["sampler"]["draws"])
EXPLICIT = sampler(chains=1, draws=200)
"""For the model with explicit effects, which takes minutes."""
HERE, LME4, PYMC = "sums, levels integrated out", "rows, lme4's estimate", "explicit effects, PyMC"
FORMULA = "score ~ 0 + school_type + school_type:x + (1 | municipality) + (1 | school)"


def measure(repeats: int, rows: list[int] | None) -> list[Result]:
    """Time every way in turn.

    Parameters
    ----------
    repeats
        Rounds of the comparisons; PyMC and the country are measured once.
    rows
        Participants, instead of the sizes that the page is about: the first in place of a state
        and of the country, all of them for growth.
    """
    state = STATE if rows is None else smaller(STATE, rows[0])
    country = COUNTRY if rows is None else smaller(COUNTRY, rows[0])
    return [
        _comparison(state, repeats),
        _growth(rows or GROWTH_ROWS, state, repeats),
        _country(country),
    ]


def smaller(size: Size, participants: int) -> Size:
    """Give fewer participants as many fewer schools and municipalities."""
    share = participants / size.participants
    return Size(participants, *(max(8, round(share * of)) for of in size[1:]))


def _comparison(state: Size, repeats: int) -> Result:
    sums = sums_of(state, np.random.default_rng(SEED))
    design = tables(sums).design(models()[MODEL])
    people = rows_of(sums, np.random.default_rng(SEED))
    slow = explicit_effects(design, EXPLICIT)
    # what was compiled once is read from disk at its first use, which is no part of a fit
    here(design, EXPLICIT, cores=2)
    found = []
    for _ in range(repeats):
        mine, _ = here(design, ENOUGH, cores=2)
        found.append(_run(HERE, mine, slow))
        if installed():
            there = fit_lme4(people, FORMULA, reml=True)
            found.append({"way": LME4, "seconds": there["seconds"]} | _levels(there))
            found[-2]["times_lme4"] = mine.seconds / there["seconds"]
    found.append(_run(PYMC, slow, slow))
    runs = pd.DataFrame(found)
    ratios = [name for name in ("seconds", "times_pymc", "times_lme4") if name in runs]
    others = ["ess_min", "ess_per_second", "tau_municipality", "tau_school"]
    medians = runs.groupby("way", sort=False)[others].median().reset_index()
    skipped = "" if installed() else " R's package lme4 is not installed here, so its row lacks."
    return Result(
        "fit",
        "The posterior with levels, a point estimate, and explicit effects",
        f"`{MODEL}` with levels on {state.participants:,} simulated participants of "
        f"{len(design.groups)} schools in {design.groups['municipality'].nunique()} "
        f"municipalities. Here: everything from sums to the posterior, {ENOUGH.chains} chains of "
        f"{ENOUGH.tune} + {ENOUGH.draws} on two cores. lme4: REML of `{FORMULA}` on the "
        "participants, one sigma, the fit alone. PyMC: the same model on the same sums with every "
        f"effect sampled, {EXPLICIT.chains} chain of {EXPLICIT.tune} + {EXPLICIT.draws}, once, "
        "compilation apart. `ess_min`: of sigmas and scales; `times_pymc`: effective draws a "
        "second over PyMC's; `times_lme4`: seconds over lme4's in the same round. Scales in "
        f"points: posterior means or estimates.{skipped}",
        spread(runs, ["way"], ratios).merge(medians, on="way"),
    )


def _run(way: str, sampled: Sampled, slow: Sampled) -> dict[str, float]:
    rate = sampled.ess_per_second
    return {
        "way": way,
        "seconds": sampled.seconds,
        "ess_min": sampled.ess_min,
        "ess_per_second": rate,
        "times_pymc": rate / slow.ess_per_second,
        # the last two of sigmas and scales
        "tau_municipality": sampled.mean[-2],
        "tau_school": sampled.mean[-1],
    }


def _levels(estimate: dict[str, float]) -> dict[str, float]:
    return {f"tau_{level}": estimate[f"sd.{level}"] for level in ("municipality", "school")}


def _growth(sizes: Sequence[int], state: Size, repeats: int) -> Result:
    found = []
    for size in sizes:
        made = tables_of(state._replace(participants=size), SEED)
        design = made.design(models()[MODEL])
        for _ in range(repeats):
            each, _ = here(design, WORKFLOW, cores=2)
            found.append(
                {
                    "participants": size,
                    "schools": len(design.groups),
                    "ess_per_second": each.ess_per_second,
                    "seconds": each.seconds,
                }
            )
    by = ["participants", "schools"]
    return Result(
        "fit_growth",
        "Growth with participants",
        f"The workflow's fit of `{MODEL}` at its own numbers of draws ({WORKFLOW.chains} chains of "
        f"{WORKFLOW.tune} + {WORKFLOW.draws}, two cores), as many schools (those that anybody is "
        "at) and municipalities.",
        spread(pd.DataFrame(found), by, ["ess_per_second", "seconds"]),
    )


def _country(size: Size) -> Result:
    found = []
    for name in COUNTRY_MODELS:
        command = python_module("studies.benchmarks.country", name, *map(str, size))
        with NamedTemporaryFile() as file:
            cost = cost_of([*command, file.name])
            taken = json.loads(Path(file.name).read_text(encoding="utf-8"))
        found.append({"model": name, **taken, "peak_mib": cost.peak_mib})
    return Result(
        "fit_country",
        "The whole country",
        "Sums of the size of Brazil's, once: from sums to the posterior at the workflow's numbers "
        "of draws on two cores; `peak_mib` of the whole process, making the sums included; "
        "`r_hat` the largest of scales and lines.",
        pd.DataFrame(found),
    )
