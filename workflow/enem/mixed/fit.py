"""Fit one mixed model: draw its scales, then everything that was integrated out, by name."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from enem.mixed.correlation import correlation_matrices
from enem.mixed.design import GROUP_COLUMNS, Design
from enem.mixed.draw import Effects, draw_effects
from enem.mixed.expected import Expected, expected_scores
from enem.mixed.packing import pack
from enem.mixed.priors import CORRELATION, Prior
from enem.mixed.rows import level_variances
from enem.mixed.settings import SamplerSettings
from enem.mixed.specification import CELL

SAMPLE = ("chain", "draw")
STATISTICS = ("diverging", "energy", "logp", "lp", "depth", "tree_depth", "n_steps", "step_size")
"""Sampler statistics that are kept, of those that an engine reports."""

AT_ONCE = 4_000_000
"""Numbers of group effects drawn at once."""

KEPT_EFFECTS = 16_000_000
"""Numbers of group effects that are kept; where there are more, every k-th draw is."""


def fit(
    design: Design,
    priors: Mapping[str, Prior],
    settings: SamplerSettings,
    cores: int,
) -> xr.DataTree:
    """Draw from the posterior of one model.

    Parameters
    ----------
    design
        Columns, groups and sums.
    priors
        By key of config.yaml, points.
    settings
        Sampler settings; their seed also feeds the exact draws.
    cores
        Chains that run at once.

    Returns
    -------
    xarray.DataTree
        As `complete_posterior` describes it.
    """
    packed = pack(design, priors)
    rng = np.random.default_rng([settings.seed, sum(map(ord, design.spec.name))])
    with threadpool_limits(1):  # matrices are small, and chains are what runs side by side
        if settings.engine == "pymc":
            # imported here: the usual way does without PyMC, whose import takes seconds
            from enem.mixed import pymc_model

            sampled = pymc_model.draw_scales(design, priors, settings, cores)
        else:
            from enem.mixed.sample import draw_scales

            sampled = draw_scales(packed, settings, cores)
        return complete_posterior(sampled, design, packed, priors, rng)


def complete_posterior(
    sampled: xr.DataTree,
    design: Design,
    packed: np.ndarray,
    priors: Mapping[str, Prior],
    rng: np.random.Generator,
) -> xr.DataTree:
    """Draw everything that was integrated out, given each draw of the scales.

    Parameters
    ----------
    sampled
        Of `enem.mixed.sample.draw_scales`.
    design, packed, priors
        Of the same model.
    rng
        Source of the exact conditional draws.

    Returns
    -------
    xarray.DataTree
        ``posterior`` (chain, draw, ...): common coefficients, scales, ``sigma``, and of every
        factor its coefficients, those of school types as whole lines; ``expected``
        (chain, draw, school_type, income_bracket), see `enem.mixed.expected`; ``levels``
        (sample, group): effects of levels on each finest group, at the draws ``sample``;
        ``sample_stats``; ``observed_data`` with the cells.  Of several outcomes all have an axis
        ``outcome``, last, ``posterior`` has the ``correlation`` (pair) of errors and, as
        ``correlation_school``, of each level, and there are no cells.
    """
    draws = sampled["posterior"]["value"]
    shape = (draws.sizes["chain"], draws.sizes["draw"])
    values = draws.to_numpy().reshape(-1, draws.shape[-1])
    effects, kept, expected = _in_parts(values, design, priors, packed, rng)
    arrays = _scale_variables(design, values) | _coefficient_variables(design, effects)
    statistics = sampled["sample_stats"].to_dataset()
    names = [name for name in STATISTICS if name in statistics]
    groups = {
        "posterior": _draws(arrays, shape, design),
        "levels": _level_dataset(design, kept),
        "sample_stats": statistics[names].drop_attrs(),
    }
    if expected is not None:
        of_cells = {name: (CELL, of) for name, of in expected._asdict().items()}
        groups["expected"] = _draws(of_cells, shape, design)
        groups["observed_data"] = _observed(design)
    return xr.DataTree.from_dict(groups)


def _in_parts(
    values: np.ndarray,
    design: Design,
    priors: Mapping[str, Prior],
    packed: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, tuple[np.ndarray, Effects], Expected | None]:
    """Draw coefficients, effects of groups at some draws, and expected scores, in small parts."""
    numbers = len(design.leaf_sigma) + len(design.groups) + len(design.patterns)
    numbers *= len(design.spec.outcomes)
    every = -(-len(values) * numbers // KEPT_EFFECTS)
    parts, kept, expected = [], [], []
    for some in np.array_split(np.arange(len(values)), -(-len(values) * numbers // AT_ONCE)):
        effects = draw_effects(values[some], design, priors, packed, rng)
        if not design.spec.several:
            _, schools = level_variances(values[some], design)
            expected.append(expected_scores(effects, schools, design, rng))
        parts.append(effects.coefficients)
        kept.append(Effects(*(array[some % every == 0] for array in effects)))
    at = np.arange(0, len(values), every)
    joined = Effects(*map(np.concatenate, zip(*kept, strict=True)))
    whole = Expected(*map(np.concatenate, zip(*expected, strict=True))) if expected else None
    return np.concatenate(parts), (at, joined), whole


Variables = dict[str, tuple[tuple[str, ...], np.ndarray]]
"""Dims beyond the sample's, and values (S, ...)."""


