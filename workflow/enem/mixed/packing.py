"""A design and priors as the one array of numbers that the compiled density reads."""

from collections.abc import Mapping
from math import log, pi

import numpy as np

from enem.mixed.coordinates import FAMILIES, LOG, SOFTPLUS, TANH
from enem.mixed.correlation import lkj_powers
from enem.mixed.design import Design, added_up
from enem.mixed.priors import CORRELATION, Prior
from enem.mixed.specification import MUNICIPALITY, SCHOOL, level_scale
from enem.mixed.unpacking import HEAD


def pack(design: Design, priors: Mapping[str, Prior]) -> np.ndarray:
    """Arrange a design and its priors as `enem.mixed.unpacking.unpack` reads them.

    Scores enter as their distance from the prior means of the common coefficients.

    Parameters
    ----------
    design
        Columns and sums.
    priors
        By key of config.yaml, points.

    Returns
    -------
    ndarray
        Contiguous, its length first.
    """
    spec, size, m = design.spec, len(design.coefficients), len(design.spec.outcomes)
    mean = design.mean.reshape(-1, m) - prior_line(design, priors)[:, None]
    within = _within(design, mean)
    pairs, of_pairs, shared, starts = _tables(design, mean)
    leaf_n = design.leaf_n
    constant = -0.5 * m * (leaf_n.sum() * log(2 * pi) + np.log(leaf_n).sum())
    of_levels = [_scale_index(design, level) for level in (SCHOOL, MUNICIPALITY)]
    head = [len(design.sigma_labels), len(spec.scales), size, design.common]
    head += [len(of_pairs[0]), len(shared["pair"]), len(starts) - 1, *of_levels, constant, m]
    parts = [
        _coordinates(design, priors),
        [of.scale for of in design.coefficients],
        [_known_sd(of.scale, priors[of.prior]) for of in design.coefficients],
        *within,
        of_pairs,
        *pairs,
        *(shared[name] for name in ("pair", "mean", "columns")),
        starts,
    ]
    flat = np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])
    return np.concatenate([[HEAD + len(flat)], head, flat])


def prior_means(design: Design, priors: Mapping[str, Prior]) -> np.ndarray:
    """Prior mean of each coefficient, (P,); 0 for those that vary by a factor."""
    return np.array(
        [priors[of.prior].arguments["mean"] if of.scale < 0 else 0.0 for of in design.coefficients]
    )


def prior_line(design: Design, priors: Mapping[str, Prior]) -> np.ndarray:
    """Expected score of each row at the prior means of the coefficients, points, (R,)."""
    return (design.patterns @ prior_means(design, priors))[design.pattern]


def prior_numbers(prior: Prior) -> tuple[float, float, float]:
    """Family and arguments as `enem.mixed.coordinates.log_prior` takes them."""
    family, a = FAMILIES.index(prior.family), prior.arguments
    if prior.family == "half_normal":
        return family, a["sd"], 0.0
    if prior.family == "half_student_t":
        return family, a["scale"], a["df"]
    return family, log(a["median"]), a["log_sd"]


def _scale_index(design: Design, level: str) -> int:
    return design.spec.scales.index(level_scale(level)) if level in design.spec.levels else -1


def _known_sd(scale: int, prior: Prior) -> float:
    return prior.arguments["sd"] if scale < 0 else 0.0


def _coordinates(design: Design, priors: Mapping[str, Prior]) -> np.ndarray:
    sigma, m = priors["sigma"], len(design.spec.outcomes)
    numbers = [(*prior_numbers(sigma), LOG, sigma.typical)] * (len(design.sigma_labels) * m)
    for scale in design.spec.scales:
        prior = priors[design.spec.scale_priors[scale]]
        # a prior with a heavy tail would have it on a linear scale too
        kind = SOFTPLUS if prior.family == "half_normal" else LOG
        numbers += [(*prior_numbers(prior), kind, prior.typical)] * m
    if m > 1:
        powers = lkj_powers(priors[CORRELATION].arguments["eta"], m)
        of_matrix = [(FAMILIES.index("lkj"), power, 0.0, TANH, 1.0) for power in powers]
        numbers += of_matrix * (1 + len(design.spec.levels))
    return np.transpose(numbers)


def _upper(matrices: np.ndarray) -> np.ndarray:
    """Upper triangles of symmetric matrices, row by row."""
    rows, columns = np.triu_indices(matrices.shape[-1])
    return matrices[..., rows, columns]


def _outer(values: np.ndarray) -> np.ndarray:
    """Products of every two outcomes, (R, m) to (R, m, m)."""
    return values[:, :, None] * values[:, None, :]


def _within(design: Design, mean: np.ndarray) -> tuple[np.ndarray, ...]:
    """Degrees of freedom, squares, products and matrices around the leaves' means, per sigma."""
    groups, size = len(design.sigma_labels), len(design.coefficients)
    of_leaf = design.leaf_means(mean)
    distance = mean - of_leaf[design.leaf]
    row_sigma = design.leaf_sigma[design.leaf]
    freedom = np.bincount(design.leaf_sigma, design.leaf_n - 1, groups)
    m = mean.shape[1]
    around = design.ss.reshape(-1, m, m) + _outer(distance) * design.n[:, None, None]
    squares = added_up(row_sigma, around, groups)
    products, matrices = (np.zeros((groups, size, width)) for width in (m, size))
    for some in np.array_split(np.arange(len(mean)), max(1, len(mean) * size // 2_000_000)):
        columns = design.patterns[design.pattern[some]] - design.leaf_columns[design.leaf[some]]
        for g in range(groups):
            here = row_sigma[some] == g
            weighted = columns[here].T * design.n[some][here]
            products[g] += weighted @ distance[some][here]
            matrices[g] += weighted @ columns[here]
    return freedom, squares, products, _upper(matrices)


def _tables(
    design: Design, mean: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Sums over leaves of one sigma and size, and the leaves that share a municipality."""
    leaf_n, leaf_y, leaf_x = design.leaf_n, design.leaf_means(mean), design.leaf_columns
    municipal = MUNICIPALITY in design.spec.levels
    place = design.leaf_municipality
    shares = np.bincount(place)[place] > 1 if municipal else np.zeros(len(place), bool)
    alone = municipal & ~shares
    keys = np.stack([design.leaf_sigma, leaf_n, alone])
    of_pairs, pair = np.unique(keys, axis=1, return_inverse=True)
    pair = np.ravel(pair)
    count = of_pairs.shape[1]
    size, m = leaf_x.shape[1], mean.shape[1]
    products, matrices = np.zeros((count, size, m)), np.zeros((count, size * (size + 1) // 2))
    for some in np.array_split(np.arange(len(leaf_n)), max(1, len(leaf_n) * size // 20_000)):
        x = leaf_x[some]
        np.add.at(products, pair[some], x[:, :, None] * leaf_y[some][:, None, :])
        np.add.at(matrices, pair[some], _upper(_outer(x)))
    squares = added_up(pair, _outer(leaf_y), count).reshape(count, -1).T
    table = np.stack([*of_pairs, np.bincount(pair, minlength=count), *squares])
    order = np.flatnonzero(shares)[np.argsort(place[shares], kind="stable")]
    starts = np.flatnonzero(np.diff(place[order], prepend=-1, append=-1)) if len(order) else [0]
    shared = {"pair": pair[order], "mean": leaf_y[order], "columns": leaf_x[order]}
    return (products, matrices), table, shared, np.asarray(starts)
