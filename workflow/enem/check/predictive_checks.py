"""Verdicts on what a model replicates, and on what its priors expect."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from enem.check.grouping import ALL, SMALLEST_JUDGED
from enem.check.predictive import OF_GROUPS, SCORES
from enem.check.verdict import Check
from enem.mixed.design import Design
from enem.mixed.priors import Prior
from enem.mixed.specification import level_scale

SCORE_RANGE = (0.0, 1000.0)


def posterior_predictive_check(table: pd.DataFrame, design: Design, threshold: float) -> Check:
    """Judge the statistics of scores that the model has parameters for.

    A model without school types answers for all participants together; what it misses by school
    type is in the table and in the model comparison.
    """
    sizes = design.cell_sums(design.n).sum(axis=1)
    own = [t for t, n in zip(design.school_types, sizes, strict=True) if n >= SMALLEST_JUDGED]
    judged = _of(table, SCORES, own if design.spec.by_school_type else [ALL])
    if judged.empty:
        details = {"case": "not_judged", "participants": SMALLEST_JUDGED}
        return Check("posterior_predictive", None, None, threshold, details=details)
    worst = judged.loc[judged["p_value"].idxmin()]
    value = float(worst["p_value"])
    details = {"case": str(worst["statistic"]), "group": str(worst["group"])}
    return Check("posterior_predictive", value >= threshold, value, threshold, details=details)


def group_predictive_checks(table: pd.DataFrame, design: Design, threshold: float) -> list[Check]:
    """Judge how schools and municipalities differ, of all school types together.

    The least of several tail probabilities is judged times their number (Bonferroni).  The model
    has one sd of schools for all types, so what it misses by type informs only; and the textbook
    regression, which has no levels, is not judged at all.
    """
    judged = _of(table, OF_GROUPS, [ALL])
    if judged.empty:
        return [Check("group_predictive", None, None, threshold, details={"case": "not_judged"})]
    value, details = _least_likely(judged)
    if not design.spec.levels:
        details |= {"case": "no_levels"}
        return [Check("group_predictive", None, value, threshold, details=details)]
    details |= {"case": "worst"}
    found = [Check("group_predictive", value >= threshold, value, threshold, details=details)]
    kinds = _of(table, OF_GROUPS, list(design.school_types))
    if kinds.empty or not design.spec.by_school_type:
        return found
    value, details = _least_likely(kinds)
    details |= {"case": "information"}
    return [*found, Check("group_predictive_by_school_type", None, value, None, details=details)]


def _of(table: pd.DataFrame, statistics: tuple[str, ...], groups: list[str]) -> pd.DataFrame:
    judged = table[table["group"].isin(groups) & table["statistic"].isin(statistics)]
    return judged.dropna(subset="p_value")


def _least_likely(judged: pd.DataFrame) -> tuple[float, dict]:
    """Probability times the statistics looked at, and details."""
    worst = judged.loc[judged["p_value"].idxmin()]
    details = {name: str(worst[name]) for name in ("statistic", "group")}
    details |= {"observed": float(worst["observed"])}
    details |= {"replicated": float(worst["replicated_mean"])}
    details |= {"looked_at": list(judged["statistic"].drop_duplicates())}
    return min(1.0, float(worst["p_value"]) * len(judged)), details


def prior_predictive_check(
    design: Design,
    priors: Mapping[str, Prior],
    threshold: float,
    rng: np.random.Generator,
    draws: int = 4000,
) -> Check:
    """Check that the priors expect mean scores that ENEM can give, of every profile of a school."""
    spec = design.spec
    tau = [priors[spec.scale_priors[name]].draw(rng, draws) for name in spec.scales]
    coefficients = np.empty((draws, len(design.coefficients)))
    for column, of in enumerate(design.coefficients):
        if of.scale >= 0:
            coefficients[:, column] = tau[of.scale] * rng.standard_normal(draws)
        else:
            coefficients[:, column] = priors[of.prior].draw(rng, draws)
    profiles = np.unique(design.pattern)
    profiles = profiles[np.linspace(0, len(profiles) - 1, min(len(profiles), 200)).astype(int)]
    expected = coefficients @ design.patterns[profiles].T
    for level in spec.levels:
        effect = rng.standard_normal(expected.shape)
        expected += tau[spec.scales.index(level_scale(level))][:, None] * effect
    share = float(((expected > SCORE_RANGE[0]) & (expected < SCORE_RANGE[1])).mean())
    details = {"case": "share", "low": SCORE_RANGE[0], "high": SCORE_RANGE[1]}
    return Check("prior_predictive", share >= threshold, share, threshold, details=details)