def _outcome_axis(design: Design) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Dim and size of the axis of outcomes, nothing of a single one."""
    spec = design.spec
    return (("outcome",), (len(spec.outcomes),)) if spec.several else ((), ())


def _scale_variables(design: Design, values: np.ndarray) -> Variables:
    spec, (dims, sizes) = design.spec, _outcome_axis(design)
    m, groups = len(spec.outcomes), len(design.sigma_labels)
    ends = np.cumsum([groups * m, *(m for _ in spec.scales)])
    first, *scales, partial = np.split(values, ends, axis=1)
    found: Variables = {
        name: (dims, of.reshape(-1, *sizes)) for name, of in zip(spec.scales, scales, strict=True)
    }
    sigma = first.reshape(-1, groups, *sizes)
    by_type = spec.sigma_by_school_type
    found["sigma"] = (("school_type", *dims), sigma) if by_type else (dims, sigma[:, 0])
    if spec.several:
        pairs = (slice(None), *np.triu_indices(m, 1))
        names = [CORRELATION, *(f"{CORRELATION}_{level}" for level in spec.levels)]
        for name, of in zip(names, np.split(partial, len(names), axis=1), strict=True):
            found[name] = (("pair",), correlation_matrices(of, m)[pairs])
    return found


def _coefficient_variables(design: Design, values: np.ndarray) -> Variables:
    """Name coefficients (S, P) or (S, P, m); lines of school types are whole lines."""
    names = np.array([of.variable for of in design.coefficients])
    values = np.einsum("pq,sq...->sp...", design.lines, values)
    variables: Variables = {}
    of_outcomes, outcomes = _outcome_axis(design)
    for common in design.spec.common:
        here = values[:, names == common.variable]
        dims = (f"{common.variable}_level",) if common.categorical else ()
        variables[common.variable] = ((*dims, *of_outcomes), here if dims else here[:, 0])
    for block in design.spec.blocks:
        here = values[:, names == block.variable]
        sizes = [len(design.labels[name]) for name in block.factor]
        dims = (*(_dim(name, design) for name in block.factor), *of_outcomes)
        variables[block.variable] = (dims, here.reshape(-1, *sizes, *outcomes))
    return variables


def _dim(factor: str, design: Design) -> str:
    """Dimension of a factor's levels; a covariate's own name is that of its coefficients."""
    if factor in CELL:
        return factor
    # that of common coefficients lacks the reference
    common = any(of.column == factor for of in design.spec.common)
    return f"{factor}_all" if common else f"{factor}_level"


def _draws(arrays: Variables, shape: tuple[int, int], design: Design) -> xr.Dataset:
    """Arrange draws (S, ...) by chain, with the labels of the dimensions that they have."""
    outcomes = design.spec.outcomes
    labels = {name: np.arange(size) for name, size in zip(SAMPLE, shape, strict=True)}
    labels |= {_dim(name, design): list(of) for name, of in design.labels.items()}
    # of a factor in the common part the first level is what the others are compared with
    commons = [of.column for of in design.spec.common if of.categorical]
    labels |= {f"{name}_level": list(design.labels[name][1:]) for name in commons}
    labels["outcome"] = list(outcomes)
    labels["pair"] = [f"{a}-{b}" for a, b in combinations(outcomes, 2)]
    variables = {
        name: ((*SAMPLE, *dims), array.reshape(*shape, *array.shape[1:]))
        for name, (dims, array) in arrays.items()
    }
    used = {dim for dims, _ in variables.values() for dim in dims}
    return xr.Dataset(variables, {dim: of for dim, of in labels.items() if dim in used})


def _level_dataset(design: Design, kept: tuple[np.ndarray, Effects]) -> xr.Dataset:
    """Effects of the model's levels at the kept draws, in single precision."""
    (at, effects), (dims, _) = kept, _outcome_axis(design)
    leaf = design.leaf_of_group
    of_groups = {
        "municipality": effects.municipality[:, design.leaf_municipality][:, leaf],
        "school": effects.leaf[:, leaf],
    }
    arrays = {
        level: (("sample", "group", *dims), of_groups[level].astype(np.float32))
        for level in design.spec.levels
    }
    if not arrays:
        return xr.Dataset()
    names = {
        f"group_{name}": ("group", design.groups[name].astype(str).to_numpy(str))
        for name in GROUP_COLUMNS
    }
    labels = {"outcome": list(design.spec.outcomes)} if dims else {}
    return xr.Dataset(arrays | names, {"sample": at, **labels})


def _observed(design: Design) -> xr.Dataset:
    n = design.cell_sums(design.n)
    mean = design.cell_sums(design.n * design.mean) / np.maximum(n, 1)
    around = design.ss + design.n * (design.mean - mean.ravel()[design.cell]) ** 2
    cells = {"n": n, "mean": mean, "ss": design.cell_sums(around)}
    arrays = {name: (CELL, values) for name, values in cells.items()}
    labels = {name: list(design.labels[name]) for name in CELL}
    return xr.Dataset({**arrays, "x": (CELL[1:], design.x)}, labels)
