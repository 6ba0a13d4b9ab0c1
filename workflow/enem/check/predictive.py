"""What a model replicates: scores by school type, and how schools and municipalities differ.

Means and sds of scores are replicated in the schools of the file, as the posterior has them
(posterior predictive).  How schools and municipalities differ is replicated with schools drawn anew
from the model's levels (mixed predictive: Marshall & Spiegelhalter, Statistics in Medicine 22
(2003) 1649-1660): with their own effects, which were fitted to them, any level would do.  A row of
sums has a mean that is Normal(expected, sigma / sqrt(n)) and a sum of squares that is sigma^2 times
a chi-square of n - 1 degrees of freedom, independently (Cochran's theorem).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.grouping import Grouping, grouping_of
from enem.mixed.design import Design
from enem.mixed.rows import coefficient_values, evenly_spaced, level_variances, scale_values

DRAWS = 2000
"""Draws that are replicated, evenly spaced."""

AT_ONCE = 1_000_000
"""Numbers of one array that are held at once."""

SCORES = ("mean", "sd")
OF_GROUPS = (
    "sd_group_means",
    "sd_municipality_means",
    "intraclass_correlation",
    "group_residuals",
)
"""Statistics of scores, and of how groups differ: sd of the finest groups' means; of
municipalities' means; ANOVA's intraclass correlation of residuals from the lines; root mean square
of what groups' means are away from what is expected of them, in standard errors."""


class Draws(NamedTuple):
    """Draws of what rows are replicated from.

    Attributes
    ----------
    line
        Expected scores of rows without effects of groups, (S, R).
    group
        Effects of the finest groups, their municipalities' included, points, (S, F).
    sigma
        Of rows, (S, R).
    variance
        Of the intercepts of municipalities and of schools, (2, S).
    """

    line: np.ndarray
    group: np.ndarray
    sigma: np.ndarray
    variance: np.ndarray


def predictive_table(
    tree: xr.DataTree, design: Design, mass: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Hold observed statistics against replications, by school type and for all.

    Parameters
    ----------
    tree
        Posterior of `enem.mixed.fit`.
    design
        Of the same model.
    mass
        Probability of intervals of replications.
    rng
        Source of the replications.

    Returns
    -------
    pandas.DataFrame
        ``group, statistic, observed, replicated_mean, replicated_low, replicated_high,
        p_value``: p is the two-sided predictive tail probability, blank where the statistic is
        undefined.  The last two of `OF_GROUPS` depend on parameters too: of the observed ones the
        mean over draws stands in the table (Gelman, Meng & Stern, Statistica Sinica 6 (1996)
        733-807).
    """
    grouping = grouping_of(design)
    parts = [_statistics(draws, design, grouping, rng) for draws in draws_of(tree, design)]
    whole = {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}
    rows = [
        {"group": group, "statistic": statistic, **_compare(*pair[:, :, place], mass)}
        for place, group in enumerate(grouping.labels)
        for statistic, pair in whole.items()
    ]
    return pd.DataFrame(rows)


def _statistics(
    draws: Draws, design: Design, grouping: Grouping, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Observed and replicated statistics of each draw, (2, S, labels)."""
    fitted = draws.line + draws.group[:, design.group]
    anew = draws.line + grouping.new_effects(draws.variance, rng)[:, design.group]
    noise = draws.sigma / np.sqrt(design.n) * rng.standard_normal(fitted.shape)
    ss, some = np.zeros(fitted.shape), design.n > 1
    gamma = rng.standard_gamma((design.n[some] - 1) / 2, (len(fitted), some.sum()))
    ss[:, some] = draws.sigma[:, some] ** 2 * (2 * gamma)
    mean, own = (np.broadcast_to(of, fitted.shape) for of in (design.mean, design.ss))
    of_scores = np.stack([grouping.scores(mean, own), grouping.scores(fitted + noise, ss)], axis=1)
    pairs = [(mean, own, mean), (anew + noise, ss, fitted + noise)]
    of_groups = [
        (
            grouping.sd_of_groups(scores),
            grouping.sd_of_municipalities(scores),
            grouping.intraclass(scores - draws.line, squares),
            grouping.residuals(in_these - fitted, draws.sigma),
        )
        for scores, squares, in_these in pairs
    ]
    found = [*of_scores, *np.stack(of_groups, axis=1)]
    return dict(zip((*SCORES, *OF_GROUPS), found, strict=True))


def draws_of(tree: xr.DataTree, design: Design, most: int = DRAWS) -> Iterator[Draws]:
    """Yield what rows are replicated from, in parts, of at most so many draws."""
    posterior, levels = tree["posterior"].to_dataset(), tree["levels"].to_dataset()
    values, coefficients = scale_values(posterior, design), coefficient_values(posterior, design)
    kept = levels["sample"].to_numpy() if design.spec.levels else np.arange(len(values))
    position = evenly_spaced(len(kept), most)
    effects = np.zeros((len(position), len(design.groups)))
    for level in design.spec.levels:
        effects += levels[level].to_numpy()[position]
    row_sigma = design.leaf_sigma[design.leaf]
    parts = max(1, len(position) * len(design.n) // AT_ONCE)
    for some in np.array_split(np.arange(len(position)), parts):
        at = kept[position[some]]
        line = (coefficients[at] @ design.patterns.T)[:, design.pattern]
        variance = level_variances(values[at], design)
        yield Draws(line, effects[some], values[at][:, row_sigma], variance)


def _compare(observed: np.ndarray, draws: np.ndarray, mass: float) -> dict[str, float | None]:
    names = ("observed", "replicated_mean", "replicated_low", "replicated_high", "p_value")
    if not (np.isfinite(observed).all() and np.isfinite(draws).all()):
        return dict.fromkeys(names)
    ends = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2])
    p = min(1.0, 2 * min((draws >= observed).mean(), (draws <= observed).mean()))
    numbers = (observed.mean(), draws.mean(), *ends, p)
    return dict(zip(names, map(float, numbers), strict=True))
