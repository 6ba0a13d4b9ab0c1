"""Does any chain stand still?  States of all sizes, simulated, and their scales sampled.

Scales and sigmas are all that a chain moves through; the rest is drawn exactly, given these.  A
chain that stands still does so from its first draws on, so short chains see it.
"""

from dataclasses import replace

import arviz_stats as azs
import numpy as np
import pandas as pd

from enem.check.verdict import Check
from enem.mixed.packing import pack
from enem.mixed.sample import draw_scales
from studies.validation.recovery import state_of
from studies.validation.setting import SEED, config, models, project_priors, sampler, tables
from studies.validation.simulate import draw_sums, draw_truth
from studies.validation.study import Study

MODEL = "school_type"
SETTINGS = sampler(chains=config()["sampler"]["chains"], draws=250)
R_HAT = 1.1
"""Below this chains are in one place; these are too short for the 1.01 that the workflow wants."""
SMALLEST, LARGEST = 10, 100_000
"""Participants of a state; their logarithm is uniform between."""
FITS = 2000
SIZES = (10, 100, 1_000, 10_000, 100_000)
"""Bounds of the classes of sizes in the table."""


def one_fit(index: int) -> dict[str, float]:
    """Fit one simulated state, truths drawn from the priors.

    Returns
    -------
    dict
        ``participants, divergences, r_hat`` (largest of all parameters), ``still`` (chains in
        which a parameter did not move).
    """
    rng = np.random.default_rng([SEED, index, 2])
    participants = int(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))
    spec, priors = models()[MODEL], project_priors()
    rows = state_of(participants, rng)
    sums = draw_sums(draw_truth(spec, rows, priors, rng), rows, rng)
    settings = replace(SETTINGS, seed=int(rng.integers(2**31)))
    sampled = draw_scales(pack(tables(sums).design(spec), priors), settings, cores=1)
    draws = sampled["posterior"].to_dataset()
    still = (draws["value"].diff("draw") == 0).all("draw").any("value_dim_0")
    return {
        "participants": participants,
        "divergences": int(sampled["sample_stats"]["diverging"].sum()),
        "r_hat": float(azs.rhat(draws)["value"].max()),
        "still": int(still.sum()),
    }


def stuck(fits: int = FITS) -> Study:
    """Fit states from ten participants to a hundred thousand, some school types empty."""
    each = pd.DataFrame([one_fit(index) for index in range(fits)])
    size = pd.cut(each["participants"], SIZES, include_lowest=True)
    table = each.groupby(size, observed=True).agg(
        smallest=("participants", "min"),
        largest=("participants", "max"),
        fits=("participants", "size"),
        divergences=("divergences", "sum"),
        largest_r_hat=("r_hat", "max"),
        above=("r_hat", lambda of: int((of >= R_HAT).sum())),
        still=("still", "sum"),
    )
    return Study(_checks(each), {"stuck": table.reset_index(drop=True)}, {})


def _checks(each: pd.DataFrame) -> list[Check]:
    still, divergences, worst = each["still"].sum(), each["divergences"].sum(), each["r_hat"].max()
    chains = SETTINGS.chains * len(each)
    above = int((each["r_hat"] >= R_HAT).sum())
    return [
        Check("still", still == 0, float(still), 0.0, f"{still} of {chains:,} chains stood still."),
        Check(
            *("divergences", divergences == 0, float(divergences), 0.0),
            f"{divergences} divergent transitions in {len(each):,} fits.",
        ),
        Check(
            *("r_hat", above == 0, float(worst), R_HAT),
            f"The largest R-hat is {worst:.4f}; {above} of {len(each):,} fits have one of "
            f"{R_HAT:g} or more.",
        ),
    ]
