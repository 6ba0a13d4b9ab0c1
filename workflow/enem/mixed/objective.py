"""The log density of a model's sigmas and scales that an estimate maximises."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import log, pi, sqrt

import numpy as np

from enem.mixed.algebra import inverse
from enem.mixed.coordinates import HIGHEST, LOWEST_SIGMA, log_priors
from enem.mixed.density import conditional, log_likelihood
from enem.mixed.design import Design
from enem.mixed.packing import pack, prior_means
from enem.mixed.parameters import table_name
from enem.mixed.priors import Prior


class Kind(Enum):
    """What is maximised, and what becomes of the common coefficients.

    ``LIKELIHOOD``: they are at their best values.  ``RESTRICTED``: they have a flat prior and are
    integrated out.  ``POSTERIOR``: the density has the priors, and they are at their best values.
    """

    LIKELIHOOD = "likelihood"
    RESTRICTED = "restricted"
    POSTERIOR = "posterior"


@dataclass(frozen=True)
class Objective:
    """Log density of sigmas, then scales, in points (G + K), and its gradient.

    Effects that vary by a factor or level are integrated out.  A scale enters through its square
    alone, but where its prior vanishes at 0, so it may be negative: a maximum at 0 is then an
    interior one of a smooth function.

    Attributes
    ----------
    design
        The model.
    priors
        By key of config.yaml; of a likelihood they only choose where numbers are measured from.
    kind
        What it is the density of.
    """

    design: Design
    priors: Mapping[str, Prior]
    kind: Kind

    @cached_property
    def packed(self) -> np.ndarray:
        """Data of the compiled functions."""
        return pack(self.design, self.priors)

    @cached_property
    def keys(self) -> list[str]:
        """Key of each entry's prior."""
        of_scales = self.design.spec.scale_priors
        return ["sigma"] * self.groups + [of_scales[name] for name in self.design.spec.scales]

    @cached_property
    def logged(self) -> np.ndarray:
        """Whether the maximum of an entry cannot be at 0, (G + K,)."""
        posterior = self.kind is Kind.POSTERIOR
        return np.array(
            [k == "sigma" or (posterior and self.priors[k].vanishes_at_zero) for k in self.keys]
        )

    @cached_property
    def constant(self) -> float:
        """What the compiled functions leave out of the value."""
        common = self.design.coefficients[len(self.design.coefficients) - self.design.common :]
        if self.kind is Kind.RESTRICTED:
            return 0.5 * len(common) * log(2 * pi)
        if self.kind is Kind.LIKELIHOOD:
            return 0.0
        ones = np.ones(len(self.keys))
        constant = sum(float(self.priors[key].log_density(1.0)) for key in self.keys)
        constant -= log_priors(ones, self.packed, np.zeros_like(ones))
        return constant - sum(
            log(self.priors[of.prior].arguments["sd"] * sqrt(2 * pi)) for of in common
        )

    @property
    def groups(self) -> int:
        """How many sigmas lead the vector."""
        return len(self.design.sigma_labels)

    @property
    def names(self) -> list[str]:
        """Table names of the vector's entries."""
        labels = [(of,) for of in self.design.sigma_labels]
        sigmas = labels if self.design.spec.by_school_type else [()]
        return [*(table_name("sigma", of) for of in sigmas), *self.design.spec.scales]

    def __call__(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate; minus infinity where there is no density."""
        gradient = np.zeros(len(values))
        sigma, tau = np.split(np.ascontiguousarray(values, float), [self.groups])
        if not (np.abs(values) < HIGHEST).all() or not (sigma > LOWEST_SIGMA).all():
            return -np.inf, gradient
        flat, marginal = self.kind is not Kind.POSTERIOR, self.kind is Kind.RESTRICTED
        total = log_likelihood(sigma, tau, self.packed, flat, marginal, gradient)
        # even in a scale, of which the compiled derivative at 0 is 0 / 0
        gradient[self.groups :][tau == 0] = 0.0
        total += self.constant
        if self.kind is Kind.POSTERIOR:
            total += log_priors(values, self.packed, gradient)
        return (total, gradient) if np.isfinite(total) else (-np.inf, gradient)

    def coefficients(
        self, values: np.ndarray, common_known: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean (P,) and covariance (P, P) of all coefficients given sigmas and scales.

        Common ones included: their best values, and the inverse of the curvature there, or 0
        where they are taken to be known.
        """
        flat = self.kind is not Kind.POSTERIOR
        sigma, tau = np.split(np.ascontiguousarray(values, float), [self.groups])
        _, upper, scale, v, _, _ = conditional(sigma, tau, self.packed, flat)
        size = len(upper) - (self.design.common if common_known else 0)
        mean = prior_means(self.design, self.priors) + scale * v
        return mean, inverse(upper, size) * np.outer(scale, scale)
