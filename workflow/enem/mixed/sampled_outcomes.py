"""The density of several outcomes that NUTS samples, in machine code.

A file of its own: what is called by address is compiled when it is imported, and who fits one
outcome at a time need not wait for this.
"""

from math import inf
from typing import Any

import numpy as np
from numba import carray, cfunc, njit

from enem.machine_code import kept_as_long_as
from enem.mixed import coordinates, outcomes
from enem.mixed.coordinates import (
    CALLED_BY_NUTPIE,
    NOT_FINITE,
    add_prior,
    inside,
    natural,
    place_of,
)
from enem.mixed.outcomes import log_likelihood_of_several

with kept_as_long_as(__file__, *coordinates.SOURCES, *outcomes.SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_posterior(point: np.ndarray, packed: np.ndarray, gradient: np.ndarray) -> float:
        """Log posterior density of the coordinates, up to a constant, and its gradient.

        Minus infinity outside the guard of `enem.mixed.coordinates.inside`.
        """
        values = natural(point, packed)
        gradient[:] = 0.0
        if not inside(values, packed):
            return -inf
        total = log_likelihood_of_several(values, packed, gradient)
        return total + add_prior(point, values, packed, gradient)

    @cfunc(CALLED_BY_NUTPIE, cache=True)
    def density_for_nutpie(size: int, point: Any, gradient: Any, value: Any, data: Any) -> int:
        """`log_posterior` as nutpie calls it; not 0 reports that the point is not to be used."""
        whole = carray(data, (int(carray(data, (1,))[0]),))[1:]
        place, factor, packed = place_of(carray(point, (size,)).copy(), whole)
        slopes = np.empty(size)
        found = log_posterior(place, packed, slopes)
        carray(gradient, (size,))[:] = np.dot(factor.T, slopes)
        carray(value, (1,))[0] = found
        return 0 if np.isfinite(found) and np.isfinite(slopes).all() else NOT_FINITE
