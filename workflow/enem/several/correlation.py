"""A correlation matrix in free coordinates, with the LKJ prior."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CorrelationPrior:
    r"""LKJ prior, density proportional to \|R\|^(eta - 1).

    A matrix of m outcomes is made of m (m - 1) / 2 canonical partial correlations, the tanh of a
    free coordinate each (Lewandowski, Kurowicka & Joe, Journal of Multivariate Analysis 100 (2009)
    1989-2001).

    Attributes
    ----------
    eta
        1 is uniform over correlation matrices; larger values favour small correlations.
    """

    eta: float

    def size(self, m: int) -> int:
        """Count the free coordinates."""
        return m * (m - 1) // 2

    def root(self, free: np.ndarray, m: int) -> np.ndarray:
        """Cholesky factor, (..., m, m), real or complex as the coordinates."""
        partial, index = np.tanh(free), 0
        root = np.zeros((*free.shape[:-1], m, m), free.dtype)
        root[..., 0, 0] = 1.0
        for i in range(1, m):
            left = np.ones(free.shape[:-1], free.dtype)
            for j in range(i):
                root[..., i, j] = partial[..., index] * np.sqrt(left)
                left = left * (1 - partial[..., index] ** 2)
                index += 1
            root[..., i, i] = np.sqrt(left)
        return root

    def matrix(self, free: np.ndarray, m: int) -> np.ndarray:
        """Correlation matrix, (..., m, m)."""
        root = self.root(free, m)
        return root @ np.swapaxes(root, -1, -2)

    def log_prior(self, free: np.ndarray, m: int) -> np.ndarray:
        """Log density of the free coordinates, up to a constant.

        Under LKJ the partial correlations are independent: that in column j (from 0) is
        Beta(b, b) on (-1, 1) with b = eta + (m - 2 - j) / 2.
        """
        column = np.array([j for i in range(1, m) for j in range(i)])
        power = self.eta + (m - 2 - column) / 2
        # density (1 - r^2)^(b - 1) times the derivative 1 - r^2 of r = tanh(free)
        return (power * np.log(1 - np.tanh(free) ** 2)).sum(axis=-1)
