"""A design and priors as the one array of numbers that the compiled density reads."""

from collections.abc import Callable, Mapping
from math import log, pi

import numpy as np

from enem.mixed.coordinates import FAMILIES, LOG, SOFTPLUS, TANH
from enem.mixed.correlation import lkj_powers
from enem.mixed.design import Design, added_up
from enem.mixed.priors import CORRELATION, Prior
from enem.mixed.specification import MUNICIPALITY, SCHOOL, level_scale
from enem.mixed.unpacking import ALONE, HEAD, SHARED, WITHIN

AT_ONCE = 2_000_000
"""Numbers of rows' columns that are held at once."""


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
    line = design.patterns @ prior_means(design, priors)
    mean = design.mean.reshape(-1, m) - line[design.pattern, None]
    columns, leaf_n = _columns(design), design.leaf_n
    leaf_term, *of_terms = _terms(design, mean, columns)
    leaves, starts = _shared(design)
    constant = -0.5 * m * (leaf_n.sum() * log(2 * pi) + np.log(leaf_n).sum())
    of_levels = [_scale_index(design, level) for level in (SCHOOL, MUNICIPALITY)]
    head = [len(columns), len(spec.scales), size, design.common, of_terms[0].shape[1]]
    head += [len(leaves), len(starts) - 1, *of_levels, constant, m, columns.shape[1]]
    parts = [
        _coordinates(design, priors),
        [of.scale for of in design.coefficients],
        [priors[of.prior].arguments["sd"] if of.scale < 0 else 0 for of in design.coefficients],
        np.maximum(columns, 0),
        *of_terms,
        leaf_term[leaves],
        design.leaf_means(mean)[leaves],
        _used(design.leaf_columns[leaves], columns[design.leaf_sigma[leaves]]),
        starts,
    ]
    flat = np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])
    return np.concatenate([[HEAD + len(flat)], head, flat])


def prior_means(design: Design, priors: Mapping[str, Prior]) -> np.ndarray:
    """Prior mean of each coefficient, (P,); 0 for those that vary by a factor."""
    return np.array(
        [priors[of.prior].arguments["mean"] if of.scale < 0 else 0.0 for of in design.coefficients]
    )


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


def _outer(values: np.ndarray) -> np.ndarray:
    """Products of every two outcomes, (R, m) to (R, m, m)."""
    return values[:, :, None] * values[:, None, :]


def _columns(design: Design) -> np.ndarray:
    """Coefficients whose columns are not 0 in all rows of a sigma group, then -1, (G, A)."""
    of_row, groups = design.leaf_sigma[design.leaf], len(design.sigma_labels)
    patterns = [design.patterns[np.unique(design.pattern[of_row == g])] for g in range(groups)]
    used = [np.flatnonzero(of.any(axis=0)) for of in patterns]
    found = np.full((groups, max(map(len, used))), -1)
    for g, own in enumerate(used):
        found[g, : len(own)] = own
    return found


def _used(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Values of rows (R, P) in the columns that each of them uses, (R, A)."""
    found = np.take_along_axis(values, np.maximum(columns, 0), axis=1)
    return np.where(columns < 0, 0.0, found)


def _terms(
    design: Design, mean: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Term of each leaf; of the terms their table, products and matrices."""
    leaf_n, leaf_y, leaf_sigma = design.leaf_n, design.leaf_means(mean), design.leaf_sigma
    leaf_x, (groups, width), m = design.leaf_columns, columns.shape, mean.shape[1]
    within = np.stack([np.arange(groups), np.full(groups, WITHIN), np.ones(groups)])
    kind = np.where(_sharing(design) == 1, ALONE, SHARED)
    keys = np.hstack([within, np.stack([leaf_sigma, kind, leaf_n])])
    (sigma, kinds, sizes), term = np.unique(keys, axis=1, return_inverse=True)
    of_sigma, of_leaf = np.split(np.ravel(term), [groups])
    row_sigma, count = leaf_sigma[design.leaf], len(sizes)
    of_row, distance = of_sigma[row_sigma], mean - leaf_y[design.leaf]
    around = design.ss.reshape(-1, m, m) + _outer(distance) * design.n[:, None, None]
    squares = added_up(of_row, around, count) + added_up(of_leaf, _outer(leaf_y), count)
    counts = np.bincount(of_leaf, minlength=count).astype(float)
    counts[of_sigma] = np.bincount(leaf_sigma, leaf_n - 1, groups)
    table = np.stack([sigma, sizes, kinds, counts, *squares.reshape(count, -1).T])
    products, matrices = np.zeros((count, width, m)), np.zeros((count, width, width))

    def add(of: np.ndarray, n: np.ndarray, y: np.ndarray, x: Callable) -> None:
        order = np.argsort(of, kind="stable")
        for same in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
            for some in np.array_split(same, max(1, len(same) * leaf_x.shape[1] // AT_ONCE)):
                here = x(some)
                weighted = here.T * n[some]
                products[of[some[0]]] += weighted @ y[some]
                matrices[of[some[0]]] += weighted @ here

    add(of_leaf, np.ones(len(leaf_n)), leaf_y, lambda j: _used(leaf_x[j], columns[leaf_sigma[j]]))

    def around_leaf(rows: np.ndarray) -> np.ndarray:
        away = design.patterns[design.pattern[rows]] - leaf_x[design.leaf[rows]]
        return _used(away, columns[row_sigma[rows]])

    add(of_row, design.n, distance, around_leaf)
    rows, others = np.triu_indices(width)
    return of_leaf, table, products, matrices[:, rows, others]


def _sharing(design: Design) -> np.ndarray:
    """How many leaves share the municipality of each; 0 where that is no level, (L,)."""
    place = design.leaf_municipality
    return np.bincount(place)[place] * (MUNICIPALITY in design.spec.levels)


def _shared(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Leaves that share a municipality, by municipality, and where each of these starts."""
    place, shares = design.leaf_municipality, np.flatnonzero(_sharing(design) > 1)
    order = shares[np.argsort(place[shares], kind="stable")]
    starts = np.flatnonzero(np.diff(place[order], prepend=-1, append=-1))
    return order, starts if len(order) else np.zeros(1)
