"""What all chunks of a simulated release share, drawn before the first of them."""

from typing import NamedTuple

import numpy as np

from enem.names import STATES
from enem.simulate.booklets import Booklets, draw_booklets
from enem.simulate.parameters import Parameters, load_parameters
from enem.simulate.places import Places, load_places
from enem.simulate.schools import Schools, draw_schools


class Design(NamedTuple):
    """A release before its participants.

    Attributes
    ----------
    parameters
        The content of ``parameters.yaml``.
    x
        Income scale of the brackets A to Q, shape (17,).
    shifts
        Shift of each state in points, the same for all scores, shape (27,).
    places, schools, booklets
        Where participants live and sit the exam, what they attend, what they answer.
    """

    parameters: Parameters
    x: np.ndarray
    shifts: np.ndarray
    places: Places
    schools: Schools
    booklets: Booklets


def draw_design(
    x: np.ndarray, participants: int, seed: int, municipality_override: str | None
) -> Design:
    """Draw shifts, schools and booklets, each from a stream of its own."""
    parameters = load_parameters()
    places = load_places(parameters, municipality_override)
    shifts, booklets, schools = (np.random.default_rng([seed, stream]) for stream in (0, 1, 3))
    return Design(
        parameters,
        x,
        shifts.normal(0, parameters.state_shift_sd, len(STATES)),
        places,
        draw_schools(schools, parameters, places, participants),
        draw_booklets(booklets),
    )
