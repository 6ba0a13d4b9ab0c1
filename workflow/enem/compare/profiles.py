"""Predicted scores of one participant of a chosen school type and family income."""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from enem.compare.asked import Asked, percentile, profile_group, score_above
from enem.compare.cell_means import Cells, without_gaps
from enem.compare.describe import describe
from enem.compare.gaps import cells_at
from enem.compare.quantities import WHOM, Quantities, headline

PERCENTILES = (0.1, 0.5, 0.9)
ALL = "all"


def profile_effects(of: Quantities, mass: float, asked: Asked) -> Iterator[dict]:
    """Rows of the table of effects, for every profile whose school type has participants.

    A model without school types predicts each income once, for ``all``; of an edition without
    income the profiles are of school types alone.
    """
    scope = headline(of.scopes)
    known = of.design.has_income
    cells = of.scopes[scope]
    cells = without_gaps(cells, of.slopes, of.design.x) if known else cells
    for school_type, types, income in _groups(of, asked):
        bracket = asked.bracket(income) if known else 0
        here = cells_at(cells, of, bracket, income) if known else cells
        mean, spread = _one_participant(here, of, bracket, types)
        name = profile_group(school_type, income) if known else school_type
        group = {"group": name, "scope": scope}
        whose = "this school type and family income" if known else "this school type"
        for row in _rows(mean, spread, mass, asked, whose):
            whom = f"{row['definition']}; {WHOM[scope]}"
            yield {**group, **row, "definition": whom}


def _groups(of: Quantities, asked: Asked) -> list[tuple[str, np.ndarray, float]]:
    """List name, school types and income of the profiles that the model predicts."""
    names = np.array(of.design.school_types)
    if of.design.spec.formula.uses("school_type"):
        wanted = [p for p in asked.profiles if p.school_type in set(names[of.present])]
        groups = [(p.school_type, names == p.school_type, p.income) for p in wanted]
    else:
        incomes = dict.fromkeys(p.income for p in asked.profiles)
        groups = [(ALL, of.present, income) for income in incomes]
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


def _rows(
    mean: np.ndarray, spread: np.ndarray, mass: float, asked: Asked, whose: str
) -> Iterator[dict]:
    points = {"unit": "points"}
    yield {
        **points,
        "effect": "profile_mean",
        "contrast": "expected score",
        **describe(mean, mass),
        "definition": f"mean score of the participants of {whose}",
    }
    yield {
        **points,
        "effect": "profile_score",
        "contrast": "score of one participant",
        **predicted(mean, spread, mass),
        "definition": "score of one participant of a school drawn anew: mean, sd and interval "
        "hold how much schools and participants differ as well as the uncertainty of their mean",
    }
    for level in PERCENTILES:
        yield {
            **points,
            "effect": "profile_percentile",
            "contrast": percentile(level),
            **describe(mean + ndtri(level) * spread, mass),
            "definition": f"score that {level:.0%} of these participants stay below, "
            "scores taken as normal around their mean",
        }
    for threshold in asked.score_thresholds:
        yield {
            "effect": "profile_above",
            "contrast": score_above(threshold),
            "unit": "probability",
            **describe(ndtr((mean - threshold) / spread), mass),
            "definition": "share of these participants who score above the threshold, which is "
            "also the probability that one of them does; scores taken as normal around their mean",
        }


def predicted(mean: np.ndarray, sigma: np.ndarray, mass: float) -> dict[str, float]:
    """Mean, sd and equal-tailed interval of the posterior predictive of one score.

    The predictive is the mixture of Normal(mean, sigma) over the draws, each (draws,); its
    quantiles solve its distribution function.
    """
    total = float(np.sqrt(mean.var() + (sigma**2).mean()))
    low, high = (_quantile(mean, sigma, p) for p in ((1 - mass) / 2, (1 + mass) / 2))
    centre = float(mean.mean())
    return {"mean": centre, "sd": total, "interval_low": low, "interval_high": high}


def _quantile(mean: np.ndarray, sigma: np.ndarray, level: float) -> float:
    ends = mean + ndtri(level) * sigma
    # the mixture's quantile lies between the extreme ones of its parts
    low, high = ends.min() - 1.0, ends.max() + 1.0
    return float(brentq(lambda y: ndtr((y - mean) / sigma).mean() - level, low, high))
