"""Coverage of reported intervals on the real schools of a state, scores simulated on them.

Participants, incomes, schools and municipalities stay as they are; schools and scores are drawn
anew in every simulation, from known lines and standard deviations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from enem.check.verdict import Check
from enem.compare.effects import effects_table
from enem.compare.quantities import ALIKE
from enem.mixed.fit import fit
from enem.tabulate.sums import collapse_to_sums
from studies.validation.known_lines import TYPES, draw_scores, truths
from studies.validation.real_state import absent, read_state
from studies.validation.setting import (
    FAMILY_LEVEL,
    SEED,
    config,
    models,
    project_priors,
    sampler,
    tables,
)
from studies.validation.study import Study

MODEL = "school_type"
SETTINGS = sampler(chains=4, draws=500)
SIMULATIONS = 300
WANTED = {"line": (0.85, 0.95), "effect": (0.82, 0.96)}
"""Least and largest coverage of 90% intervals, of lines of a typical school and of effects."""
SD_WANTED = 0.15
"""How far the reported sd may be from the true one, as a share."""


def estimates(participants: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Fit one simulation and collect what is reported of it.

    Returns
    -------
    pandas.DataFrame
        ``quantity, mean, sd, interval_low, interval_high``.
    """
    mass, spec = config()["interval"]["mass"], models()[MODEL]
    design = tables(collapse_to_sums(participants, ())).design(spec)
    tree = fit(design, project_priors(), replace(SETTINGS, seed=seed), cores=2)
    table = effects_table(tree, design, mass)
    table = table[table["scope"] == ALIKE]
    gaps = table[table["effect"] == "gap_at_equal_income"]
    slopes = table[(table["effect"] == "slope") & table["group"].isin(TYPES)]
    named = [
        gaps.assign(quantity="gap " + gaps["contrast"]),
        slopes.assign(quantity="slope " + slopes["group"]),
        pd.DataFrame(_lines(tree["posterior"].to_dataset(), mass)),
    ]
    columns = ["quantity", "mean", "sd", "interval_low", "interval_high"]
    return pd.concat([part[columns] for part in named], ignore_index=True)


def _lines(posterior: Mapping, mass: float) -> Iterator[dict]:
    for role in ("intercept", "slope"):
        for name in TYPES:
            draws = posterior[f"{role}_school_type"].sel(school_type=name).to_numpy().ravel()
            low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2])
            numbers = {"mean": draws.mean(), "sd": draws.std()}
            yield {
                "quantity": f"line {role}[{name}]",
                **numbers,
                "interval_low": low,
                "interval_high": high,
            }


def coverage(microdata: Path, simulations: int = SIMULATIONS) -> Study:
    """Simulate on the schools of Acre in 2019; skipped where their file is absent.

    Parameters
    ----------
    microdata
        Folder that holds the state's zip.
    simulations
        Data sets.
    """
    if nothing := absent(microdata):
        return nothing
    participants = read_state(microdata)
    rng, parts = np.random.default_rng(SEED), []
    for index in range(simulations):
        scores = draw_scores(participants, rng)
        found = estimates(participants.assign(score=scores), int(rng.integers(2**31)))
        parts.append(found.assign(simulation=index))
    table = summarise(pd.concat(parts), truths(participants))
    return Study(_checks(table, simulations), {"coverage": table}, {})


def summarise(found: pd.DataFrame, true: Mapping[str, float]) -> pd.DataFrame:
    """Hold estimates against the truth.

    Returns
    -------
    pandas.DataFrame
        ``quantity, truth, simulations, covered`` (count), ``share``, ``bias``,
        ``sd_reported`` (mean), ``sd_true`` (of the estimates), ``sd_ratio``.
    """
    rows = []
    for name, truth in true.items():
        mine = found[found["quantity"] == name]
        inside = (mine["interval_low"] <= truth) & (truth <= mine["interval_high"])
        reported, spread = mine["sd"].mean(), mine["mean"].std()
        rows.append(
            {
                "quantity": name,
                "truth": truth,
                "simulations": len(mine),
                "covered": int(inside.sum()),
                "share": inside.mean(),
                "bias": mine["mean"].mean() - truth,
                "sd_reported": reported,
                "sd_true": spread,
                "sd_ratio": reported / spread,
            }
        )
    return pd.DataFrame(rows)


def _checks(table: pd.DataFrame, simulations: int) -> list[Check]:
    kinds = np.where(table["quantity"].str.startswith("line"), "line", "effect")
    checks = []
    for kind, (low, high) in WANTED.items():
        mine = table[kinds == kind]
        tail = FAMILY_LEVEL / 2 / len(table)
        least, most = binom.ppf(tail, simulations, low), binom.isf(tail, simulations, high)
        outside = ~mine["covered"].between(least, most)
        worst = mine.loc[(mine["share"] - 0.9).abs().idxmax()]
        message = (
            f"90% intervals of {len(mine)} {kind}s: {mine['share'].mean():.1%} cover over all; "
            f"{outside.sum()} lie outside {least:.0f} to {most:.0f} of {simulations}, which "
            f"{low:.0%} to {high:.0%} may give by chance; the farthest is {worst['quantity']}, "
            f"{worst['share']:.0%}."
        )
        passed, share = not outside.any(), float(worst["share"])
        checks.append(Check(f"coverage_{kind}", passed, share, 0.9, message))
    return [*checks, _sd_check(table, simulations)]


def _sd_check(table: pd.DataFrame, simulations: int) -> Check:
    distance = np.log(table["sd_ratio"]).abs()
    worst = table.loc[distance.idxmax()]
    # of a standard deviation from so many values, on a log scale
    error = norm.isf(FAMILY_LEVEL / 2 / len(table)) / np.sqrt(2 * simulations)
    bound = np.log1p(SD_WANTED) + error
    message = (
        f"Reported sds are {table['sd_ratio'].min():.2f} to {table['sd_ratio'].max():.2f} times "
        f"the true ones; farthest is {worst['quantity']} (within {SD_WANTED:.0%} wanted, and "
        f"{error:.0%} for chance in {simulations} simulations)."
    )
    value = float(distance.max())
    return Check("sd", value < bound, float(worst["sd_ratio"]), float(np.exp(bound)), message)
