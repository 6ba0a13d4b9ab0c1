"""The density that NUTS samples, of one outcome or of several, in machine code."""

from functools import cache
from math import inf
from typing import Any

import numpy as np
from numba import carray, cfunc, njit

from enem.machine_code import kept_as_long_as
from enem.mixed import coordinates, density, outcomes
from enem.mixed.coordinates import (
    CALLED_BY_NUTPIE,
    NOT_FINITE,
    add_prior,
    inside,
    natural,
    place_of,
)
from enem.mixed.density import log_likelihood
from enem.mixed.outcomes import log_likelihood_of_several

SEVERAL = True
"""What `log_posterior` is given of several outcomes, and None of one: by its type the branch that
is not taken is not compiled either, which takes longer than many a fit."""

SOURCES = (__file__, *coordinates.SOURCES, *density.SOURCES, *outcomes.SOURCES)

with kept_as_long_as(*SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_posterior(
        point: np.ndarray, packed: np.ndarray, gradient: np.ndarray, several: bool | None = None
    ) -> float:
        """Log posterior density of the coordinates, up to a constant, and its gradient.

        Minus infinity outside the guard of `enem.mixed.coordinates.inside`.
        """
        groups, values = int(packed[1]), natural(point, packed)
        gradient[:] = 0.0
        if not inside(values, packed):
            return -inf
        if several is None:
            sigma, tau = values[:groups], values[groups:]
            total = log_likelihood(sigma, tau, packed, False, True, gradient)
        else:
            total = log_likelihood_of_several(values, packed, gradient)
        return total + add_prior(point, values, packed, gradient)


@cache
def density_for_nutpie(several: bool | None) -> Any:
    """`log_posterior` as nutpie calls it; not 0 reports that the point is not to be used."""

    def called(size: int, point: Any, gradient: Any, value: Any, data: Any) -> int:
        whole = carray(data, (int(carray(data, (1,))[0]),))[1:]
        place, factor, packed = place_of(carray(point, (size,)).copy(), whole)
        slopes = np.empty(size)
        found = log_posterior(place, packed, slopes, several)
        carray(gradient, (size,))[:] = np.dot(factor.T, slopes)
        carray(value, (1,))[0] = found
        return 0 if np.isfinite(found) and np.isfinite(slopes).all() else NOT_FINITE

    with kept_as_long_as(*SOURCES):
        return cfunc(CALLED_BY_NUTPIE, cache=True)(called)
