"""The compiled density in the form in which nutpie takes models of its own."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import log
from typing import Any

import numpy as np
from nutpie.compile_pymc import CompiledPyMCModel

from enem.fit.density import (
    FAMILIES,
    LOG,
    SCALES,
    SOFTPLUS,
    density_for_nutpie,
    values_for_nutpie,
)
from enem.models.cells import CellGrid
from enem.models.priors import Prior, line_prior_mean, line_prior_sd
from enem.models.specification import Specification

START_SPREAD = 1.0
"""Chains start this far at most from coordinates 0, which stand for values of usual size."""


def compiled_density(
    spec: Specification, data: CellGrid, priors: Mapping[str, Prior]
) -> CompiledPyMCModel:
    """Give nutpie the density of a model's sigmas and scales.

    nutpie compiles a PyMC model anew in every process, which takes longer than sampling it does.
    So it is handed machine code that was compiled once, through the class in which it keeps its
    own; the one variable, ``value``, holds the G sigmas and then the scales, points.

    Parameters
    ----------
    spec
        The model.
    data
        Cells as the model groups them.
    priors
        By parameter name, points.
    """
    of_roles = {spec.role(name): priors[name] for name in spec.scales}
    line = list(line_prior_mean(priors).values())
    packed = pack(data, of_roles, priors["sigma"], line, line_prior_sd(priors))
    size = len(data.school_types) + len(of_roles)
    start = partial(_start, size)
    return nutpie_model("value", size, density_for_nutpie, values_for_nutpie, start, packed)


def nutpie_model(
    name: str,
    size: int,
    density: Any,
    expand: Any,
    start: Callable[[int], np.ndarray],
    data: np.ndarray,
) -> CompiledPyMCModel:
    """Put compiled functions into the class in which nutpie keeps its own.

    Parameters
    ----------
    name
        Of the one variable.
    size
        Of a point, and of the variable.
    density, expand
        Compiled functions as nutpie calls them, with the address of `data` at the end.
    start
        Makes a starting point of a seed.
    data
        Numbers that both read.
    """
    return CompiledPyMCModel(
        dims={},
        compiled_logp_func=density,
        compiled_expand_func=expand,
        initial_point_func=start,
        shared_data={},
        shared_var_keys={},
        user_data=data,
        n_expanded=size,
        shape_info=([name], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
        _n_dim=size,
        _shapes={name: (size,)},
        _coords={},
    )


def _start(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-START_SPREAD, START_SPREAD, size)


def pack(
    data: CellGrid,
    scales: Mapping[str, Prior],
    sigma: Prior,
    line: Sequence[float],
    line_sd: Sequence[float],
) -> np.ndarray:
    """Arrange cells and priors in one array of numbers, as `enem.fit.density` reads them.

    Parameters
    ----------
    data
        Cells as the model groups them, (G, B).
    scales
        Priors of the model's scales, by their names in `SCALES`.
    sigma
        Prior of each sigma.
    line, line_sd
        Prior means of intercept and slope, and their standard deviations, points.
    """
    groups, brackets = data.n.shape
    numbers = [(*prior_numbers(sigma), LOG, sigma.typical)] * groups
    numbers += [
        (*prior_numbers(prior), _coordinate(prior), prior.typical) for prior in scales.values()
    ]
    parts = [
        [groups, brackets, len(scales)],
        [SCALES.index(name) for name in scales],
        np.transpose(numbers),
        line_sd,
        *(data.n, data.mean - line[0] - line[1] * data.x, data.ss, data.x),
    ]
    flat = np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])
    return np.concatenate([[len(flat) + 1.0], flat])


def _coordinate(prior: Prior) -> int:
    # a prior with a heavy tail would have it on a linear scale too
    return SOFTPLUS if prior.family == "half_normal" else LOG


def prior_numbers(prior: Prior) -> tuple[float, float, float]:
    """Family and arguments as `enem.fit.density.log_prior` takes them."""
    family, a = FAMILIES.index(prior.family), prior.arguments
    if prior.family == "half_normal":
        return family, a["sd"], 0.0
    if prior.family == "half_student_t":
        return family, a["scale"], a["df"]
    return family, log(a["median"]), a["log_sd"]
