"""Does any chain stand still?  States of all sizes, simulated and fitted as the workflow does."""

from dataclasses import replace

import arviz_stats as azs
import numpy as np
import pandas as pd

from enem.check.verdict import Check
from enem.mixed.fit import fit
from enem.mixed.parameters import parameter_draws
from studies.validation.recovery import state_of
from studies.validation.setting import SEED, config, models, project_priors, sampler, tables
from studies.validation.simulate import draw_sums, draw_truth
from studies.validation.study import Study

MODEL = "school_type"
SETTINGS = sampler(chains=config()["sampler"]["chains"], draws=config()["sampler"]["draws"])
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
    tree = fit(tables(sums).design(spec), priors, settings, cores=2)
    posterior = tree["posterior"].to_dataset()
    moved = (parameter_draws(posterior[[*spec.scales, "sigma"]]).diff("draw") != 0).any("draw")
    draws = parameter_draws(posterior).to_dataset(name="value")
    return {
        "participants": participants,
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "r_hat": float(azs.rhat(draws)["value"].max()),
        "still": int((~moved.all("parameter")).sum()),
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
        above=("r_hat", lambda of: int((of >= config()["checks"]["r_hat_max"]).sum())),
        still=("still", "sum"),
    )
    return Study(_checks(each), {"stuck": table.reset_index(drop=True)}, {})


def _checks(each: pd.DataFrame) -> list[Check]:
    limit = config()["checks"]["r_hat_max"]
    still, divergences, worst = each["still"].sum(), each["divergences"].sum(), each["r_hat"].max()
    chains = SETTINGS.chains * len(each)
    above = int((each["r_hat"] >= limit).sum())
    return [
        Check("still", still == 0, float(still), 0.0, f"{still} of {chains:,} chains stood still."),
        Check(
            *("divergences", divergences == 0, float(divergences), 0.0),
            f"{divergences} divergent transitions in {len(each):,} fits.",
        ),
        Check(
            *("r_hat", above == 0, float(worst), limit),
            f"The largest R-hat is {worst:.4f}; {above} of {len(each):,} fits have one of "
            f"{limit:g} or more.",
        ),
    ]
