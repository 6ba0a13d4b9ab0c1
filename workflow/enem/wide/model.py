"""The density of the sigmas and scales that NUTS samples, everything else integrated out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from enem.models.priors import Prior
from enem.wide.blocks import scale_of_columns
from enem.wide.correlation import CorrelationPrior
from enem.wide.likelihood import errors_of, log_marginal_gradient
from enem.wide.moments import SUMS, Moments

LARGEST = 1e60
"""Standard deviation that no point with a density comes near, points."""

STEP = 1e-100
"""Imaginary step that differentiates a log prior without cancellation."""


class OutOfRangeError(ArithmeticError):
    """A point so far out that its density is no number; nutpie takes it for a divergent step."""

    is_recoverable = True


@dataclass(frozen=True)
class WidePriors:
    """Priors of a wide model.

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
        Of the errors of several outcomes; None for one.
    """

    scales: Mapping[str, Prior]
    fixed: Mapping[str, float]
    means: Mapping[str, float]
    sigma: Prior
    correlation: CorrelationPrior | None = None


@dataclass(frozen=True)
class WideModel:
    """Moments with priors.

    A point of the sampler's space holds log sigma (G, m), the log of every sampled scale (K, m),
    and what the correlation is made of.
    """

    moments: Moments
    priors: WidePriors

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
        free = self.priors.correlation.size(m) if self.priors.correlation else 0
        return (groups + len(self.priors.scales)) * m + free

    @cached_property
    def column_index(self) -> np.ndarray:
        """Place of every column's scale among the sampled and then the fixed ones, (P,)."""
        names = [*self.priors.scales, *self.priors.fixed]
        return np.array([names.index(name) for name in scale_of_columns(self.moments.blocks)])

    @cached_property
    def _prior_rows(self) -> list[tuple[Prior, list[int]]]:
        """Rows of the scales that share a prior: few calls are quick calls."""
        found: list[tuple[Prior, list[int]]] = []
        for row, prior in enumerate(self.priors.scales.values()):
            same = [rows for known, rows in found if known == prior]
            same[0].append(row) if same else found.append((prior, [row]))
        return found

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

    def correlations(self, rest: np.ndarray) -> np.ndarray | None:
        """Correlation of the errors that the rest of a point stands for, (..., m, m)."""
        if self.priors.correlation is None:
            return None
        return self.priors.correlation.matrix(rest, len(self.moments.outcomes))

    def column_scales(self, scales: np.ndarray) -> np.ndarray:
        """Prior standard deviation of every column, (..., P, m), from sampled ones (..., K, m)."""
        *leading, _, m = scales.shape
        known = np.reshape(list(self.priors.fixed.values()), (-1, 1))
        fixed = np.broadcast_to(known, (*leading, len(known), m))
        return np.concatenate([scales, fixed], axis=-2)[..., self.column_index, :]

    def log_density(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Log posterior density, up to a constant, and its gradient at a point.

        Raises
        ------
        OutOfRangeError
            When a standard deviation overflows, or is so small that its inverse does, or when a
            matrix is not positive definite to rounding.
        """
        sigma, scales, rest = self.unpack(point)
        if not (_invertible(sigma) and _invertible(scales)):
            raise OutOfRangeError
        correlation = self.correlations(rest)
        try:
            errors = errors_of(sigma, correlation)
            found = log_marginal_gradient(self.data, errors, self.column_scales(scales))
        except np.linalg.LinAlgError as error:
            raise OutOfRangeError from error
        by_sigma = -self.data.n[:, None] + (errors.inverse * found.squares).sum(axis=-1)
        by_scale = np.zeros((len(self.priors.scales) + len(self.priors.fixed), sigma.shape[1]))
        np.add.at(by_scale, self.column_index, found.by_log_scale)
        by_scale = by_scale[: len(self.priors.scales)]
        prior_sigma, slope_sigma = _log_prior(self.priors.sigma, sigma)
        value, by_sigma = found.value + prior_sigma, by_sigma + slope_sigma
        for prior, rows in self._prior_rows:
            added, slope = _log_prior(prior, scales[rows])
            value, by_scale[rows] = value + added, by_scale[rows] + slope
        gradient = [by_sigma.ravel(), by_scale.ravel()]
        if self.priors.correlation is not None:
            standardised = found.squares / (sigma[:, :, None] * sigma[:, None, :])
            added, slope = self.priors.correlation.log_density(
                rest, correlation, standardised.sum(axis=0), self.data.n.sum()
            )
            value, gradient = value + added, [*gradient, slope]
        return float(value), np.concatenate(gradient)


def _invertible(deviations: np.ndarray) -> bool:
    """Whether squares, and their products with what a country adds up to, stay finite."""
    return bool(((deviations > 1 / LARGEST) & (deviations < LARGEST)).all())


def _log_prior(prior: Prior, value: np.ndarray) -> tuple[float, np.ndarray]:
    """Log density of the log of positive values, and its derivatives by these logs."""
    stepped = prior.log_density(value * np.exp(1j * STEP)) + np.log(value)
    return float(stepped.real.sum()), stepped.imag / STEP + 1.0
