r"""Densities of participants under point estimates, in sample and with each one left out.

A point estimate is made a prediction by plugging it in: the participant's score is Gaussian
around the expected score, coefficients and groups' effects at their conditional means.  Out of
sample the estimate is made again without the participant (leave-one-out cross-validation: Stone,
Journal of the Royal Statistical Society B 36 (1974) 111-147), sigmas and scales included.

Given sigmas and scales, expected scores are linear in the scores, so leaving one out divides its
residual by one less its leverage.  Sigmas and scales themselves move by one Newton step from
their maximum, which is off by what is of second order in the participant's influence (Rad &
Maleki, Journal of the Royal Statistical Society B 82 (2020) 965-996); participants of more
influence than `INFLUENCE`, or of small groups, have the maximum found again.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import norm

from enem.check.without import without_participant
from enem.mixed.coordinates import LOWEST_SIGMA
from enem.mixed.fitted import Fitted
from enem.mixed.maximum import bounds_sigma, maximise, natural_curvature
from enem.mixed.objective import Kind, Objective

INFLUENCE = 0.1
"""Newton step, in standard deviations of a sigma or scale, from which it is not trusted."""

SMALL = 30
"""Participants of one sigma below whom nobody's Newton step is trusted."""

OFF_ZERO = 1.0
"""Points off 0 at which a scale's density without a participant is held against that at 0."""

STEP = 1e-4
"""Half the distance over which densities are differenced, per point or tenth of a parameter."""


@dataclass(frozen=True)
class LeftOut:
    """Participants of a model, each in turn to be left out.

    Attributes
    ----------
    density, vector
        What was maximised, and where its maximum is, points, (D,).
    row, score
        Row of the design of each participant, and score, (N,).
    """

    density: Objective
    vector: np.ndarray
    row: np.ndarray
    score: np.ndarray

    def in_sample(self) -> np.ndarray:
        """Log density of every participant under the estimate from all, nats, (N,)."""
        expected = Fitted(self.density, self.vector).expected[self.row]
        return norm.logpdf(self.score, expected, self.vector[self._sigma])

    def out_of_sample(self) -> np.ndarray:
        """Log density of every participant under the estimate from all others, nats, (N,).

        NaN where there is no estimate without the participant.
        """
        free = np.flatnonzero(self.vector != 0)
        hessian = natural_curvature(self.density, self.vector)[np.ix_(free, free)]
        covariance = np.linalg.inv(hessian)
        moves, losses = self._slopes(free)
        steps = -covariance @ losses
        centre = self._without(self.vector)[0] + (moves * steps).sum(axis=0)
        change = np.where(self._sigma == free[:, None], steps, 0.0).sum(axis=0)
        sigma = np.maximum(self.vector[self._sigma] + change, LOWEST_SIGMA)
        found = norm.logpdf(self.score, centre, sigma)
        far = np.abs(steps / np.sqrt(np.diag(covariance))[:, None]).max(axis=0)
        few = np.bincount(self._sigma)[self._sigma] < SMALL
        which = np.flatnonzero((far > INFLUENCE) | few | self._leaves_zero())
        pairs = [(int(self.row[i]), float(self.score[i])) for i in which]
        exact = {pair: self._exactly(*pair) for pair in set(pairs)}
        found[which] = [exact[pair] for pair in pairs]
        return found

    def _leaves_zero(self) -> np.ndarray:
        """Whether a scale whose maximum is at 0 has it elsewhere without the participant, (N,)."""
        found = np.zeros(len(self.row), bool)
        top, (_, lost) = self.density(self.vector)[0], self._without(self.vector)
        for index in np.flatnonzero(self.vector == 0):
            away = self.vector.copy()
            away[index] = OFF_ZERO
            found |= self.density(away)[0] - self._without(away)[1] > top - lost
        return found

    def _slopes(self, free: np.ndarray) -> np.ndarray:
        """Derivatives of `_without` by sigmas and scales, (2, free, N)."""
        found = []
        for index in free:
            away = np.zeros_like(self.vector)
            away[index] = STEP * max(0.1 * self.vector[index], 1.0)
            rise = self._without(self.vector + away) - self._without(self.vector - away)
            found.append(rise / (2 * away[index]))
        return np.moveaxis(np.array(found), 1, 0)

    @cached_property
    def _sigma(self) -> np.ndarray:
        """Index of each participant's sigma, (N,)."""
        design = self.density.design
        return design.leaf_sigma[design.leaf][self.row]

    def _without(self, vector: np.ndarray) -> np.ndarray:
        """Expected score without each participant, and what the density loses, nats, (2, N)."""
        fitted, variance = Fitted(self.density, vector), vector[self._sigma] ** 2
        away = self.score - fitted.expected[self.row]
        remains = 1 - fitted.spread()[self.row] / variance
        of_effects = 1 - fitted.spread(common_known=True)[self.row] / variance
        loss = np.log(2 * np.pi * variance) - np.log(of_effects) + away**2 / (variance * remains)
        return np.stack([self.score - away / remains, -0.5 * loss])

    def _exactly(self, row: int, score: float) -> float:
        """Density of one participant at the maximum found again without them; NaN without one."""
        whole, leaf = self.density.design, self.density.design.leaf[row]
        group, place = whole.leaf_sigma[leaf], whole.leaf_municipality[leaf]
        design = without_participant(whole, row, score)
        if not len(design.leaf_n):
            return np.nan
        if self.density.kind is Kind.LIKELIHOOD and not bounds_sigma(design, group):
            return np.nan
        density = Objective(design, self.density.priors, self.density.kind)
        optimum = maximise(density, self.vector)
        if optimum.problem:
            return np.nan
        fitted = Fitted(density, optimum.vector)
        line, alone = whole.patterns[whole.pattern[row]] @ fitted.mean, whole.leaf_n[leaf] <= 1
        # a leaf that is empty now has the effect of its place, where anybody else is there
        effects, at = (fitted.place_effect, place) if alone else (fitted.effect, leaf)
        effect = effects[at] if at < len(effects) else 0.0
        return float(norm.logpdf(score, line + effect, optimum.vector[group]))
