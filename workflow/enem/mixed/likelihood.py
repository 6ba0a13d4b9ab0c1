"""The likelihood of what priors are given for: scales and common coefficients.

The compiled density has the common coefficients integrated out; here they are known too.  With
``z = D zeta`` and precision ``U' U`` of zeta, the common ones last, Bayes' rule gives it from the
density of the scores given the scales, and the density of the common ones with and without scores.
"""

from math import log

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import density
from enem.mixed.density import conditional
from enem.mixed.design import Design


def log_likelihoods(
    design: Design, packed: np.ndarray, values: np.ndarray, common: np.ndarray
) -> np.ndarray:
    """Log density of all scores given scales and common coefficients, draw by draw.

    Parameters
    ----------
    design, packed
        A model, and its arrays of `enem.mixed.packing.pack`.
    values
        Sigmas, then scales, points, (S, G + K).
    common
        Common coefficients as their distance from their prior means, points, (S, C).

    Returns
    -------
    ndarray
        Shape (S,).
    """
    groups = len(design.sigma_labels)
    return _log_likelihoods(
        np.ascontiguousarray(values), groups, packed, np.ascontiguousarray(common)
    )


with kept_as_long_as(__file__, *density.SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def _log_likelihoods(
        values: np.ndarray, groups: int, packed: np.ndarray, common: np.ndarray
    ) -> np.ndarray:
        found, shared = np.empty(len(values)), common.shape[1]
        for s in range(len(values)):
            _, upper, scale, v, value, _ = conditional(
                values[s, :groups], values[s, groups:], packed, False
            )
            varying = len(v) - shared
            for p in range(varying):
                value -= log(upper[p, p])
            zeta = common[s] / scale[varying:]
            for i in range(shared):
                away = 0.0
                for j in range(i, shared):
                    away += upper[varying + i, varying + j] * (zeta[j] - v[varying + j])
                value += 0.5 * (zeta[i] ** 2 - away**2)
            found[s] = value
        return found
