"""One hierarchical model over all analyses of a measure, everything Gaussian integrated out.

An analysis of state s and edition e has an estimate y with a known sd, and

    y ~ N(theta, sd^2),   theta = centre + state_s + edition_e + interaction_se,
    state ~ N(0, tau_state^2),   edition ~ N(0, tau_edition^2),
    interaction ~ N(0, tau_interaction^2),   centre ~ its Gaussian prior.

Given the scales all of it is Gaussian: `log_marginal` integrates centre and effects out, and
`draw` draws them from their exact conditional, so that only one to three scales are left to be
sampled.  Effects are written as a scale times a standard normal u; with w = 1 / (sd^2 +
tau_interaction^2), W their diagonal, Z the analyses' membership and T the scales of its columns,

    A = I + T Z' W Z T,   r = T Z' W (y - m),
    log p(y) = 1/2 sum log w - 1/2 log |A| - 1/2 ((y - m)' W (y - m) - r' A^-1 r) + constant,
    u | y ~ N(A^-1 r, A^-1),

finite as a scale goes to 0 (Rasmussen & Williams 2006, Gaussian Processes, A.9-A.10, for the two
identities).  A term with one level only (a single edition) is left out, and so is the interaction
where it would be the same as another term.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from enem.mixed.priors import Prior

STATE, EDITION, INTERACTION = "tau_state", "tau_edition", "tau_interaction"
CHUNK = 512
"""Scales whose matrices are held at once."""


@dataclass(frozen=True)
class Hierarchy:
    """Estimates and where each belongs.

    Attributes
    ----------
    estimate, variance
        Shape (N,), points and points squared; variance infinite where there is no estimate.
    members
        Columns that each analysis belongs to, 0 being the centre, shape (N, 1 + main effects).
    term
        Of each column: 0 for the centre, then 1, 2 for the main effects in order, shape (P,).
    scales
        Names of the scales: the main effects' in order, then the interaction's where there is one.
    priors
        Of ``centre`` and of the scales.
    """

    estimate: np.ndarray
    variance: np.ndarray
    members: np.ndarray
    term: np.ndarray
    scales: tuple[str, ...]
    priors: Mapping[str, Prior]

    @property
    def interacts(self) -> bool:
        """Whether analyses deviate from the sum of their state and edition."""
        return INTERACTION in self.scales

    def log_density(self, log_scales: np.ndarray) -> np.ndarray:
        """Log posterior density of log scales, shape (K, scales) to (K,), up to a constant."""
        tau = np.exp(log_scales)
        prior = sum(
            self.priors[name].log_density(tau[:, i]) + log_scales[:, i]
            for i, name in enumerate(self.scales)
        )
        pieces = [self.log_marginal(tau[i : i + CHUNK]) for i in range(0, len(tau), CHUNK)]
        return np.concatenate(pieces) + prior

    def log_marginal(self, tau: np.ndarray) -> np.ndarray:
        """Log density of the estimates given scales, points, shape (K, scales) to (K,)."""
        solved = self._solve(tau)
        known = np.isfinite(self.variance)
        log_weight = np.log(solved.weight[:, known]).sum(axis=1)
        squares = solved.weight @ self._residual**2 - (solved.whitened**2).sum(axis=1)
        log_root = np.log(np.diagonal(solved.root, axis1=1, axis2=2)).sum(axis=1)
        return 0.5 * (log_weight - squares - known.sum() * np.log(2 * np.pi)) - log_root

    def draw(self, tau: np.ndarray, rng: np.random.Generator) -> "Draws":
        """Draw everything that was integrated out, once for each row of `tau`."""
        pieces = [self._draw(tau[i : i + CHUNK], rng) for i in range(0, len(tau), CHUNK)]
        return Draws(*(np.concatenate(part) for part in zip(*pieces, strict=True)))

    def _draw(self, tau: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        solved = self._solve(tau)
        inverse = np.linalg.inv(solved.root)
        noise = rng.standard_normal(solved.whitened.shape)
        # u = A^-1 r + A^-1/2 noise, with A^-1 = inverse' inverse
        u = np.einsum("kqp,kq->kp", inverse, solved.whitened + noise)
        effects = u * solved.scale
        effects[:, 0] += self._prior_centre
        mean = effects[:, self.members].sum(axis=-1)
        scaled = inverse * solved.scale[:, None, :]
        covariance = np.swapaxes(scaled, 1, 2) @ scaled
        spread = covariance[:, self.members[:, :, None], self.members[:, None, :]].sum(axis=(2, 3))
        tau2 = np.square(self._interaction(tau))[:, None]
        # an analysis without estimate has weight 0: its interaction keeps its own distribution
        share = tau2 * solved.weight
        own_variance = tau2 * (1 - share)
        own = share * (self.estimate - mean) + np.sqrt(own_variance) * rng.standard_normal(
            mean.shape
        )
        return effects, mean + own, (1 - share) ** 2 * spread + own_variance

    def _solve(self, tau: np.ndarray) -> "_Solved":
        weight = 1 / (self.variance + np.square(self._interaction(tau))[:, None])
        dense, size = self._membership, len(self.term)
        scale = np.column_stack([np.full(len(tau), self._prior_sd), tau])[:, self.term]
        inner = (weight @ self._pairs).reshape(-1, size, size)
        matrix = np.eye(size) + scale[:, :, None] * inner * scale[:, None, :]
        root = np.linalg.cholesky(matrix)
        right = scale * ((weight * self._residual) @ dense)
        whitened = np.linalg.solve(root, right[..., None])[..., 0]
        return _Solved(weight, scale, root, whitened)

    def _interaction(self, tau: np.ndarray) -> np.ndarray:
        return tau[:, -1] if self.interacts else np.zeros(len(tau))

    @cached_property
    def _pairs(self) -> np.ndarray:
        """Whether an analysis belongs to both of two columns, (N, P * P)."""
        dense = self._membership
        return (dense[:, :, None] * dense[:, None, :]).reshape(len(dense), -1)

    @cached_property
    def _membership(self) -> np.ndarray:
        dense = np.zeros((len(self.members), len(self.term)))
        np.put_along_axis(dense, self.members, 1.0, axis=1)
        return dense

    @property
    def _residual(self) -> np.ndarray:
        return np.where(np.isfinite(self.variance), self.estimate - self._prior_centre, 0.0)

    @property
    def _prior_centre(self) -> float:
        return self.priors["centre"].arguments["mean"]

    @property
    def _prior_sd(self) -> float:
        return self.priors["centre"].arguments["sd"]


@dataclass(frozen=True)
class Draws:
    """Exact draws, one for each draw of the scales.

    Attributes
    ----------
    effects
        The centre and the main effects, points, (draws, P).
    theta
        True value of each analysis, points, (draws, N).
    variance
        Its conditional variance given the scales, points squared, (draws, N).
    """

    effects: np.ndarray
    theta: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True)
class _Solved:
    """Weights (K, N), scales of the columns (K, P), Cholesky factor of A, and root^-1 r (K, P)."""

    weight: np.ndarray
    scale: np.ndarray
    root: np.ndarray
    whitened: np.ndarray


def build_hierarchy(
    estimate: np.ndarray,
    sd: np.ndarray,
    states: Sequence[str],
    editions: Sequence[str],
    priors: Mapping[str, Prior],
) -> Hierarchy | None:
    """Arrange estimates in the terms that they can tell apart.

    Parameters
    ----------
    estimate, sd
        Shape (N,), points; sd infinite where an analysis has no estimate.
    states, editions
        Of each analysis, (N,).
    priors
        Of ``centre``, ``tau_state``, ``tau_edition`` and ``tau_interaction``.

    Returns
    -------
    Hierarchy or None
        None where fewer than two analyses have an estimate: there is nothing to pool.
    """
    sd = np.asarray(sd, float)
    known = np.isfinite(sd)
    names, columns, sizes = [], [], []
    for name, labels in ((STATE, states), (EDITION, editions)):
        levels, index = np.unique(np.asarray(labels), return_inverse=True)
        if len(set(index[known])) > 1:
            names.append(name)
            columns.append(index)
            sizes.append(len(levels))
    if not names:
        return None
    starts = np.cumsum([1, *sizes[:-1]])
    members = np.column_stack(
        [np.zeros(len(sd), int), *(c + s for c, s in zip(columns, starts, strict=True))]
    )
    term = np.repeat(np.arange(len(sizes) + 1), [1, *sizes])
    scales = (*names, INTERACTION) if len(names) == 2 else tuple(names)
    centred = np.where(known, estimate, 0.0)
    return Hierarchy(centred, sd**2, members, term, scales, priors)
