"""The five scores of a participant together: correlated errors around lines by school type.

With school type g and the scores of participant i as a vector::

    score_i ~ Normal(intercept_g + slope_g x_i, diag(sigma_g) R diag(sigma_g))

where lines of each score are partially pooled over school types with scales of their own, and R is
one correlation matrix, LKJ a priori.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from enem.compare.describe import STATISTICS, describe
from enem.mixed.priors import Prior, line_prior_mean
from enem.names import MEAN, SCORES
from enem.several.blocks import Block
from enem.several.correlation import CorrelationPrior
from enem.several.model import Model, Priors
from enem.several.moments import Moments, moments_of_rows
from enem.several.posterior import coefficient_draws, dataset, scale_draws
from enem.tabulate.cells import SCHOOL_TYPES_BY_RULE
from enem.tabulate.population import PopulationSettings, select_sample

LINE = ("intercept", "slope")
BLOCKS = (
    Block("intercept", "intercept"),
    Block("slope", "slope", slope=True),
    Block("intercept_school_type", "tau_intercept", own=True),
    Block("slope_school_type", "tau_slope", slope=True, own=True),
)
"""A common line, and the distance of each school type's from it."""

PAIRS = tuple(combinations(range(len(SCORES)), 2))


def joint_moments(
    participants: pd.DataFrame, settings: PopulationSettings, income: pd.DataFrame
) -> Moments:
    """Moments of all scores of those who have every one: the sample of the outcome ``mean``."""
    sample, _ = select_sample(participants, len(participants), 0, settings, MEAN, SCORES)
    x = sample["income_bracket"].map(income.set_index("income_bracket")["x"])
    types = SCHOOL_TYPES_BY_RULE[settings.school_type]
    return moments_of_rows(sample.assign(x=x), BLOCKS, types, SCORES)


def joint_model(moments: Moments, priors: Mapping[str, Prior]) -> Model:
    """Add the priors, each score's the same."""
    fixed = {name: priors[name].arguments["sd"] for name in LINE}
    scales = {name: priors[name] for name in ("tau_intercept", "tau_slope")}
    means, eta = line_prior_mean(priors), priors["correlation"].arguments["eta"]
    return Model(moments, Priors(scales, fixed, means, priors["sigma"], CorrelationPrior(eta)))


def complete_joint(sampled: xr.DataTree, model: Model, rng: np.random.Generator) -> xr.DataTree:
    """Draw the lines, each group's whole.

    Returns
    -------
    xarray.DataTree
        ``intercept``, ``slope`` and the scales (outcome), lines and sigma also by school type, and
        ``correlation`` (pair), labelled ``CN-CH``.
    """
    points = sampled["posterior"]["point"].to_numpy()
    drawn = coefficient_draws(model, points.reshape(-1, points.shape[-1]), rng)
    variables = scale_draws(model, points)
    matrix = variables["correlation"][1]
    first, second = zip(*PAIRS, strict=True)
    variables["correlation"] = (("pair",), matrix[..., list(first), list(second)])
    for name in LINE:
        common = drawn[name][:, 0]
        groups = common[:, None] + drawn[f"{name}_school_type"][:, :, 0]
        variables[name] = (("outcome",), common)
        variables[f"{name}_school_type"] = (("school_type", "outcome"), groups)
    coords = {
        "school_type": list(model.moments.strata),
        "outcome": list(model.moments.outcomes),
        "pair": pair_names(model.moments.outcomes),
    }
    return dataset(variables, coords, sampled)


def pair_names(outcomes: Sequence[str]) -> list[str]:
    """Name every pair of outcomes: ``CN-CH``."""
    return [f"{outcomes[a]}-{outcomes[b]}" for a, b in PAIRS]


def correlation_table(posterior: xr.Dataset, moments: Moments, mass: float) -> pd.DataFrame:
    """Correlation of every two scores, as observed and after income and school type.

    Returns
    -------
    pandas.DataFrame
        ``outcome, other_outcome, observed, mean, sd, interval_low, interval_high, n, definition``.
    """
    # the outcomes are measured from their overall means
    covariance = moments.yy.sum(axis=0)
    spread = np.sqrt(np.diag(covariance))
    rows = []
    for (a, b), pair in zip(PAIRS, pair_names(moments.outcomes), strict=True):
        draws = posterior["correlation"].sel(pair=pair).to_numpy().ravel()
        rows.append(
            {
                "outcome": moments.outcomes[a],
                "other_outcome": moments.outcomes[b],
                "observed": covariance[a, b] / (spread[a] * spread[b]),
                **describe(draws, mass),
                "n": int(moments.n.sum()),
                "definition": "correlation of what income and school type leave of two scores of "
                "a participant; observed: of the scores themselves",
            }
        )
    columns = ["outcome", "other_outcome", "observed", *STATISTICS, "n", "definition"]
    return pd.DataFrame(rows, columns=columns)
