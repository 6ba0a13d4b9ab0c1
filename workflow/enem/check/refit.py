"""Leave a participant out by fitting again where importance sampling cannot.

A Pareto k above 0.7 says that the posterior of the others is too far from that of all (Vehtari,
Gelman & Gabry, Statistics and Computing 27 (2017) 1413-1432, section 2.3).  Such participants are
few, and a fit on sums costs a fraction of a second.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from enem.check.leave_out import conditionals, participant_densities, participant_moments
from enem.check.without import without_participant
from enem.mixed.design import Design
from enem.mixed.packing import pack, prior_means
from enem.mixed.priors import Prior
from enem.mixed.rows import flat_draws, participant_rows
from enem.mixed.settings import SamplerSettings

MOST = 10
"""Fits at most, of the worst participants; beyond them a model has other faults."""


def refit_without(
    left_out: pd.DataFrame,
    participants: pd.DataFrame,
    design: Design,
    priors: Mapping[str, Prior],
    settings: SamplerSettings,
    threshold: float,
) -> pd.DataFrame:
    """Replace the elpd of unreliable participants by that of a posterior without them.

    Parameters
    ----------
    left_out
        Table of `enem.check.loo.leave_out_participants`.
    participants, design, priors
        Those of the model.
    settings
        Sampler settings.
    threshold
        Pareto k up to which importance sampling is relied on.

    Returns
    -------
    pandas.DataFrame
        `left_out` with ``refitted``, true where the model was fitted again; there ``pareto_k`` is
        0, since nothing is left to approximate.  A participant stays as they are when the fit
        without them has divergent steps.
    """
    left_out = left_out.assign(refitted=False)
    worst = left_out["pareto_k"][left_out["pareto_k"] > threshold].nlargest(MOST).index
    if worst.empty:
        return left_out
    # imported here: hardly any check has to sample
    from enem.mixed.sample import draw_scales

    rows = participant_rows(design, participants)
    for index in worst:
        row, score = rows[index], float(participants["score"].iloc[index])
        rest = without_participant(design, row, score)
        sampled = draw_scales(pack(rest, priors), settings, cores=1)
        if sampled["sample_stats"]["diverging"].any():
            continue
        scales = flat_draws(sampled["posterior"]["value"])
        log_density = density_without(design, priors, scales, row, score)
        left_out.loc[index, "elpd_loo"] = logsumexp(log_density) - np.log(len(log_density))
        left_out.loc[index, ["pareto_k", "refitted"]] = 0.0, True
    return left_out


def density_without(
    design: Design, priors: Mapping[str, Prior], values: np.ndarray, row: int, score: float
) -> np.ndarray:
    """Log density of one of a row's participants given all others and draws of scales, (S,)."""
    given = conditionals(design, pack(design, priors), prior_means(design, priors), values)
    leaf = design.leaf[[row]]
    ((_, mean, variance),) = participant_moments(given, leaf, design.pattern[[row]])
    sigma = given.sigma[:, design.leaf_sigma[leaf[0]]]
    return participant_densities(score, mean[0], variance[0], sigma)[0]
