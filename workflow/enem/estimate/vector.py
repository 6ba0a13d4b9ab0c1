"""Hyperparameters as one vector, for optimisers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from enem.models.cells import CellGrid
from enem.models.likelihood import log_likelihood_of
from enem.models.parameters import table_name
from enem.models.priors import Prior
from enem.models.specification import Specification


@dataclass(frozen=True)
class Objective:
    """Log density of the hyperparameters: marginal likelihood, with or without the priors.

    Attributes
    ----------
    spec
        Which of the four models.
    data
        The cells as the model groups them (`Specification.data`).
    priors
        By parameter name; None for the likelihood alone.
    """

    spec: Specification
    data: CellGrid
    priors: Mapping[str, Prior] | None

    @property
    def scalar_names(self) -> tuple[str, ...]:
        """Names of the leading, scalar entries of the vector."""
        return ("intercept", "slope", *self.spec.scales)

    @property
    def names(self) -> list[str]:
        """Table names of the vector's entries: scalars, then one sigma a group."""
        groups = self.data.school_types if self.spec.by_school_type else None
        sigmas = [table_name("sigma", (g,)) for g in groups] if groups else ["sigma"]
        return [*self.scalar_names, *sigmas]

    def parameters(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        """Unpack vectors of shape (..., P) to the shapes that the likelihood takes."""
        scalars = self.scalar_names
        unpacked = {
            self.spec.role(name): vector[..., i, None, None] for i, name in enumerate(scalars)
        }
        return unpacked | {"sigma": vector[..., len(scalars) :, None]}

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """Evaluate at vectors of shape (..., P), real or complex; returns shape (...)."""
        value = log_likelihood_of(self.parameters(vector), self.data)
        if self.priors is None:
            return value
        return value + self._log_prior(vector, self.priors)

    def _log_prior(self, vector: np.ndarray, priors: Mapping[str, Prior]) -> np.ndarray:
        bases = [name.partition("[")[0] for name in self.names]
        terms = [priors[base].log_density(vector[..., i]) for i, base in enumerate(bases)]
        return np.sum(terms, axis=0)
