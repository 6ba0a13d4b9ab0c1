"""The posterior of a model with covariates, lines at the participants' own mix of them."""

import numpy as np
import xarray as xr

from enem.models.specification import Specification
from enem.wide.blocks import slices
from enem.wide.covariates import levels_of
from enem.wide.model import WideModel
from enem.wide.moments import Moments
from enem.wide.posterior import coefficient_draws, dataset, scale_draws
from enem.wide.structure import EFFECT


def complete_posterior(
    sampled: xr.DataTree, spec: Specification, model: WideModel, rng: np.random.Generator
) -> xr.DataTree:
    """Draw the coefficients and name them as `enem.fit.posterior` names those without covariates.

    Only sums of a line and the covariates' levels are known, so the effects of each covariate are
    given around their mean over the participants, and the intercepts at that mean: the expected
    score is the same, and each number has a meaning of its own.

    Parameters
    ----------
    sampled
        Draws of the sigmas and scales.
    spec, model
        Of the same model.
    rng
        Source of the exact conditional draws.

    Returns
    -------
    xarray.DataTree
        As `enem.fit.posterior.complete_posterior` without ``observed_data``, and
        ``effect_{covariate}`` (chain, draw, covariate).
    """
    points = sampled["posterior"]["point"].to_numpy()
    drawn = coefficient_draws(model, points.reshape(-1, points.shape[-1]), rng)
    drawn = {name: values[..., 0] for name, values in drawn.items()}
    variables, moved = {}, 0.0
    coords = {}
    for name, shares in level_shares(model.moments).items():
        covariate = name.removeprefix(EFFECT)
        mean = drawn[name] @ shares
        variables[name] = ((covariate,), drawn[name] - mean[:, None])
        coords[covariate] = list(levels_of(covariate))
        moved = moved + mean
    line = {"intercept": drawn["intercept"][:, 0] + moved, "slope": drawn["slope"][:, 0]}
    named = {name: ((), values) for name, values in line.items()}
    if spec.by_school_type:
        coords["school_type"] = list(model.moments.strata)
        for name, values in line.items():
            total = values[:, None] + drawn[f"{name}_school_type"][..., 0]
            named[f"{name}_school_type"] = (("school_type",), total)
    if spec.deviation_scale:
        (block,) = (b for b in model.moments.blocks if b.name == "deviation")
        coords["income_bracket"] = list(block.levels)
        groups = ("school_type",) if spec.by_school_type else ()
        named["deviation"] = ((*groups, "income_bracket"), drawn["deviation"])
    return dataset(scale_draws(model, points) | named | variables, coords, sampled)


def level_shares(moments: Moments, strata: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Share of participants at each level of each covariate, by the name of its effects.

    Parameters
    ----------
    moments
        Of a design with an intercept.
    strata
        Which strata to count (boolean, (G,)); all by default.
    """
    where = slices(moments.blocks)
    chosen = moments.xx if strata is None else moments.xx[strata]
    counts = chosen[:, where["intercept"].start].sum(axis=0)
    total = counts[where["intercept"].start]
    return {
        name: counts[columns] / total for name, columns in where.items() if name.startswith(EFFECT)
    }
