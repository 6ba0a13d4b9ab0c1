"""Leave a participant out by fitting again where importance sampling cannot.

A Pareto k above 0.7 says that the posterior of the others is too far from that of all (Vehtari,
Gelman & Gabry, Statistics and Computing 27 (2017) 1413-1432, section 2.3).  Such points are few,
and a fit of cells costs a fraction of a second.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from enem.check.loo import log_density_without
from enem.check.scores import hyperparameter_columns
from enem.fit.posterior import complete_posterior
from enem.fit.settings import SamplerSettings
from enem.models.cells import CellGrid
from enem.models.priors import Prior
from enem.models.specification import Specification

MOST = 40
"""Fits at most, of the worst points; beyond them a model has other faults."""


def refit_without(
    nodes: pd.DataFrame,
    spec: Specification,
    grid: CellGrid,
    priors: Mapping[str, Prior],
    settings: SamplerSettings,
    threshold: float,
) -> pd.DataFrame:
    """Replace the elpd of unreliable nodes by that of a posterior without them.

    Parameters
    ----------
    nodes
        Table of `enem.check.loo.loo_nodes`.
    spec, grid, priors
        The model, all cells, and priors by parameter name.
    settings
        Sampler settings.
    threshold
        Pareto k up to which importance sampling is relied on.

    Returns
    -------
    pandas.DataFrame
        `nodes` with ``refitted``, true where the model was fitted again; there ``pareto_k`` is 0,
        since nothing is left to approximate.  A node stays as it is when the fit without it has
        divergent steps, or when no row could have been there (between a cell's rows).
    """
    data = spec.data(grid)
    nodes = nodes.assign(refitted=False)
    worst = nodes["pareto_k"][nodes["pareto_k"] > threshold].nlargest(MOST).index
    if worst.empty:
        return nodes
    # imported here: hardly any check has to sample
    from enem.fit.sample import sample_scales

    for index in worst:
        node = nodes.loc[index]
        g = data.school_types.index(node["school_type"])
        b = data.brackets.index(node["income_bracket"])
        rest = without_row(data, g, b, float(node["score"]))
        if rest is None:
            continue
        sampled = sample_scales(spec, rest, priors, settings, cores=1)
        if sampled["sample_stats"]["diverging"].any():
            continue
        tree = complete_posterior(sampled, spec, rest, priors, np.random.default_rng(settings.seed))
        parameters = hyperparameter_columns(tree["posterior"].to_dataset(), spec)
        density = log_density_without(data, parameters, g, b, np.array([node["score"]]))[0]
        nodes.loc[index, "elpd_loo"] = logsumexp(density) - np.log(len(density))
        nodes.loc[index, ["pareto_k", "refitted"]] = 0.0, True
    return nodes


def without_row(data: CellGrid, g: int, b: int, score: float) -> CellGrid | None:
    """Take a row of this score out of a cell; None when the cell cannot hold such a row."""
    n, mean, ss = (getattr(data, name).copy() for name in ("n", "mean", "ss"))
    size, centre = n[g, b], mean[g, b]
    n[g, b] -= 1
    if size == 1:
        mean[g, b] = ss[g, b] = 0.0
        return replace(data, n=n, mean=mean, ss=ss)
    mean[g, b] = (size * centre - score) / (size - 1)
    left = ss[g, b] - size / (size - 1) * (score - centre) ** 2
    # up to rounding, the rows that are left may all be equal
    if left < -1e-9 * ss[g, b]:
        return None
    ss[g, b] = max(left, 0.0)
    return replace(data, n=n, mean=mean, ss=ss)
