"""What was checked of the partially pooled model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from enem.atlas.importance import Sample
from enem.check.verdict import Check


def checks_of(
    own: pd.DataFrame, sample: Sample, mass: float, thresholds: Mapping[str, float]
) -> list[Check]:
    """Check the sampling, and inform on what the model assumes of its inputs.

    Parameters
    ----------
    own
        Analyses with data: ``mean, sd, interval_low, interval_high, data_mean``.
    sample
        Of the scales.
    mass
        Probability of the intervals.
    thresholds
        The ``checks`` section of config.yaml.
    """
    k, ess = thresholds["pareto_k_max"], thresholds["ess_min"]
    normality, moved = distance_from_normal(own, mass), prior_shift(own)
    return [
        Check(
            "pareto_k", bool(sample.pareto_k <= k), sample.pareto_k, k,
            f"The importance weights of the scales have a tail of shape {sample.pareto_k:.2f}.",
        ),
        Check(
            "ess", bool(sample.ess >= ess), sample.ess, ess,
            f"The scales were sampled with {sample.ess:.0f} effective draws.",
        ),
        Check(
            "normality", None, normality, None,
            "Taking posteriors as Normal moves an end of a reported interval by at most "
            f"{normality:.2f} posterior sd.",
        ),
        Check(
            "prior_divided_out", None, moved, None,
            f"Taking its own prior out moves an analysis by at most {moved:.2f} posterior sd.",
        ),
    ]  # fmt: skip


def distance_from_normal(own: pd.DataFrame, mass: float) -> float:
    """Largest distance of an interval's end from that of a Normal of its mean and sd, in sd."""
    z = ndtri((1 + mass) / 2)
    low = (own["interval_low"] - own["mean"]) / own["sd"] + z
    high = (own["interval_high"] - own["mean"]) / own["sd"] - z
    return float(np.abs([low, high]).max())


def prior_shift(own: pd.DataFrame) -> float:
    """Largest move of a mean when its analysis' own prior is taken out, in posterior sd."""
    return float(((own["data_mean"] - own["mean"]) / own["sd"]).abs().max())
