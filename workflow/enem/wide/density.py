"""A wide model of one outcome as nutpie samples it, in machine code.

`log_posterior` is not kept on disk: numba would not notice when a function of another file, which
it holds a copy of, has changed.  Those functions are, each of them with what it calls.
"""

from math import exp, log, pi
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types
from nutpie.compile_pymc import CompiledPyMCModel

from enem.fit.compiled import nutpie_model, prior_numbers
from enem.fit.density import NOT_FINITE, log_prior
from enem.wide.model import LARGEST, WideModel
from enem.wide.one_outcome import integrate_one_outcome

HEAD = 5
"""Numbers at the head of what `pack` makes: its length, G, P, K and the own columns."""

_NUMBERS = types.CPointer(types.double)
_Numbers = Any
"""Address of numbers, in what nutpie calls."""


def compiled_density(model: WideModel, start: Any) -> CompiledPyMCModel:
    """Give nutpie the density of `WideModel.log_density`; the one variable is ``point``.

    Parameters
    ----------
    model
        With one outcome.
    start
        Makes a starting point, (size,), of a seed.
    """
    return nutpie_model("point", model.size, _density, _point, start, pack(model))


def pack(model: WideModel) -> np.ndarray:
    """Arrange moments and priors in one array of numbers, for `log_posterior`."""
    data, priors = model.data, model.priors
    groups, columns = data.xy.shape[:2]
    own = [prior_numbers(prior) for prior in (priors.sigma, *priors.scales.values())]
    parts = [
        [groups, columns, len(priors.scales), data.own],
        model.column_index,
        [float(value) for value in priors.fixed.values()],
        own,
        *(data.n, data.yy, data.xy, data.xx),
    ]
    flat = np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])
    return np.concatenate([[len(flat) + 1.0], flat])


@njit(nogil=True, error_model="numpy")
def log_posterior(point: np.ndarray, packed: np.ndarray, gradient: np.ndarray) -> float:
    """`WideModel.log_density` at a point, whose gradient it fills; NaN where it is no number.

    Parameters
    ----------
    point
        Logs of G sigmas and K scales.
    packed
        What `pack` made.
    gradient
        Array of the point's size, to be filled.
    """
    groups, columns, kinds = int(packed[1]), int(packed[2]), int(packed[3])
    moments = groups * (2 + columns + columns * columns)
    start = len(packed) - moments
    n, yy = packed[start : start + 2 * groups].reshape(2, groups)
    start += 2 * groups
    xy = packed[start : start + groups * columns].reshape(groups, columns)
    xx = packed[start + groups * columns :].reshape(groups, columns, columns)
    own_priors = packed[: len(packed) - moments][-3 * (1 + kinds) :].reshape(1 + kinds, 3)
    index, known = packed[HEAD : HEAD + columns], packed[HEAD + columns :]
    values, scale, precision = np.empty(len(point)), np.empty(columns), np.empty(groups)
    for i in range(len(point)):
        values[i] = exp(point[i])
        if not 1 / LARGEST < values[i] < LARGEST:
            return np.nan
    for g in range(groups):
        precision[g] = 1 / values[g] ** 2
    for j in range(columns):
        k = int(index[j])
        scale[j] = values[groups + k] if k < kinds else known[k - kinds]
    integral, by_scale, squares = integrate_one_outcome(
        xx, xy, yy, precision, scale, int(packed[4])
    )
    total = integral
    for g in range(groups):
        total -= 0.5 * (n[g] * (log(2 * pi) + 2 * point[g]) + yy[g] * precision[g])
    for i in range(len(point)):
        gradient[i] = squares[i] * precision[i] - n[i] if i < groups else 0.0
    for j in range(columns):
        if index[j] < kinds:
            gradient[groups + int(index[j])] += by_scale[j]
    for i in range(len(point)):
        family, first, second = own_priors[0 if i < groups else 1 + i - groups]
        added, slope = log_prior(int(family), first, second, values[i])
        total += added + point[i]
        gradient[i] += slope * values[i] + 1
    return total


@cfunc(types.int64(types.uint64, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS))
def _density(
    size: int, point: _Numbers, gradient: _Numbers, value: _Numbers, packed: _Numbers
) -> int:
    whole = carray(packed, (int(carray(packed, (1,))[0]),))
    slopes = carray(gradient, (size,))
    try:
        found = log_posterior(carray(point, (size,)), whole, slopes)
    except Exception:  # a matrix is not positive definite; numba knows no other kinds
        return NOT_FINITE
    carray(value, (1,))[0] = found
    for slope in slopes:
        if not np.isfinite(slope):
            return NOT_FINITE
    return 0 if np.isfinite(found) else NOT_FINITE


@cfunc(types.int64(types.uint64, types.uint64, _NUMBERS, _NUMBERS, _NUMBERS))
def _point(size: int, _expanded: int, point: _Numbers, values: _Numbers, _packed: _Numbers) -> int:
    copy, own = carray(values, (size,)), carray(point, (size,))
    for i in range(size):  # a slice's assignment takes numba longer to compile
        copy[i] = own[i]
    return 0
