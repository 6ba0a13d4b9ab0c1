"""The density of the sigmas and scales that NUTS samples, everything else integrated out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from enem.mixed.priors import Prior
from enem.several.blocks import scale_of_columns
from enem.several.correlation import CorrelationPrior
from enem.several.likelihood import errors_of, log_marginal_likelihood
from enem.several.moments import SUMS, Moments


@dataclass(frozen=True)
class Priors:
    """Priors of several outcomes.

    Attributes
    ----------
    scales
        Of the scales that are sampled, by name.
    fixed
        Scales that are known, points, by name.
    means
        Prior means of coefficients by the name of their block, points; 0 where not named.
    sigma
        Of every sigma.
    correlation
        Of the errors.
    """

    scales: Mapping[str, Prior]
    fixed: Mapping[str, float]
    means: Mapping[str, float]
    sigma: Prior
    correlation: CorrelationPrior


@dataclass(frozen=True)
class Model:
    """Moments with priors.

    A point of the sampler's space holds log sigma (G, m), the log of every sampled scale (K, m),
    and what the correlation is made of.
    """

    moments: Moments
    priors: Priors

    @cached_property
    def data(self) -> Moments:
        """The moments around the prior mean."""
        around = self.moments.around(self.priors.means)
        contiguous = {name: np.ascontiguousarray(getattr(around, name)) for name in SUMS}
        return replace(around, **contiguous)

    @cached_property
    def size(self) -> int:
        """Dimensions of the sampler's space."""
        groups, m = len(self.moments.strata), len(self.moments.outcomes)
        free = self.priors.correlation.size(m)
        return (groups + len(self.priors.scales)) * m + free

    @cached_property
    def column_index(self) -> np.ndarray:
        """Place of every column's scale among the sampled and then the fixed ones, (P,)."""
        names = [*self.priors.scales, *self.priors.fixed]
        return np.array([names.index(name) for name in scale_of_columns(self.moments.blocks)])

    def unpack(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Split points (..., size) into sigma (..., G, m), scales (..., K, m) and the rest."""
        groups, m, kinds = (
            len(self.moments.strata),
            len(self.moments.outcomes),
            len(self.priors.scales),
        )
        sigma, scales, rest = np.split(points, [groups * m, (groups + kinds) * m], axis=-1)
        shape = points.shape[:-1]
        return (
            np.exp(sigma).reshape(*shape, groups, m),
            np.exp(scales).reshape(*shape, kinds, m),
            rest,
        )

    def correlations(self, rest: np.ndarray) -> np.ndarray:
        """Correlation of the errors that the rest of a point stands for, (..., m, m)."""
        return self.priors.correlation.matrix(rest, len(self.moments.outcomes))

    def column_scales(self, scales: np.ndarray) -> np.ndarray:
        """Prior standard deviation of every column, (..., P, m), from sampled ones (..., K, m)."""
        *leading, _, m = scales.shape
        known = np.reshape(list(self.priors.fixed.values()), (-1, 1))
        fixed = np.broadcast_to(known, (*leading, len(known), m))
        return np.concatenate([scales, fixed], axis=-2)[..., self.column_index, :]

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Log posterior density at points (..., size), up to a constant, in NumPy.

        What NUTS samples is the same in machine code with a gradient, `enem.several.density`.
        """
        sigma, scales, rest = self.unpack(points)
        errors = errors_of(sigma, self.correlations(rest))
        value = log_marginal_likelihood(self.data, errors, self.column_scales(scales))
        value = value + _of_logs(self.priors.sigma, sigma).sum(axis=-1)
        for row, prior in enumerate(self.priors.scales.values()):
            value = value + _of_logs(prior, scales[..., row, :])
        return value + self.priors.correlation.log_prior(rest, len(self.moments.outcomes))


def _of_logs(prior: Prior, values: np.ndarray) -> np.ndarray:
    """Log density of the logs of positive values, summed over outcomes."""
    return (prior.log_density(values) + np.log(values)).sum(axis=-1)
