"""All checks of one model, in the order in which a reader wants them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.closed_form import closed_form_check, pooled_moments
from enem.check.convergence import convergence_checks
from enem.check.loo import loo_nodes
from enem.check.predictive import (
    SMALLEST_JUDGED,
    posterior_predictive_check,
    predictive_table,
    prior_predictive_check,
)
from enem.check.refit import refit_without
from enem.check.scores import cell_parameters, hyperparameter_columns
from enem.check.sensitivity import (
    income_sensitivity_check,
    power_scaling,
    prior_sensitivity_check,
)
from enem.check.summary import participants_behind, summarise
from enem.check.verdict import Check
from enem.fit.settings import SamplerSettings
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification


@dataclass(frozen=True)
class Evidence:
    """What all models of an outcome are checked against.

    Attributes
    ----------
    grid, cells, rows
        The cells as a grid and as a table, and the analysed participants.
    priors
        By parameter name.
    mass
        Probability of intervals.
    thresholds
        The ``checks`` section of config.yaml.
    sampler
        Settings of the fits; their seed is that of the replications too.
    """

    grid: CellGrid
    cells: pd.DataFrame
    rows: pd.DataFrame
    priors: Mapping[str, Prior]
    mass: float
    thresholds: Mapping[str, Any]
    sampler: SamplerSettings


@dataclass(frozen=True)
class Verdict:
    """Tables and checks of one model."""

    summary: pd.DataFrame
    checks: list[Check]
    predictive: pd.DataFrame
    sensitivity: pd.DataFrame
    loo: pd.DataFrame


def check_model(
    spec: Specification, tree: xr.DataTree, record: Mapping[str, Any], evidence: Evidence
) -> Verdict:
    """Check one posterior.

    Parameters
    ----------
    spec
        The model.
    tree
        Its draws and sampler statistics.
    record
        Its point estimates, as `enem.estimate.record.estimates_record` gives them.
    evidence
        Data, priors and thresholds.
    """
    posterior, limits = tree["posterior"].to_dataset(), evidence.thresholds
    grid, rng = evidence.grid, np.random.default_rng(evidence.sampler.seed)
    summary = summarise(posterior, evidence.mass)
    summary["n"] = participants_behind(summary["parameter"], evidence.cells)
    expected, sigma = cell_parameters(posterior, spec, grid)
    predictive = predictive_table(grid, expected, sigma, evidence.mass, rng)
    sensitivity = power_scaling(posterior, spec, grid, evidence.priors)
    loo = _leave_one_out(spec, posterior, evidence, expected, summary)
    participants = dict(zip(grid.school_types, grid.participants, strict=True))
    behind = _participants_informing(spec, summary, float(grid.n.sum()))
    checks = [
        *convergence_checks(summary, tree["sample_stats"].to_dataset(), limits),
        *_optimum_checks(record),
        prior_predictive_check(spec, grid, evidence.priors, limits["prior_predictive_min"], rng),
        posterior_predictive_check(
            predictive, spec, participants, limits["posterior_predictive_min"]
        ),
        _pareto_check(loo, evidence.cells, limits["pareto_k_max"]),
        prior_sensitivity_check(sensitivity, behind, limits["prior_sensitivity_max"]),
        income_sensitivity_check(record, limits["income_sensitivity_max"]),
        *_empty_groups(spec, participants),
        *_too_few_groups(spec, grid),
    ]
    if not spec.by_school_type and not spec.deviation_scale:
        exact = pooled_moments(grid, evidence.priors)
        checks.append(closed_form_check(summary, exact, limits["closed_form_mcse_max"]))
    return Verdict(summary, checks, predictive, sensitivity, loo)


def _leave_one_out(
    spec: Specification,
    posterior: xr.Dataset,
    evidence: Evidence,
    expected: np.ndarray,
    summary: pd.DataFrame,
) -> pd.DataFrame:
    """Evaluate LOO for the groups of the model; a model without school types has one group."""
    data, rows = spec.data(evidence.grid), evidence.rows
    if not spec.by_school_type:
        rows = rows.assign(school_type=data.school_types[0])
        expected = expected[:, :1]
    draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    efficiency = float(min(1.0, summary["ess_bulk"].mean() / draws))
    parameters = hyperparameter_columns(posterior, spec)
    nodes = loo_nodes(rows, data, parameters, expected, efficiency)
    limit = evidence.thresholds["pareto_k_max"]
    return refit_without(nodes, spec, evidence.grid, evidence.priors, evidence.sampler, limit)


def _participants_informing(spec: Specification, summary: pd.DataFrame, total: float) -> pd.Series:
    """Participants behind each line and sigma; 0 for scales and for the mean of group lines."""
    everybody = 0.0 if spec.by_school_type else total
    lines = summary["parameter"].isin(["intercept", "slope", "sigma"])
    return summary["n"].where(~lines, everybody).fillna(0.0)


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


def _pareto_check(loo: pd.DataFrame, cells: pd.DataFrame, threshold: float) -> Check:
    """Judge importance sampling where a group has enough participants to be left by one."""
    participants = cells.groupby("school_type")["n"].sum()
    # a model without school types names its one group otherwise: everybody is in it
    size = loo["school_type"].map(participants).fillna(participants.sum())
    judged, small = loo[size >= SMALLEST_JUDGED], loo[size < SMALLEST_JUDGED]
    if judged.empty:
        message = f"No group has {SMALLEST_JUDGED} participants to judge leave-one-out by."
        details = {"case": "not_judged", "participants": SMALLEST_JUDGED}
        return Check("pareto_k", None, None, threshold, message, details)
    value = float(judged["pareto_k"].max())
    refitted = int(loo["refitted"].sum())
    high, high_small = (int((part["pareto_k"] > threshold).sum()) for part in (judged, small))
    message = (
        f"The largest Pareto k of leave-one-out is {value:.2f}; {high} of {len(judged)} points lie "
        f"above {threshold:g}, and {high_small} of {len(small)} in groups of fewer than "
        f"{SMALLEST_JUDGED} participants, which are not judged. Points left out by fitting again: "
        f"{refitted}."
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


def _empty_groups(spec: Specification, participants: Mapping[str, float]) -> list[Check]:
    empty = [name for name, n in participants.items() if n == 0]
    if not spec.by_school_type or not empty:
        return []
    message = (
        f"No participants in {', '.join(empty)}: these estimates come from the other school types."
    )
    details = {"case": "empty", "groups": empty}
    return [Check("groups_without_data", None, float(len(empty)), None, message, details)]


def _too_few_groups(spec: Specification, grid: CellGrid) -> list[Check]:
    """Warn where data cannot speak of what a model is about: how groups or brackets differ."""
    checks = []
    brackets = int((grid.n.sum(axis=0) > 0).sum())
    if brackets < 2:
        message = (
            "Participants of a single income bracket: the slope comes from its prior alone, and "
            "so does how brackets differ. Widen population or choose another state."
        )
        details = {"case": "few"}
        checks.append(Check("single_bracket", None, float(brackets), 2.0, message, details))
    types = int((grid.participants > 0).sum())
    if spec.by_school_type and types < 2:
        message = (
            "Participants of a single school type: how types differ comes from the priors alone. "
            "Use the model pooled or income, widen population, or choose another state."
        )
        details = {"case": "few"}
        checks.append(Check("single_school_type", None, float(types), 2.0, message, details))
    return checks
