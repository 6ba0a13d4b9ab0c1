"""Who registers: state, municipality, situation, school type, income, presence."""

from typing import NamedTuple

import numpy as np

from enem.names import SCHOOL_TYPES
from enem.simulate.draws import draw, draw_by_group
from enem.simulate.parameters import Parameters, load_states, state_shares

SITUATIONS = ("graduate", "finishing", "trainee", "other")
"""Situations in the order of ``TP_ST_CONCLUSAO`` 1 to 4."""

FINISHING = SITUATIONS.index("finishing")

ABSENT, PRESENT, ELIMINATED = 0, 1, 2
"""Codes of ``TP_PRESENCA_*``."""

PRESENCE = np.array([(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (1, 2)])
"""The pairs (day one, day two) that occur."""

MUNICIPALITY_WEIGHTS = (6, 3, 1)
"""The first municipality listed for a state takes most of the participants."""


class Population(NamedTuple):
    """Latent and known facts of a chunk of registrants; every array has shape (rows,)."""

    state: np.ndarray
    municipality: np.ndarray
    situation: np.ndarray
    school_type: np.ndarray
    income: np.ndarray
    day_one: np.ndarray
    day_two: np.ndarray


def draw_population(rng: np.random.Generator, parameters: Parameters, rows: int) -> Population:
    """Draw `rows` registrants.

    School type and income have the same distribution in every state, and presence depends on the
    situation alone, so that the coefficients of Brazil are plain averages of those of its states.
    """
    state = draw(rng, state_shares(), rows)
    situation = draw(rng, [parameters.situation[name] for name in SITUATIONS], rows)
    shares = [parameters.school_type[name] for name in SCHOOL_TYPES]
    school_type = draw(rng, shares, rows)
    presence = PRESENCE[draw_by_group(rng, _presence_shares(parameters), situation)]
    return Population(
        state=state,
        municipality=draw_municipality(rng, state),
        situation=situation,
        school_type=school_type,
        income=draw_by_group(rng, parameters.by_school_type("income_per_thousand"), school_type),
        day_one=presence[:, 0],
        day_two=presence[:, 1],
    )


def draw_municipality(rng: np.random.Generator, state: np.ndarray) -> np.ndarray:
    """Draw a municipality of each row's state: an index into all municipalities of ``states.yaml``.

    Parameters
    ----------
    rng
        Where the draws come from.
    state
        Index into ``names.STATES``, shape (rows,).
    """
    counts = [len(entry.municipalities) for entry in load_states().values()]
    weights = np.zeros((len(counts), sum(counts)))
    for row, (count, end) in enumerate(zip(counts, np.cumsum(counts), strict=True)):
        weights[row, end - count : end] = MUNICIPALITY_WEIGHTS[:count]
    return draw_by_group(rng, weights, state)


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
