"""Prior and posterior predictive checks, on cells."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from enem.check.verdict import Check
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification

SCORE_RANGE = (0.0, 1000.0)
SMALLEST_JUDGED = 10
"""Participants below which a group is not judged by itself."""


def replicate_groups(
    expected: np.ndarray, sigma: np.ndarray, n: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Replicate each school type's mean and sd of scores, once per draw, without rows.

    A cell's mean is Normal(expected, sigma / sqrt(n)) and its sum of squares sigma^2 times a
    chi-square of n - 1 degrees of freedom, independently (Cochran's theorem).

    Parameters
    ----------
    expected, sigma
        As `enem.check.scores.cell_parameters` gives them.
    n
        Participants, (G, B).
    rng
        Source of the replications.

    Returns
    -------
    tuple of ndarray
        Means (draws, G + 1, B) and sums of squares of the cells, for `collapse`.
    """
    s = sigma[..., None]
    mean = expected + s / np.sqrt(np.maximum(n, 1)) * rng.standard_normal(expected.shape)
    chi_square = np.where(n > 1, rng.chisquare(np.maximum(n - 1, 1), expected.shape), 0.0)
    return mean, s**2 * chi_square


def collapse(n: np.ndarray, mean: np.ndarray, ss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd of scores over the last axis of cells; NaN where undefined."""
    total = n.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (n * mean).sum(axis=-1) / total
        squares = (ss + n * (mean - centre[..., None]) ** 2).sum(axis=-1)
        return centre, np.sqrt(squares / (total - 1))


def predictive_table(
    grid: CellGrid,
    expected: np.ndarray,
    sigma: np.ndarray,
    mass: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Hold observed means and sds against replications, by school type and for all.

    Returns
    -------
    pandas.DataFrame
        ``group, statistic, observed, replicated_mean, replicated_low, replicated_high,
        p_value``: p is the two-sided posterior predictive tail probability, blank where the
        statistic is undefined.
    """
    mean, ss = replicate_groups(expected, sigma, grid.n, rng)
    rows = []
    for group, pick in _groups_and_all(grid):
        observed = collapse(*(pick(a) for a in (grid.n, grid.mean, grid.ss)))
        replicated = collapse(pick(grid.n), pick(mean), pick(ss))
        for statistic, value, draws in zip(("mean", "sd"), observed, replicated, strict=True):
            rows.append({"group": group, "statistic": statistic, **_compare(value, draws, mass)})
    return pd.DataFrame(rows)


def _groups_and_all(grid: CellGrid) -> list:
    picks = [(name, lambda a, g=g: a[..., g, :]) for g, name in enumerate(grid.school_types)]
    return [*picks, ("all", lambda a: a.reshape(*a.shape[:-2], -1))]


def _compare(observed: float, draws: np.ndarray, mass: float) -> dict[str, float]:
    blank = dict.fromkeys(("replicated_mean", "replicated_low", "replicated_high", "p_value"))
    if not np.isfinite(observed):
        return {"observed": None, **blank}
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2])
    above = (draws >= observed).mean()
    return {
        "observed": float(observed),
        "replicated_mean": float(draws.mean()),
        "replicated_low": float(low),
        "replicated_high": float(high),
        "p_value": float(min(1.0, 2 * min(above, 1 - above))),
    }


def posterior_predictive_check(
    table: pd.DataFrame, spec: Specification, participants: Mapping[str, float], threshold: float
) -> Check:
    """Judge the statistics that the model has parameters for.

    A model without school types answers for all participants together; what it misses by school
    type is in the table and in the model comparison.
    """
    own = (
        [g for g, n in participants.items() if n >= SMALLEST_JUDGED]
        if spec.by_school_type
        else ["all"]
    )
    judged = table[table["group"].isin(own)].dropna(subset="p_value")
    if judged.empty:
        message = f"No school type has {SMALLEST_JUDGED} participants, so none is judged."
        details = {"case": "not_judged", "participants": SMALLEST_JUDGED}
        return Check("posterior_predictive", None, None, threshold, message, details)
    worst = judged.loc[judged["p_value"].idxmin()]
    value = float(worst["p_value"])
    message = (
        f"The least likely observed statistic under the model is the {worst['statistic']} of "
        f"{worst['group']} (two-sided p = {value:.3f}, at least {threshold:g} wanted)."
    )
    details = {"case": str(worst["statistic"]), "group": str(worst["group"])}
    return Check("posterior_predictive", value >= threshold, value, threshold, message, details)


def prior_predictive_check(
    spec: Specification,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    threshold: float,
    rng: np.random.Generator,
    draws: int = 4000,
) -> Check:
    """Check that the priors expect mean scores that ENEM can give."""
    line = {name: priors[name].draw(rng, (draws, 1)) for name in ("intercept", "slope")}
    if spec.by_school_type:
        for name in line:
            tau = priors[f"tau_{name}"].draw(rng, (draws, 1))
            line[name] = line[name] + tau * rng.standard_normal((draws, 1))
    expected = line["intercept"] + line["slope"] * grid.x
    if spec.deviation_scale:
        tau = priors[spec.deviation_scale].draw(rng, (draws, 1))
        expected = expected + tau * rng.standard_normal(expected.shape)
    share = float(((expected > SCORE_RANGE[0]) & (expected < SCORE_RANGE[1])).mean())
    message = (
        f"{share:.0%} of expected scores drawn from the priors lie between 0 and 1000 points "
        f"(at least {threshold:.0%} wanted)."
    )
    details = {"case": "share", "low": SCORE_RANGE[0], "high": SCORE_RANGE[1]}
    return Check("prior_predictive", share >= threshold, share, threshold, message, details)
