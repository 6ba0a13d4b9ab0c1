"""Recovery of known parameters and coverage of intervals, from 300 to 100,000 participants.

Schools and municipalities grow in number with the participants, so that every level is informed
the better the larger a state is; a school stays as large as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import binom

from enem.check.verdict import Check
from enem.mixed.fit import fit
from enem.mixed.parameters import parameter_draws
from enem.mixed.specification import Specification
from studies.validation.figures.recovery import draw_coverage, draw_shrinking
from studies.validation.moments import largest_allowed
from studies.validation.setting import (
    FAMILY_LEVEL,
    SEED,
    SHARES,
    models,
    project_priors,
    sampler,
    tables,
)
from studies.validation.simulate import draw_rows, draw_sums, draw_truth, with_levels
from studies.validation.study import Study

SETTINGS = sampler(chains=2, draws=1000)
REPLICATIONS = 20
"""Data sets of each size and model."""
PARTICIPANTS = (300, 1_000, 10_000, 100_000)
LARGEST = {"school_type_income": 1_000}
"""The size up to which a model is tried whose many deviations of cells make large states slow."""
SCHOOL_SIZE = 45
"""Participants of a school, on average."""
SCHOOLS_OF_MUNICIPALITY = 1.5
MASSES = (0.5, 0.9, 0.95)
LARGE = 1_000
"""From here on a posterior sd is expected to fall as the inverse root of n."""
RATE_TOLERANCE = 0.05

_LINE = ("intercept", "slope")
_LEVELS = ("tau_municipality", "tau_school", "municipality[estadual-0]", "school[estadual-0]")
_GROUPS = ("sigma[estadual]", "intercept[estadual]", "slope[estadual]", "slope[municipal]")
_TAUS = ("tau_intercept", "tau_slope")
REPORTED = {
    "school_type": (*_LINE, *_TAUS, *_LEVELS, *_GROUPS),
    "school_type_income": (*_LINE, *_TAUS, "tau_cell", *_LEVELS, *_GROUPS, "cell[estadual, A]"),
    "school_context": (*_LINE, "context", *_TAUS, *_LEVELS, *_GROUPS, "context[estadual]"),
}
"""Parameters followed, by model."""
ROOT_N = {
    "school_type": ("sigma[estadual]", "slope[estadual]"),
    "school_type_income": (),
    "school_context": ("sigma[estadual]", "slope[estadual]"),
}
"""Parameters that more participants inform without limit and whatever the truth; scales of levels
fall as fast once there are many groups, the others end at the uncertainty that four school types
or seventeen brackets leave."""


def state_of(participants: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a state of so many participants, see `draw_rows`."""
    sizes = {name: round(share * participants) for name, share in SHARES.items()}
    schools = {name: max(1, round(size / SCHOOL_SIZE)) for name, size in sizes.items()}
    places = max(1, round(sum(schools.values()) / SCHOOLS_OF_MUNICIPALITY))
    return draw_rows(sizes, schools, places, rng)


