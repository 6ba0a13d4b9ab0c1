"""Leaving out a participant, and leaving out a whole group, by importance sampling of the scales.

What is left out is known in closed form given the scales (`enem.check.leave_out`), so weights
depend on few and well-informed parameters: a school of one participant would else give a Pareto k
near 1.  Schools left out are schools of which nothing is known but who goes there.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from enem.check import nodes as node_places
from enem.check.leave_out import (
    Conditionals,
    conditionals,
    group_densities,
    leave_out_scores,
    participant_moments,
)
from enem.check.nodes import place_nodes
from enem.check.psis import leave_out
from enem.mixed.design import Design
from enem.mixed.packing import pack, prior_means
from enem.mixed.priors import Prior
from enem.mixed.rows import participant_rows, scale_values

DRAWS = 500
"""Draws of the scales that are used; evenly spaced ones, so nearly independent."""


class LeftOut(NamedTuple):
    """What a model expects of those whom it has not seen.

    Attributes
    ----------
    participants
        ``elpd_loo, lppd, pareto_k``, a row each, in their order.
    groups
        ``municipality, school, school_type, n, elpd, pareto_k``, a row each finest group.
    """

    participants: pd.DataFrame
    groups: pd.DataFrame


def leave_out_all(
    posterior: xr.Dataset,
    design: Design,
    priors: Mapping[str, Prior],
    participants: pd.DataFrame,
) -> LeftOut:
    """Leave out every participant, and every finest group.

    Parameters
    ----------
    posterior
        Draws of the model's parameters.
    design, priors
        The model.
    participants
        ``municipality, school, school_type, income_bracket``, further factors, ``score``.
    """
    values = scale_values(posterior, design)
    used = values[thinned(len(values), DRAWS)]
    given = conditionals(design, pack(design, priors), prior_means(design, priors), used)
    density = group_densities(given)
    elpd, k = leave_out(density)
    groups = design.groups.assign(elpd=elpd, pareto_k=k)
    return LeftOut(leave_out_participants(given, participants), groups)


def thinned(count: int, most: int) -> np.ndarray:
    """Evenly spaced draws, all of them where they are no more than wanted."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def leave_out_participants(given: Conditionals, participants: pd.DataFrame) -> pd.DataFrame:
    """Leave out every participant; see `LeftOut`."""
    design = given.design
    row = participant_rows(design, participants)
    kinds, kind = kinds_of_rows(design)
    places = place_nodes(kind[row], participants["score"].to_numpy(float), node_places.FEW)
    nodes = evaluate(given, kinds, places.kind, places.score)
    return pd.DataFrame({name: places.at_participants(values) for name, values in nodes.items()})


def kinds_of_rows(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Leaf and pattern of each kind of participants, (2, K), and each row's kind.

    What a model expects of participants depends on nothing else.
    """
    code = design.leaf * len(design.patterns) + design.pattern
    found, kind = np.unique(code, return_inverse=True)
    return np.stack(np.divmod(found, len(design.patterns))), np.ravel(kind)


def evaluate(
    given: Conditionals, kinds: np.ndarray, kind: np.ndarray, score: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute ``elpd_loo, lppd, pareto_k`` at scores of kinds of participants, sorted by kind."""
    found, leaf_sigma = np.empty((3, len(kind))), given.design.leaf_sigma
    for some, mean, variance in participant_moments(given, *kinds):
        place = np.full(kinds.shape[1], -1)
        place[some] = np.arange(len(some))
        here = np.flatnonzero(place[kind] >= 0)
        sigma = np.ascontiguousarray(given.sigma[:, leaf_sigma[kinds[0, some]]].T)
        moments = mean, variance
        found[:, here] = leave_out_scores(score[here], place[kind[here]], moments, sigma)
    return dict(zip(("elpd_loo", "lppd", "pareto_k"), found, strict=True))
