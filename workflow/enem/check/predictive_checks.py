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

WORDS = {
    "mean": "mean",
    "sd": "sd",
    "sd_group_means": "sd of the means of {groups}",
    "sd_municipality_means": "sd of the means of municipalities",
    "intraclass_correlation": "intraclass correlation of residuals in {groups}",
    "group_residuals": "distance of the means of {groups} from what is expected of them",
}
"""What a statistic is called in a sentence."""

SCHOOLS, MUNICIPAL_SCHOOLS = "schools", "the schools of a type in a municipality"


def posterior_predictive_check(table: pd.DataFrame, design: Design, threshold: float) -> Check:
    """Judge the statistics of scores that the model has parameters for.

    A model without school types answers for all participants together; what it misses by school
    type is in the table and in the model comparison.
    """
    sizes = design.cell_sums(design.n).sum(axis=1)
    own = [t for t, n in zip(design.school_types, sizes, strict=True) if n >= SMALLEST_JUDGED]
    judged = _of(table, SCORES, own if design.spec.by_school_type else [ALL])
    if judged.empty:
        message = f"No school type has {SMALLEST_JUDGED} participants, so none is judged."
        details = {"case": "not_judged", "participants": SMALLEST_JUDGED}
        return Check("posterior_predictive", None, None, threshold, message, details)
    worst = judged.loc[judged["p_value"].idxmin()]
    value = float(worst["p_value"])
    message = (
        f"The least likely observed statistic of scores under the model is the "
        f"{worst['statistic']} of {worst['group']} (two-sided p = {value:.3f}, at least "
        f"{threshold:g} wanted)."
    )
    details = {"case": str(worst["statistic"]), "group": str(worst["group"])}
    return Check("posterior_predictive", value >= threshold, value, threshold, message, details)


def group_predictive_checks(table: pd.DataFrame, design: Design, threshold: float) -> list[Check]:
    """Judge how schools and municipalities differ, of all school types together.

    The least of several tail probabilities is judged times their number (Bonferroni).  The model
    has one sd of schools for all types, so what it misses by type informs only; and the textbook
    regression, which has no levels, is not judged at all.
    """
    judged = _of(table, OF_GROUPS, [ALL])
    if judged.empty:
        message = (
            f"Too few {_groups(design)} to judge how they differ, or too few participants in them."
        )
        return [Check("group_predictive", None, None, threshold, message, {"case": "not_judged"})]
    least, value, details = _least_likely(judged, design)
    if not design.spec.levels:
        message = (
            "Not judged: the model has no levels and is the textbook regression, whose intervals "
            f"take participants of one school for independent. {least}."
        )
        details |= {"case": "no_levels"}
        return [Check("group_predictive", None, value, threshold, message, details)]
    names = [_name(statistic, design) for statistic in details["looked_at"]]
    message = (
        f"Looked at: {', '.join(names)}. {least}. Times {len(judged)}, the statistics looked at, p "
        f"is {value:.3f} (at least {threshold:g} wanted)."
    )
    details |= {"case": "worst"}
    found = [Check("group_predictive", value >= threshold, value, threshold, message, details)]
    kinds = _of(table, OF_GROUPS, list(design.school_types))
    if kinds.empty or not design.spec.by_school_type:
        return found
    least, value, details = _least_likely(kinds, design)
    scales = ", ".join(level_scale(level) for level in design.spec.levels)
    message = (
        f"The model has one sd for the schools of all types ({scales}). {least}; times "
        f"{len(kinds)}, the statistics looked at, p is {value:.3f}: where that is small, the "
        "intervals of this type are too narrow or too wide."
    )
    details |= {"case": "information"}
    return [*found, Check("group_predictive_by_school_type", None, value, None, message, details)]


def _of(table: pd.DataFrame, statistics: tuple[str, ...], groups: list[str]) -> pd.DataFrame:
    judged = table[table["group"].isin(groups) & table["statistic"].isin(statistics)]
    return judged.dropna(subset="p_value")


def _groups(design: Design) -> str:
    return SCHOOLS if design.groups["school"].notna().any() else MUNICIPAL_SCHOOLS


def _name(statistic: str, design: Design) -> str:
    return WORDS[statistic].format(groups=_groups(design))


def _least_likely(judged: pd.DataFrame, design: Design) -> tuple[str, float, dict]:
    """Sentence, probability times the statistics looked at, and details."""
    worst = judged.loc[judged["p_value"].idxmin()]
    group, statistic, p = str(worst["group"]), str(worst["statistic"]), float(worst["p_value"])
    observed, replicated = float(worst["observed"]), float(worst["replicated_mean"])
    digits = 1 if statistic.startswith("sd") else 3
    message = (
        f"The least likely is the {_name(statistic, design)}{'' if group == ALL else f', {group}'}"
        f": {observed:.{digits}f} observed, {replicated:.{digits}f} replicated (two-sided "
        f"p = {p:.3f})"
    )
    details = {"statistic": statistic, "group": group, "observed": observed}
    looked_at = list(judged["statistic"].drop_duplicates())
    details |= {"replicated": replicated, "looked_at": looked_at}
    return message, min(1.0, p * len(judged)), details


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
    message = (
        f"{share:.0%} of expected scores drawn from the priors lie between 0 and 1000 points "
        f"(at least {threshold:.0%} wanted)."
    )
    details = {"case": "share", "low": SCORE_RANGE[0], "high": SCORE_RANGE[1]}
    return Check("prior_predictive", share >= threshold, share, threshold, message, details)
