"""Who registers: state, municipality, situation, school, income, presence."""

from typing import NamedTuple

import numpy as np

from enem.names import SCHOOL_TYPES, STATES
from enem.simulate.design import Design
from enem.simulate.draws import draw, draw_by_group
from enem.simulate.parameters import Parameters, state_shares
from enem.simulate.places import draw_municipality
from enem.simulate.schools import draw_school

SITUATIONS = ("graduate", "finishing", "trainee", "other")
"""Situations in the order of ``TP_ST_CONCLUSAO`` 1 to 4."""

FINISHING = SITUATIONS.index("finishing")

ABSENT, PRESENT, ELIMINATED = 0, 1, 2
"""Codes of ``TP_PRESENCA_*``."""

PRESENCE = np.array([(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (1, 2)])
"""The pairs (day one, day two) that occur."""


class Population(NamedTuple):
    """Latent and known facts of a chunk of registrants; every array has shape (rows,).

    State and municipality are those of the exam.  Everybody has a school, which the file names
    for those finishing alone.
    """

    state: np.ndarray
    municipality: np.ndarray
    situation: np.ndarray
    school_type: np.ndarray
    school: np.ndarray
    income: np.ndarray
    day_one: np.ndarray
    day_two: np.ndarray

    @property
    def school_named(self) -> np.ndarray:
        """Whether the file names the school."""
        return self.situation == FINISHING


def draw_population(rng: np.random.Generator, design: Design, rows: int) -> Population:
    """Draw `rows` registrants.

    School type and, apart from the choice of schools, income have the same distribution in every
    state, and presence depends on the situation alone, so that the coefficients of Brazil are
    plain averages of those of its states.
    """
    parameters, schools = design.parameters, design.schools
    state = draw(rng, state_shares(), rows)
    situation = draw(rng, [parameters.situation[name] for name in SITUATIONS], rows)
    shares = [parameters.school_type[name] for name in SCHOOL_TYPES]
    school_type = draw(rng, shares, rows)
    elsewhere = rng.random(rows) < parameters.school_in_other_state
    other = (state + rng.integers(1, len(STATES), rows)) % len(STATES)
    school = draw_school(rng, schools, np.where(elsewhere, other, state), school_type)
    presence = PRESENCE[draw_by_group(rng, _presence_shares(parameters), situation)]
    return Population(
        state=state,
        municipality=draw_municipality(rng, design.places, state),
        situation=situation,
        school_type=school_type,
        school=school,
        income=draw_by_group(rng, schools.income, school),
        day_one=presence[:, 0],
        day_two=presence[:, 1],
    )


def _presence_shares(parameters: Parameters) -> np.ndarray:
    """Weights of ``PRESENCE`` by situation, shape (situations, pairs)."""
    absent = np.array([parameters.absent_day_one[name] for name in SITUATIONS])
    present = 1 - absent
    leaves, stays_away = (
        parameters.absent_day_two["after_presence"],
        parameters.absent_day_two["after_absence"],
    )
    out_one, out_two = parameters.eliminated["day_one"], parameters.eliminated["day_two"]
    columns = (
        absent * stays_away,
        present * leaves,
        absent * (1 - stays_away),
        present * (1 - leaves - out_one - out_two),
        present * out_one,
        present * out_two,
    )
    return np.column_stack(columns)
