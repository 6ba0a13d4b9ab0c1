"""All checks of one model, in the order in which a reader wants them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.closed_form import closed_form_check, has_closed_form, pooled_moments
from enem.check.convergence import convergence_checks
from enem.check.direct import direct_check
from enem.check.grouping import SMALLEST_JUDGED
from enem.check.loo import leave_out_all
from enem.check.predictive import predictive_table
from enem.check.predictive_checks import (
    group_predictive_checks,
    posterior_predictive_check,
    prior_predictive_check,
)
from enem.check.refit import refit_without
from enem.check.sensitivity import (
    income_sensitivity_check,
    power_scaling,
    prior_sensitivity_check,
)
from enem.check.summary import participants_behind, summarise
from enem.check.verdict import Check
from enem.mixed.design import Design
from enem.mixed.priors import Prior
from enem.mixed.settings import SamplerSettings


@dataclass(frozen=True)
class Evidence:
    """What all models of an outcome are checked against.

    Attributes
    ----------
    participants
        The analysed participants: the columns of the sums, ``score`` in place of their moments.
    priors
        By key of config.yaml.
    mass
        Probability of intervals.
    thresholds
        The ``checks`` section of config.yaml.
    sampler
        Settings of the fits; their seed is that of the replications too.
    """

    participants: pd.DataFrame
    priors: Mapping[str, Prior]
    mass: float
    thresholds: Mapping[str, Any]
    sampler: SamplerSettings


@dataclass(frozen=True)
class Verdict:
    """Tables and checks of one model; `loo` has a row each participant, `loo_groups` each group."""

    summary: pd.DataFrame
    checks: list[Check]
    predictive: pd.DataFrame
    sensitivity: pd.DataFrame
    loo: pd.DataFrame
    loo_groups: pd.DataFrame


def check_model(
    design: Design,
    tree: xr.DataTree,
    record: Mapping[str, Any],
    evidence: Evidence,
) -> Verdict:
    """Check one posterior.

    Parameters
    ----------
    design
        The model on the participants' sums.
    tree
        Its draws and sampler statistics, of `enem.mixed.posterior`.
    record
        Its point estimates.
    evidence
        Data, priors and thresholds.
    """
    posterior, limits = tree["posterior"].to_dataset(), evidence.thresholds
    priors, rng = evidence.priors, np.random.default_rng(evidence.sampler.seed)
    summary = summarise(posterior, evidence.mass)
    summary["n"] = participants_behind(summary["parameter"], design)
    predictive = predictive_table(tree, design, evidence.mass, rng)
    sensitivity = power_scaling(posterior, design, priors)
    left_out = leave_out_all(posterior, design, priors, evidence.participants)
    limit, people = limits["pareto_k_max"], evidence.participants
    loo = refit_without(left_out.participants, people, design, priors, evidence.sampler, limit)
    least = limits["posterior_predictive_min"]
    checks = [
        *convergence_checks(summary, tree["sample_stats"].to_dataset(), limits),
        *_optimum_checks(record),
        prior_predictive_check(design, priors, limits["prior_predictive_min"], rng),
        posterior_predictive_check(predictive, design, least),
        *group_predictive_checks(predictive, design, least),
        pareto_check(loo, people["school_type"], design, limit),
        group_pareto_check(left_out.groups, limit),
        prior_sensitivity_check(
            sensitivity, _participants_informing(design, summary), limits["prior_sensitivity_max"]
        ),
        *_income_checks(design, record, limits["income_sensitivity_max"]),
        direct_check(tree, design, evidence.mass, limits["direct_difference_max"]),
        *_empty_groups(design),
        *too_few_groups(design),
    ]
    if has_closed_form(design):
        exact = pooled_moments(design, priors)
        checks.append(closed_form_check(summary, exact, limits["closed_form_mcse_max"]))
    return Verdict(summary, checks, predictive, sensitivity, loo, left_out.groups)


def _participants_informing(design: Design, summary: pd.DataFrame) -> pd.Series:
    """Participants behind each line and sigma; 0 for scales and for the mean of group lines."""
    everybody = 0.0 if design.spec.by_school_type else float(design.n.sum())
    lines = summary["parameter"].isin(["intercept", "slope", "context", "sigma"])
    return summary["n"].where(~lines, everybody).fillna(0.0)


def _income_checks(design: Design, record: Mapping[str, Any], threshold: float) -> list[Check]:
    return [income_sensitivity_check(record, threshold)] if design.has_income else []


def _optimum_checks(record: Mapping[str, Any]) -> list[Check]:
    checks = []
    for name, found in record["verification"].items():
        value, problem = found["largest_gradient_per_sd"], found["problem"]
        if problem:
            message = f"The {name.upper()} is undefined: {problem}."
        else:
            message = (
                f"At the {name.upper()} the largest gradient is {value:.1e} per sd and the "
                "Hessian is negative definite."
            )
        if found["on_boundary"]:
            message += f" On the boundary 0: {', '.join(found['on_boundary'])}."
        if found["left_out"]:
            groups = ", ".join(found["left_out"])
            message += f" Left out, since their likelihood has no maximum: {groups}."
        # a likelihood without maximum is a fact about the data; a posterior without one, a fault
        passed = not problem or (None if name == "mle" else False)
        details = {"case": "problem" if problem else "found", "problem": problem}
        details |= {part: list(found[part]) for part in ("on_boundary", "left_out")}
        checks.append(Check(f"optimum_{name}", passed, value, None, message, details))
    return checks


def pareto_check(
    loo: pd.DataFrame, school_type: pd.Series, design: Design, threshold: float
) -> Check:
    """Judge importance sampling where a group has enough participants to be left by one."""
    if design.spec.by_school_type:
        large = school_type.map(school_type.value_counts()).to_numpy() >= SMALLEST_JUDGED
    else:
        large = np.full(len(loo), len(loo) >= SMALLEST_JUDGED)
    judged, small = loo[large], loo[~large]
    if judged.empty:
        message = f"No group has {SMALLEST_JUDGED} participants to judge leave-one-out by."
        details = {"case": "not_judged", "participants": SMALLEST_JUDGED}
        return Check("pareto_k", None, None, threshold, message, details)
    value = float(judged["pareto_k"].max())
    refitted = int(loo["refitted"].sum())
    high, high_small = (int((part["pareto_k"] > threshold).sum()) for part in (judged, small))
    message = (
        f"Leaving out each participant, the largest Pareto k is {value:.2f}; {high} of "
        f"{len(judged)} lie above {threshold:g}, and {high_small} of {len(small)} in school types "
        f"of fewer than {SMALLEST_JUDGED} participants, which are not judged. Participants left "
        f"out by fitting again: {refitted}."
    )
    details = {
        "case": "worst",
        "high": high,
        "points": len(judged),
        "refitted": refitted,
        "high_in_small_groups": high_small,
        "points_in_small_groups": len(small),
        "participants": SMALLEST_JUDGED,
    }
    return Check("pareto_k", value <= threshold, value, threshold, message, details)


def group_pareto_check(groups: pd.DataFrame, threshold: float) -> Check:
    """Report where importance sampling of a group left out is not to be relied on.

    It informs only: a school of hundreds may rightly say much about a sigma.
    """
    high = groups[groups["pareto_k"] > threshold]
    value = float(groups["pareto_k"].max())
    message = (
        f"Leaving out each of {len(groups)} groups, the largest Pareto k is {value:.2f}; "
        f"{len(high)} lie above {threshold:g}, with {int(high['n'].sum())} participants: their "
        "part of elpd_group is not to be relied on."
    )
    details = {"case": "groups", "high": len(high), "points": len(groups)}
    return Check("pareto_k_group", None, _number(value), threshold, message, details)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _empty_groups(design: Design) -> list[Check]:
    sizes = design.cell_sums(design.n).sum(axis=1)
    empty = [name for name, n in zip(design.school_types, sizes, strict=True) if n == 0]
    if not design.spec.by_school_type or not empty:
        return []
    message = (
        f"No participants in {', '.join(empty)}: these estimates come from the other school types."
    )
    details = {"case": "empty", "groups": empty}
    return [Check("groups_without_data", None, float(len(empty)), None, message, details)]


def _has_income(design: Design) -> bool:
    spec = design.spec
    columns = [*(block.column for block in spec.blocks), *(of.column for of in spec.common)]
    factors = [name for block in spec.blocks for name in block.factor]
    return bool({"income", "income_bracket"} & {*columns, *factors})


def too_few_groups(design: Design) -> list[Check]:
    """Warn where data cannot speak of what a model is about: how groups or brackets differ."""
    checks, cells = [], design.cell_sums(design.n)
    brackets = int((cells.sum(axis=0) > 0).sum())
    if brackets < 2 and _has_income(design):
        message = (
            "Participants of a single income bracket: the slope comes from its prior alone, and "
            "so does how brackets differ. Widen population or choose another state."
        )
        details = {"case": "few"}
        checks.append(Check("single_bracket", None, float(brackets), 2.0, message, details))
    types = int((cells.sum(axis=1) > 0).sum())
    if design.spec.by_school_type and types < 2:
        message = (
            "Participants of a single school type: how types differ comes from the priors alone. "
            "Use a model without school types, widen population, or choose another state."
        )
        details = {"case": "few"}
        checks.append(Check("single_school_type", None, float(types), 2.0, message, details))
    return checks
