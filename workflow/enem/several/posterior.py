"""Complete sampled sigmas and scales to all coefficients, under names that people read."""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from enem.mixed.posterior import STATISTICS
from enem.several.blocks import slices
from enem.several.effects import draw_effects
from enem.several.likelihood import condition, errors_of
from enem.several.model import Model

AT_ONCE = 100
"""Draws whose coefficients are drawn together: bounds memory."""


def scale_draws(model: Model, points: np.ndarray) -> dict[str, tuple[tuple, np.ndarray]]:
    """Give sigma, the scales and the correlation of points (chain, draw, dimension), with dims."""
    sigma, scales, rest = model.unpack(points)
    kept = {"sigma": (("school_type", "outcome"), sigma)}
    for row, name in enumerate(model.priors.scales):
        kept[name] = (("outcome",), scales[..., row, :])
    return kept | {"correlation": (("outcome", "other_outcome"), model.correlations(rest))}


def coefficient_draws(
    model: Model, points: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw every block's coefficients from their Gaussian conditional.

    Parameters
    ----------
    model
        The model that was sampled.
    points
        Draws, (draws, dimension).
    rng
        Source of the draws.

    Returns
    -------
    dict
        By block, points: own ones (draws, G, width, m), shared ones (draws, width, m), the prior
        means added.
    """
    pieces = list(_coefficients(model, points, rng))
    own = np.concatenate([piece[0] for piece in pieces])
    shared = np.concatenate([piece[1] for piece in pieces])
    where, q = slices(model.moments.blocks), model.moments.own
    draws = {}
    for block in model.moments.blocks:
        columns = where[block.name]
        if block.own:
            draws[block.name] = own[:, :, columns]
        else:
            draws[block.name] = shared[:, columns.start - q : columns.stop - q]
        draws[block.name] = draws[block.name] + model.priors.means.get(block.name, 0.0)
    return draws


def _coefficients(
    model: Model, points: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    m, q = len(model.moments.outcomes), model.moments.own
    for start in range(0, len(points), AT_ONCE):
        sigma, scales, rest = model.unpack(points[start : start + AT_ONCE])
        errors = errors_of(sigma, model.correlations(rest))
        scale = model.column_scales(scales)
        own, shared = draw_effects(condition(model.data, errors, scale), rng)
        own = own.reshape(*own.shape[:-1], q, m) * scale[:, None, :q]
        yield own, shared.reshape(len(shared), -1, m) * scale[:, q:]


def dataset(
    variables: Mapping[str, tuple[tuple, np.ndarray]],
    coords: Mapping[str, list],
    sampled: xr.DataTree,
) -> xr.DataTree:
    """Put draws of variables beside the sampler's statistics.

    Parameters
    ----------
    variables
        Dims besides chain and draw, and values whose first dimensions are (chain, draw) or their
        product.
    coords
        Labels of the dims.
    sampled
        Of `enem.several.sample.sample`.
    """
    points = sampled["posterior"]["point"]
    shape = (points.sizes["chain"], points.sizes["draw"])
    labels = {"chain": points["chain"].to_numpy(), "draw": points["draw"].to_numpy(), **coords}
    made = {}
    for name, (dims, values) in variables.items():
        shaped = values.reshape(*shape, *(len(labels[dim]) for dim in dims))
        made[name] = (("chain", "draw", *dims), shaped)
    used = {dim for dims, _ in made.values() for dim in dims}
    posterior = xr.Dataset(made, {dim: labels[dim] for dim in labels if dim in used})
    statistics = sampled["sample_stats"].to_dataset()
    kept = [name for name in STATISTICS if name in statistics]
    return xr.DataTree.from_dict(
        {"posterior": posterior, "sample_stats": statistics[kept].drop_attrs()}
    )
