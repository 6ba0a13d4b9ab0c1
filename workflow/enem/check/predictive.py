"""What a model replicates: scores by school type, and how schools and municipalities differ.

Means and sds of scores are replicated in the schools of the file, as the posterior has them
(posterior predictive).  How schools and municipalities differ is replicated with schools drawn anew
from the model's levels (mixed predictive: Marshall & Spiegelhalter, Statistics in Medicine 22
(2003) 1649-1660): with their own effects, which were fitted to them, any level would do.  A row of
sums has a mean that is Normal(expected, sigma / sqrt(n)) and a sum of squares that is sigma^2 times
a chi-square of n - 1 degrees of freedom, independently (Cochran's theorem).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from enem.check.grouping import Grouping, grouping_of
from enem.mixed.design import Design
from enem.mixed.rows import coefficient_values, level_variances, scale_values

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


@dataclass(frozen=True)
class Draws:
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
        Posterior of `enem.mixed.posterior`.
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
    parts = [statistics_of(draws, design, grouping, rng) for draws in _draws(tree, design)]
    rows = []
    for place, group in enumerate(grouping.labels):
        for statistic in parts[0]:
            observed, replicated = (
                np.concatenate([part[statistic][of][:, place] for part in parts]) for of in (0, 1)
            )
            found = _compare(observed, replicated, mass)
            rows.append({"group": group, "statistic": statistic, **found})
    return pd.DataFrame(rows)


def statistics_of(
    draws: Draws, design: Design, grouping: Grouping, rng: np.random.Generator
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Observed and replicated statistics of each draw, two arrays (S, labels) each."""
    fitted = draws.line + draws.group[:, design.group]
    anew = draws.line + grouping.new_effects(draws.variance, rng)[:, design.group]
    noise = draws.sigma / np.sqrt(design.n) * rng.standard_normal(fitted.shape)
    ss = draws.sigma**2 * _chi_square(design.n - 1, len(fitted), rng)
    shape = fitted.shape
    mean, own = np.broadcast_to(design.mean, shape), np.broadcast_to(design.ss, shape)
    of_scores = zip(grouping.scores(mean, own), grouping.scores(fitted + noise, ss), strict=True)
    found = dict(zip(SCORES, of_scores, strict=True))
    pairs = [(mean, own, mean), (anew + noise, ss, fitted + noise)]
    of_groups = [
        {
            "sd_group_means": grouping.sd_of_groups(scores),
            "sd_municipality_means": grouping.sd_of_municipalities(scores),
            "intraclass_correlation": grouping.intraclass(scores - draws.line, squares),
            "group_residuals": grouping.residuals(in_these - fitted, draws.sigma),
        }
        for scores, squares, in_these in pairs
    ]
    return found | {name: tuple(of[name] for of in of_groups) for name in OF_GROUPS}


def _chi_square(freedom: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    found = np.zeros((draws, len(freedom)))
    some = freedom > 0
    found[:, some] = 2 * rng.standard_gamma(freedom[some] / 2, (draws, some.sum()))
    return found


def _draws(tree: xr.DataTree, design: Design) -> Iterator[Draws]:
    posterior = tree["posterior"].to_dataset()
    values, coefficients = scale_values(posterior, design), coefficient_values(posterior, design)
    levels = tree["levels"].to_dataset()
    kept = levels["sample"].to_numpy() if design.spec.levels else np.arange(len(values))
    position = np.unique(np.linspace(0, len(kept) - 1, min(len(kept), DRAWS)).round().astype(int))
    effects = np.zeros((len(position), len(design.groups)))
    for level in design.spec.levels:
        effects += levels[level].to_numpy()[position]
    row_sigma = design.leaf_sigma[design.leaf]
    parts = max(1, len(position) * len(design.n) // AT_ONCE)
    for some in np.array_split(np.arange(len(position)), parts):
        at = kept[position[some]]
        yield Draws(
            (coefficients[at] @ design.patterns.T)[:, design.pattern],
            effects[some],
            values[at][:, row_sigma],
            level_variances(values[at], design),
        )


def _compare(observed: np.ndarray, draws: np.ndarray, mass: float) -> dict[str, float | None]:
    blank = dict.fromkeys(("replicated_mean", "replicated_low", "replicated_high", "p_value"))
    if not (np.isfinite(observed).all() and np.isfinite(draws).all()):
        return {"observed": None, **blank}
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2])
    above, below = (draws >= observed).mean(), (draws <= observed).mean()
    return {
        "observed": float(observed.mean()),
        "replicated_mean": float(draws.mean()),
        "replicated_low": float(low),
        "replicated_high": float(high),
        "p_value": float(min(1.0, 2 * min(above, below))),
    }
