"""Predicted scores of one participant of a chosen school type and family income."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from enem.check.scores import cell_parameters
from enem.compare.asked import Asked, percentile, profile_group, score_above
from enem.compare.describe import describe
from enem.compare.gaps import expected_at
from enem.models.cells import CellGrid
from enem.models.specification import Specification

LEVELS = (0.1, 0.5, 0.9)
ALL = "all"


def profile_effects(
    posterior: xr.Dataset, spec: Specification, grid: CellGrid, mass: float, asked: Asked
) -> Iterator[dict]:
    """Rows of the table of effects, for every profile whose school type has participants.

    A model without school types predicts each income once, for ``all``.
    """
    _, sigma = cell_parameters(posterior, spec, grid)
    for school_type, g, income in _groups(spec, grid, asked):
        mean = expected_at(posterior, spec, grid, asked, income)[:, g]
        group = profile_group(school_type, income)
        for row in _rows(mean, sigma[:, g], mass, asked):
            yield {"group": group, **row}


def _groups(spec: Specification, grid: CellGrid, asked: Asked) -> list[tuple[str, int, float]]:
    """List name, position on the grid and income of the profiles that the model predicts."""
    if not spec.by_school_type:
        return [(ALL, 0, income) for income in dict.fromkeys(p.income for p in asked.profiles)]
    present = {name: g for g, name in enumerate(grid.school_types) if grid.participants[g] > 0}
    wanted = [p for p in asked.profiles if p.school_type in present]
    return [(p.school_type, present[p.school_type], p.income) for p in wanted]


def _rows(mean: np.ndarray, sigma: np.ndarray, mass: float, asked: Asked) -> Iterator[dict]:
    points = {"unit": "points"}
    yield {
        **points,
        "effect": "profile_mean",
        "contrast": "expected score",
        **describe(mean, mass),
        "definition": "mean score of the participants of this school type and family income",
    }
    yield {
        **points,
        "effect": "profile_score",
        "contrast": "score of one participant",
        **predicted(mean, sigma, mass),
        "definition": "score of one participant, drawn anew: mean, sd and interval hold how much "
        "participants differ as well as the uncertainty of their mean",
    }
    for level in LEVELS:
        yield {
            **points,
            "effect": "profile_percentile",
            "contrast": percentile(level),
            **describe(mean + ndtri(level) * sigma, mass),
            "definition": f"score that {level:.0%} of these participants stay below, "
            "scores taken as normal around their mean",
        }
    for threshold in asked.score_thresholds:
        yield {
            "effect": "profile_above",
            "contrast": score_above(threshold),
            "unit": "probability",
            **describe(ndtr((mean - threshold) / sigma), mass),
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
