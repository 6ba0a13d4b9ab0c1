"""The log density of a model's sigmas and scales that an estimate maximises."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
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
    design, priors
        The model.
    kind
        What it is the density of.
    packed
        Of `enem.mixed.packing.pack`.
    centre
        Prior means of the coefficients, from which `packed` measures, (P,).
    constant
        Added to the value: what the compiled functions leave out.
    logged
        Whether a scale's maximum cannot be at 0, (G + K,).
    """

    design: Design
    priors: Mapping[str, Prior]
    kind: Kind
    packed: np.ndarray
    centre: np.ndarray
    constant: float
    logged: np.ndarray

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
        sigma, tau = _parts(values, self.groups)
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
        _, upper, scale, v, _, _ = conditional(*_parts(values, self.groups), self.packed, flat)
        size = len(upper) - (self.design.common if common_known else 0)
        return self.centre + scale * v, inverse(upper, size) * np.outer(scale, scale)


def objective(design: Design, priors: Mapping[str, Prior], kind: Kind) -> Objective:
    """Set up an objective.

    Parameters
    ----------
    design
        The model.
    priors
        By key of config.yaml; of a likelihood they only choose where numbers are measured from.
    kind
        What to maximise.
    """
    packed, spec = pack(design, priors), design.spec
    keys = ["sigma"] * len(design.sigma_labels) + [spec.scale_priors[k] for k in spec.scales]
    posterior = kind is Kind.POSTERIOR
    logged = [key == "sigma" or (posterior and priors[key].vanishes_at_zero) for key in keys]
    centre, constant = prior_means(design, priors), 0.0
    if kind is Kind.RESTRICTED:
        constant = 0.5 * design.common * log(2 * pi)
    if posterior:
        ones = np.ones(len(keys))
        constant = sum(float(priors[key].log_density(1.0)) for key in keys)
        constant -= log_priors(ones, packed, np.zeros_like(ones))
        common = design.coefficients[len(design.coefficients) - design.common :]
        constant -= sum(log(priors[of.prior].arguments["sd"] * sqrt(2 * pi)) for of in common)
    return Objective(design, priors, kind, packed, centre, constant, np.array(logged))


def _parts(values: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    values = np.ascontiguousarray(values, float)
    return values[:groups], values[groups:]
