"""Recovery of known parameters and coverage of intervals, from 50 to 1,000,000 participants."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import binom

from enem.check.verdict import Check
from enem.fit.posterior import complete_posterior
from enem.fit.sample import sample_scales
from enem.models.parameters import parameter_draws
from enem.models.specification import SPECIFICATIONS, Specification
from studies.validation.figures.recovery import draw_coverage, draw_shrinking
from studies.validation.moments import largest_allowed
from studies.validation.setting import (
    FAMILY_LEVEL,
    SEED,
    SHARES,
    empty_grid,
    project_priors,
    sampler,
)
from studies.validation.simulate import allocate, draw_truth, simulate_cells
from studies.validation.study import Study

SETTINGS = sampler(chains=2, tune=700, draws=1000)
PARTICIPANTS = (50, 300, 1_000, 10_000, 100_000, 1_000_000)
LEVELS = (0.5, 0.9, 0.95)
LARGE = 1_000
"""From here on a posterior sd is expected to fall as the inverse root of n."""
RATE_TOLERANCE = 0.03

_LINE = ("intercept", "slope")
_GROUPS = ("sigma[estadual]", "intercept[estadual]", "slope[estadual]", "slope[municipal]")
_TAUS = ("tau_intercept", "tau_slope")
REPORTED = {
    "pooled": (*_LINE, "sigma"),
    "school_type": (*_LINE, *_TAUS, *_GROUPS),
    "income": (*_LINE, "tau_bracket", "sigma", "deviation[A]", "deviation[Q]"),
    "school_type_income": (*_LINE, *_TAUS, "tau_cell", *_GROUPS, "deviation[estadual, A]"),
}
"""Parameters followed, by model."""
ROOT_N = {
    "pooled": (*_LINE, "sigma"),
    "school_type": ("sigma[estadual]", "intercept[estadual]", "slope[estadual]"),
    "income": ("sigma",),
    "school_type_income": ("sigma[estadual]",),
}
"""Parameters that more participants inform without limit; the others end at the uncertainty that
four school types or seventeen brackets leave."""


def _fits(
    spec: Specification, participants: int, replications: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the truth (P,) and the draws (S, P) of the parameters followed."""
    grid, priors, names = empty_grid(), project_priors(), list(REPORTED[spec.name])
    sizes = {name: round(share * participants) for name, share in SHARES.items()}
    for index in range(replications):
        # the same truths at every n
        truth = draw_truth(spec, grid, priors, np.random.default_rng([SEED, index]))
        rng = np.random.default_rng([SEED, index, participants])
        data = simulate_cells(truth, grid, allocate(grid, sizes, rng), rng)
        settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
        sampled = sample_scales(spec, data, priors, settings, cores=1)
        tree = complete_posterior(sampled, spec, data, priors, rng)
        found = parameter_draws(tree["posterior"].to_dataset()).sel(parameter=names)
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
    for level in LEVELS:
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=1)
        table[f"covered_{level * 100:.0f}"] = ((low < truth) & (truth < high)).sum(axis=0)
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
    replications: int = 100,
    participants: Sequence[int] = PARTICIPANTS,
    models: Sequence[str] = tuple(SPECIFICATIONS),
) -> Study:
    """Fit simulated states of every size with every model, truths drawn from the priors.

    Parameters
    ----------
    replications
        Data sets of each size and model.
    participants
        Sizes; at least two of them `LARGE` or larger.
    models
        Names of models.
    """
    each = [(SPECIFICATIONS[name], n) for name in models for n in participants]
    table = pd.concat([recover(spec, n, replications) for spec, n in each], ignore_index=True)
    rates = shrinking_rates(table)
    tail = FAMILY_LEVEL / 2 / (len(table) * len(LEVELS))
    bands = {level: binomial_band(replications, level, tail) for level in LEVELS}
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
