"""What participants would score, and which scores end as zeros."""

from typing import NamedTuple

import numpy as np

from enem.names import AREAS
from enem.simulate.design import Design
from enem.simulate.draws import draw
from enem.simulate.parameters import Parameters
from enem.simulate.population import Population


class Scores(NamedTuple):
    """Scores in units of their resolution (0.1 point, for the essay 20), whoever was present.

    Attributes
    ----------
    units
        Shape (rows, 5), in the order of ``names.SCORES``; zero where `blank` or a zero essay.
    blank
        Whether the answer sheet of an area was left blank, shape (rows, 4).
    zero_status
        0 for an essay that counts, else 1 + the index of its status, shape (rows,).
    """

    units: np.ndarray
    blank: np.ndarray
    zero_status: np.ndarray


def draw_scores(rng: np.random.Generator, design: Design, population: Population) -> Scores:
    """Draw the five scores of every registrant, as if all had come."""
    parameters, rows = design.parameters, len(population.state)
    units = _units(parameters, _latent(rng, design, population))
    blank = rng.random((rows, len(AREAS))) < [parameters.blank_sheet[area] for area in AREAS]
    zero_essay = rng.random(rows) < parameters.zero_essay
    status = 1 + draw(rng, list(parameters.zero_essay_status.values()), rows)
    units[np.column_stack([blank, zero_essay])] = 0
    return Scores(units, blank, np.where(zero_essay, status, 0))


def _latent(rng: np.random.Generator, design: Design, population: Population) -> np.ndarray:
    """Scores before limits and rounding, shape (rows, 5)."""
    parameters, schools = design.parameters, design.schools
    mean = parameters.by_school_type("intercept")[:, None, :] + np.multiply.outer(
        parameters.by_school_type("slope"), design.x
    ).transpose(0, 2, 1)
    school_type, school = population.school_type, population.school
    latent = mean[school_type, population.income]
    effect = schools.municipality_effect + schools.school_effect
    latent += (design.shifts[population.state] + effect[school])[:, None]
    noise = rng.standard_normal(latent.shape)
    for index, root in enumerate(np.linalg.cholesky(within_covariance(parameters))):
        mine = school_type == index
        latent[mine] += noise[mine] @ root.T
    return latent


def within_covariance(parameters: Parameters) -> np.ndarray:
    """Covariance of the five residuals within a school by school type, shape (4, 5, 5).

    Effects are the same in all scores, so they have one and the same share in every entry of the
    covariance of effects and residual together.
    """
    sigma = parameters.by_school_type("sigma")
    together = np.array(parameters.correlation) * sigma[:, :, None] * sigma[:, None, :]
    return together - parameters.school_sd**2 - parameters.municipality_sd**2


def _units(parameters: Parameters, latent: np.ndarray) -> np.ndarray:
    resolution = parameters.by_score("resolution")
    limits = np.rint(parameters.by_score("limits") / resolution[:, None])
    return np.clip(np.rint(latent / resolution), limits[:, 0], limits[:, 1]).astype(np.int32)
