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
from enem.check.loo import group_pareto_check, leave_out_all, pareto_check
from enem.check.power_scaling import power_scaling, prior_sensitivity_check
from enem.check.predictive import predictive_table
from enem.check.predictive_checks import (
    group_predictive_checks,
    posterior_predictive_check,
    prior_predictive_check,
)
from enem.check.refit import refit_without
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
        Its draws and sampler statistics, of `enem.mixed.fit`.
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
    people, limit = evidence.participants, limits["pareto_k_max"]
    left_out = leave_out_all(posterior, design, priors, people)
    loo = refit_without(left_out.participants, people, design, priors, evidence.sampler, limit)
    informing, least = _participants_informing(design, summary), limits["posterior_predictive_min"]
    checks = [
        *convergence_checks(summary, tree["sample_stats"].to_dataset(), limits),
        *(_optimum_check(name, found) for name, found in record["verification"].items()),
        prior_predictive_check(design, priors, limits["prior_predictive_min"], rng),
        posterior_predictive_check(predictive, design, least),
        *group_predictive_checks(predictive, design, least),
        pareto_check(loo, people["school_type"], design, limit),
        group_pareto_check(left_out.groups, limit),
        prior_sensitivity_check(sensitivity, informing, limits["prior_sensitivity_max"]),
    ]
    if design.has_income:
        checks.append(income_sensitivity_check(record, limits["income_sensitivity_max"]))
    checks.append(direct_check(tree, design, limits["direct_difference_max"]))
    checks += too_few_groups(design)
    if has_closed_form(design):
        exact = pooled_moments(design, priors)
        checks.append(closed_form_check(summary, exact, limits["closed_form_mcse_max"]))
    return Verdict(summary, checks, predictive, sensitivity, loo, left_out.groups)


def _participants_informing(design: Design, summary: pd.DataFrame) -> pd.Series:
    """Participants behind each line and sigma; 0 for scales and for the mean of group lines."""
    everybody = 0.0 if design.spec.by_school_type else float(design.n.sum())
    lines = summary["parameter"].isin(["intercept", "slope", "context", "sigma"])
    return summary["n"].where(~lines, everybody).fillna(0.0)


def _optimum_check(name: str, found: Mapping[str, Any]) -> Check:
    value, problem = found["largest_gradient_per_sd"], found["problem"]
    # a likelihood without maximum is a fact about the data; a posterior without one, a fault
    passed = not problem or (None if name == "mle" else False)
    details = {"case": "problem" if problem else "found", "problem": problem}
    details |= {part: list(found[part]) for part in ("on_boundary", "left_out")}
    return Check(f"optimum_{name}", passed, value, None, details=details)


def income_sensitivity_check(record: Mapping[str, Any], threshold: float) -> Check:
    """Check how much other incomes for the brackets without bounds move the slope's mode."""
    base = record["map"].get("slope")
    slopes = {e["assumption"]: e["slope"] for e in record["income_sensitivity"]}
    known = {name: slope for name, slope in slopes.items() if slope is not None}
    if base is None or not known:
        return Check("income_sensitivity", None, None, threshold, details={"case": "no_mode"})
    worst = max(known, key=lambda name: abs(known[name] - base))
    change = abs(known[worst] - base)
    details = {"case": "moved", "assumption": worst, "before": base, "after": known[worst]}
    return Check("income_sensitivity", change < threshold, change, threshold, details=details)


def too_few_groups(design: Design) -> list[Check]:
    """Warn where data cannot speak of what a model is about: how groups or brackets differ."""
    checks, cells, spec = [], design.cell_sums(design.n), design.spec
    sizes, brackets = cells.sum(axis=1), int((cells.sum(axis=0) > 0).sum())
    empty = [name for name, n in zip(design.school_types, sizes, strict=True) if n == 0]
    types = len(design.school_types) - len(empty)
    if spec.by_school_type and empty:
        details = {"case": "empty", "groups": empty}
        checks.append(Check("groups_without_data", None, float(len(empty)), None, details=details))
    few = {"case": "few"}
    if brackets < 2 and (spec.formula.uses("income") or spec.formula.uses("income_bracket")):
        checks.append(Check("single_bracket", None, float(brackets), 2.0, details=few))
    if spec.by_school_type and types < 2:
        checks.append(Check("single_school_type", None, float(types), 2.0, details=few))
    return checks
