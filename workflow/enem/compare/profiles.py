"""Predicted scores of one participant of a chosen school type and family income."""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from enem.compare.asked import Asked, wages
from enem.compare.cell_means import Cells, without_gaps
from enem.compare.describe import STATISTICS
from enem.compare.gaps import cells_at
from enem.compare.quantities import Quantities, headline

PERCENTILES = (0.1, 0.5, 0.9)


def profile_effects(of: Quantities, asked: Asked) -> Iterator[dict]:
    """Rows of the table of effects, for every profile whose school type has participants.

    A model without school types predicts each income once, for ``all``; of an edition without
    income the profiles are of school types alone.
    """
    scope, known = headline(of.design.spec), of.design.has_income
    cells = of.scopes[scope]
    cells = without_gaps(cells, of.slopes, of.design.x) if known else cells
    for school_type, types, income in _groups(of, asked):
        bracket = asked.bracket(income) if known else 0
        here = cells_at(cells, of, bracket, income) if known else cells
        mean, spread = _one_participant(here, of, bracket, types)
        group = f"{school_type}, {wages(income)}" if known else school_type
        whose = "this school type and family income" if known else "this school type"
        for effect, contrast, found, definition in _predictions(mean, spread, of, asked, whose):
            unit = "probability" if effect == "profile_above" else "points"
            yield of.row(effect, found, definition, scope, contrast, group, unit)


def _groups(of: Quantities, asked: Asked) -> list[tuple[str, np.ndarray, float]]:
    """List name, school types and income of the profiles that the model predicts."""
    names = np.array(of.design.school_types)
    if of.design.spec.formula.uses("school_type"):
        wanted = [p for p in asked.profiles if p.school_type in set(names[of.present])]
        groups = [(p.school_type, names == p.school_type, p.income) for p in wanted]
    else:
        incomes = dict.fromkeys(p.income for p in asked.profiles)
        groups = [("all", of.present, income) for income in incomes]
    if of.design.has_income:
        return groups
    return list({group[0]: group for group in groups}.values())


def _one_participant(
    here: Cells, of: Quantities, bracket: int, types: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd of the score of somebody at a school drawn anew, points, both (S,)."""
    n = np.where(types, of.n[:, bracket], 0.0)
    n = n if n.any() else np.where(types, of.n.sum(axis=1), 0.0)
    share = n[types] / n.sum()
    levels = sum(tau**2 for tau in of.tau.values())
    variance = of.sigma**2 + of.lines_vary[:, :, bracket]
    mean = here.score[:, types, 0] @ share
    return mean, np.sqrt(variance[:, types] @ share + levels)


def _predictions(
    mean: np.ndarray, spread: np.ndarray, of: Quantities, asked: Asked, whose: str
) -> Iterator[tuple[str, str, np.ndarray | dict, str]]:
    """Effect, contrast, draws or numbers, and definition."""
    definition = f"mean score of the participants of {whose}"
    yield "profile_mean", "expected score", mean, definition
    definition = (
        "score of one participant of a school drawn anew: mean, sd and interval hold how much "
        "schools and participants differ as well as the uncertainty of their mean"
    )
    yield "profile_score", "score of one participant", _mixture(mean, spread, of.mass), definition
    for level in PERCENTILES:
        contrast = f"{100 * level:g}th percentile"
        definition = (
            f"score that {level:.0%} of these participants stay below, scores taken as normal "
            "around their mean"
        )
        yield "profile_percentile", contrast, mean + ndtri(level) * spread, definition
    definition = (
        "share of these participants who score above the threshold, which is also the probability "
        "that one of them does; scores taken as normal around their mean"
    )
    for threshold in asked.score_thresholds:
        contrast = f"score above {threshold:g} points"
        yield "profile_above", contrast, ndtr((mean - threshold) / spread), definition


def _mixture(mean: np.ndarray, sigma: np.ndarray, mass: float) -> dict[str, float]:
    """Mean, sd and equal-tailed interval of the mixture of Normal(mean, sigma) over the draws."""
    total = np.sqrt(mean.var() + (sigma**2).mean())
    ends = [_quantile(mean, sigma, p) for p in ((1 - mass) / 2, (1 + mass) / 2)]
    return dict(zip(STATISTICS, map(float, (mean.mean(), total, *ends)), strict=True))


def _quantile(mean: np.ndarray, sigma: np.ndarray, level: float) -> float:
    ends = mean + ndtri(level) * sigma
    # the mixture's quantile lies between the extreme ones of its parts
    low, high = ends.min() - 1.0, ends.max() + 1.0
    return brentq(lambda y: ndtr((y - mean) / sigma).mean() - level, low, high)