def _fits(
    spec: Specification, participants: int, replications: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the truth (P,) and the draws (S, P) of the parameters followed."""
    priors, names = project_priors(), list(REPORTED[spec.name])
    for index in range(replications):
        rows = state_of(participants, np.random.default_rng([SEED, index, participants]))
        # the same scales and lines at every n: they are drawn before the effects of schools
        truth = draw_truth(spec, rows, priors, np.random.default_rng([SEED, index]))
        rng = np.random.default_rng([SEED, index, participants, 1])
        sums = draw_sums(truth, rows, rng)
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        tree = fit(tables(sums).design(spec), priors, settings, cores=1)
        found = parameter_draws(with_levels(tree)).sel(parameter=names)
        known = parameter_draws(truth).sel(parameter=names)
        yield known.to_numpy()[0, 0], found.to_numpy().reshape(-1, len(names))


def recover(spec: Specification, participants: int, replications: int) -> pd.DataFrame:
    """Compare posteriors with the truths that their data came from.

    Returns
    -------
    pandas.DataFrame
        One row a parameter: ``model, participants, parameter, replications``; ``bias`` and
        ``rmse`` of the posterior mean and ``posterior_sd`` (geometric mean), points;
        ``bias_in_errors``; ``covered_50``, ``covered_90``, ``covered_95`` (counts).
    """
    truths, draws = zip(*_fits(spec, participants, replications), strict=True)
    truth, drawn = np.array(truths), np.array(draws)
    error, sd = drawn.mean(axis=1) - truth, drawn.std(axis=1)
    table = pd.DataFrame(
        {
            "model": spec.name,
            "participants": participants,
            "parameter": REPORTED[spec.name],
            "replications": replications,
            "bias": error.mean(axis=0),
            "rmse": np.sqrt((error**2).mean(axis=0)),
            "posterior_sd": np.exp(np.log(sd).mean(axis=0)),
            # error / sd has mean 0 and variance 1 when truths come from the prior
            "bias_in_errors": (error / sd).mean(axis=0) * np.sqrt(replications),
        }
    )
    for mass in MASSES:
        low, high = np.quantile(drawn, [(1 - mass) / 2, (1 + mass) / 2], axis=1)
        table[f"covered_{mass * 100:.0f}"] = ((low < truth) & (truth < high)).sum(axis=0)
    return table


def binomial_band(replications: int, level: float, tail: float) -> tuple[int, int]:
    """Counts within which coverage of `level` stays, but for `tail` on either side."""
    low, high = binom.ppf([tail, 1 - tail], replications, level)
    return int(low), int(high)


def shrinking_rates(table: pd.DataFrame) -> pd.DataFrame:
    """Exponent of n in the posterior sd, by least squares on logs from `LARGE` on.

    Returns
    -------
    pandas.DataFrame
        ``model, parameter, rate``; -0.5 is the inverse root.
    """
    rows = []
    large = table[table["participants"] >= LARGE]
    for (model, parameter), part in large.groupby(["model", "parameter"], sort=False):
        if parameter in ROOT_N[str(model)]:
            logs = np.log(part[["participants", "posterior_sd"]].to_numpy(float)).T
            rows.append((model, parameter, np.polyfit(*logs, 1)[0]))
    return pd.DataFrame(rows, columns=["model", "parameter", "rate"])


def recovery(
    replications: int = REPLICATIONS,
    participants: Sequence[int] = PARTICIPANTS,
    names: Sequence[str] = tuple(REPORTED),
) -> Study:
    """Fit simulated states of every size with every model, truths drawn from the priors.

    Parameters
    ----------
    replications
        Data sets of each size and model.
    participants
        Sizes; at least two of them `LARGE` or larger.
    names
        Of models.
    """
    sizes = {name: [n for n in participants if n <= LARGEST.get(name, n)] for name in names}
    each = [(models()[name], n) for name in names for n in sizes[name]]
    table = pd.concat([recover(spec, n, replications) for spec, n in each], ignore_index=True)
    rates = shrinking_rates(table)
    tail = FAMILY_LEVEL / 2 / (len(table) * len(MASSES))
    bands = {mass: binomial_band(replications, mass, tail) for mass in MASSES}
    checks = [*(_coverage(table, *item) for item in bands.items()), _bias(table), _rate(rates)]
    figures = {
        "recovery_sd": draw_shrinking(table),
        "recovery_coverage": draw_coverage(table, replications, bands),
    }
    return Study(checks, {"recovery": table, "recovery_rates": rates}, figures)


def _coverage(table: pd.DataFrame, level: float, band: tuple[int, int]) -> Check:
    counts, total = table[f"covered_{level * 100:.0f}"], table["replications"].iloc[0]
    outside = ~counts.between(*band)
    worst = table.loc[(counts - level * total).abs().idxmax()]
    share = float(counts[worst.name] / total)
    message = (
        f"{level:.0%} intervals: {counts.sum() / (total * len(table)):.1%} cover over all; "
        f"{outside.sum()} of {len(table)} counts lie outside {band[0]} to {band[1]} of {total}; "
        f"the farthest is {share:.0%} ({worst['parameter']} of {worst['model']} at "
        f"{worst['participants']:,} participants)."
    )
    return Check(f"coverage_{level * 100:.0f}", not outside.any(), share, level, message)


def _bias(table: pd.DataFrame) -> Check:
    bound, distance = largest_allowed(len(table)), table["bias_in_errors"].abs()
    worst, value = table.loc[distance.idxmax()], float(distance.max())
    message = (
        f"Of {len(table)} mean errors the largest is {value:.2f} standard errors "
        f"({worst['parameter']} of {worst['model']} at {worst['participants']:,} participants; "
        f"below {bound:.2f} wanted)."
    )
    return Check("bias", value < bound, value, bound, message)


def _rate(rates: pd.DataFrame) -> Check:
    distance = (rates["rate"] + 0.5).abs()
    worst, value = rates.loc[distance.idxmax()], float(distance.max())
    message = (
        f"Posterior sds fall as n to the power {rates['rate'].min():.3f} to "
        f"{rates['rate'].max():.3f}; farthest from -1/2 is {worst['parameter']} of "
        f"{worst['model']} (within {RATE_TOLERANCE:g} wanted)."
    )
    return Check("root_n", value < RATE_TOLERANCE, value, RATE_TOLERANCE, message)
