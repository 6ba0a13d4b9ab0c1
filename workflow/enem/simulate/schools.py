"""The schools that participants share: where they are, how large, how rich, how good."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from enem.names import SCHOOL_TYPES
from enem.simulate.parameters import Parameters, load_states, state_shares
from enem.simulate.places import Places, draw_municipality

FIRST_CODE = 1_000_000
"""The eight digits of a school's code begin with the two of its state."""

TYPES = len(SCHOOL_TYPES)


class Schools(NamedTuple):
    """Schools in order of state and type; every array has shape (schools,) unless stated.

    Attributes
    ----------
    state, school_type
        Indices into ``names.STATES`` and ``names.SCHOOL_TYPES``.
    municipality
        Index into the places.
    share
        Share of the participants of its state and type.
    income
        Share of each bracket among its participants, shape (schools, 17).
    rural
        Whether it lies in the country.
    municipality_effect, school_effect
        Points on top of the line of its type, before limits and rounding, the same for all scores.
    """

    state: np.ndarray
    school_type: np.ndarray
    municipality: np.ndarray
    share: np.ndarray
    income: np.ndarray
    rural: np.ndarray
    municipality_effect: np.ndarray
    school_effect: np.ndarray

    def codes(self) -> np.ndarray:
        """``CO_ESCOLA``: the code of the state, then the number of the school in it."""
        first = np.searchsorted(self.state, self.state)
        of_state = np.array([entry.code for entry in load_states().values()])
        return of_state[self.state] * FIRST_CODE + np.arange(1, len(self.state) + 1) - first


def draw_schools(
    rng: np.random.Generator, parameters: Parameters, places: Places, participants: int
) -> Schools:
    """Draw the schools of a release, as many as `participants` fill, one of each type at least."""
    effect = rng.normal(0, parameters.municipality_sd, len(places.rows))
    counts = _counts(parameters, participants)
    state, school_type = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), TYPES)
    size = rng.lognormal(0, parameters.school_size["log_sd"], len(state))
    group = state * TYPES + school_type
    share = size / np.bincount(group, size)[group]
    municipality = draw_municipality(rng, places, state)
    return Schools(
        state=state,
        school_type=school_type,
        municipality=municipality,
        share=share,
        income=_income_shares(rng, parameters, school_type, share * state_shares()[state]),
        rural=rng.random(len(state)) < parameters.rural_school,
        municipality_effect=effect[municipality],
        school_effect=rng.normal(0, parameters.school_sd, len(state)),
    )


def draw_school(
    rng: np.random.Generator, schools: Schools, state: np.ndarray, school_type: np.ndarray
) -> np.ndarray:
    """Draw a school of each row's state and type, an index into `schools`; shape (rows,)."""
    group = schools.state * TYPES + schools.school_type
    # The shares of each group add up to one, so the sums of all climb a step of one a group.
    ladder = np.cumsum(schools.share)
    last = np.flatnonzero(np.diff(group, append=group[-1] + 1))
    ladder[last] = group[last] + 1
    return np.searchsorted(ladder, rng.random(len(state)) + state * TYPES + school_type, "right")


def _counts(parameters: Parameters, participants: int) -> np.ndarray:
    """Schools by state and type, shape (27, 4), from the participants whose school is named."""
    named = participants * parameters.situation["finishing"]
    sizes = named * np.outer(state_shares(), parameters.by_school_type("school_type"))
    # A log-normal variable has the mean median * exp(sd^2 / 2).
    mean = parameters.school_size["median"] * np.exp(parameters.school_size["log_sd"] ** 2 / 2)
    return np.maximum(1, np.rint(sizes / mean)).astype(int)


def _income_shares(
    rng: np.random.Generator, parameters: Parameters, school_type: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Shares of the brackets given school, shape (schools, 17).

    Behind a bracket stands a standard normal variable, cut where the shares of the school type
    have it cut; a school shifts it.  The shifts have mean zero and the stated variance over the
    participants of each type, so that the shares of the type stay as they are.
    """
    between = parameters.by_school_type("income_between_schools")
    total = np.bincount(school_type, weight)
    shift = rng.standard_normal(len(school_type))
    shift -= (np.bincount(school_type, weight * shift) / total)[school_type]
    shift *= np.sqrt(between * total / np.bincount(school_type, weight * shift**2))[school_type]
    shares = parameters.by_school_type("income_per_thousand")
    cuts = ndtri(np.cumsum(shares, axis=1)[:, :-1] / shares.sum(axis=1, keepdims=True))
    spread = np.sqrt(1 - between)[school_type, None]
    below = ndtr((cuts[school_type] - shift[:, None]) / spread)
    return np.diff(below, prepend=0.0, append=1.0, axis=1)
