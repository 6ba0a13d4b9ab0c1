"""The likelihood of what priors are given for: scales and common coefficients.

The compiled density has the common coefficients integrated out; here they are known too.  With
``z = D zeta`` and precision ``U' U`` of zeta, the common ones last, Bayes' rule gives it from the
density of the scores given the scales, and the density of the common ones with and without scores.
"""

import numpy as np
from numba import njit

from enem.machine_code import kept_as_long_as
from enem.mixed import density
from enem.mixed.density import conditional

with kept_as_long_as(__file__, *density.SOURCES):

    @njit(nogil=True, cache=True, error_model="numpy")
    def log_likelihoods(packed: np.ndarray, values: np.ndarray, common: np.ndarray) -> np.ndarray:
        """Log density of all scores given scales and common coefficients, draw by draw.

        Parameters
        ----------
        packed
            Of `enem.mixed.packing.pack`.
        values
            Sigmas, then scales, points, (S, G + K).
        common
            Common coefficients as their distance from their prior means, points, (S, C).

        Returns
        -------
        ndarray
            Shape (S,).
        """
        found, groups, shared = np.empty(len(values)), int(packed[1]), common.shape[1]
        for s in range(len(values)):
            _, upper, scale, v, value, _ = conditional(
                values[s, :groups], values[s, groups:], packed, False
            )
            varying = len(v) - shared
            value -= np.log(np.diag(upper)[:varying]).sum()
            zeta = common[s] / scale[varying:]
            away = np.dot(np.triu(upper[varying:, varying:]), zeta - v[varying:])
            found[s] = value + 0.5 * (np.sum(zeta**2) - np.sum(away**2))
        return found
