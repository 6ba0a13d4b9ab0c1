"""The municipalities that participants live in, sit the exam in and go to school in."""

from typing import NamedTuple

import numpy as np

from enem.errors import InputError
from enem.names import STATES
from enem.simulate.columns import ENCODING, SEPARATOR
from enem.simulate.draws import draw_by_group
from enem.simulate.parameters import Parameters, load_states

OVERRIDDEN_STATE = "RS"


class Places(NamedTuple):
    """All municipalities of ``states.yaml``, in its order.

    Attributes
    ----------
    rows
        IBGE code and name of each, IBGE code and abbreviation of its state, as a line has them.
    state
        Index into ``names.STATES``, shape (municipalities,).
    weights
        Weight of each municipality (columns) in each state (rows), zero in other states.
    """

    rows: list[tuple[int, str, int, str]]
    state: np.ndarray
    weights: np.ndarray


def load_places(parameters: Parameters, override: str | None) -> Places:
    """List the municipalities, the first one of Rio Grande do Sul by the name `override` if given.

    Raises
    ------
    InputError
        When the file cannot hold `override`.
    """
    rows = []
    state = []
    rank = []
    for index, (abbreviation, entry) in enumerate(load_states().items()):
        for number, (code, name) in enumerate(entry.municipalities.items()):
            rows.append((code, name, entry.code, abbreviation))
            state.append(index)
            rank.append(number + 1)
    if override is not None:
        _check_name(override)
        first = state.index(STATES.index(OVERRIDDEN_STATE))
        rows[first] = (rows[first][0], override, *rows[first][2:])
    weights = np.zeros((len(STATES), len(rows)))
    weights[state, np.arange(len(rows))] = np.array(rank) ** -parameters.municipality_rank_power
    return Places(rows, np.array(state), weights)


def draw_municipality(rng: np.random.Generator, places: Places, state: np.ndarray) -> np.ndarray:
    """Draw a municipality of each row's state, an index into `places`; shape (rows,)."""
    return draw_by_group(rng, places.weights, state)


def _check_name(name: str) -> None:
    """Refuse a name that the file cannot hold: it has no quotes to hide a separator in."""
    try:
        name.encode(ENCODING)
    except UnicodeEncodeError as error:
        raise InputError(
            "municipality_override {name!r} has the character {character!r}, which Latin-1 "
            "lacks: INEP's 2017 file is in Latin-1, so choose another name.",
            name=name,
            character=error.object[error.start],
        ) from error
    if not name or any(mark in name for mark in (SEPARATOR, "\n", "\r")):
        raise InputError(
            "municipality_override {name!r} is empty or holds a semicolon or a line break, "
            "which would break the columns of the file: choose another name.",
            name=name,
        )
