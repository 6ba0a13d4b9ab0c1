"""Write a simulated release and its truth."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from enem.atomic import replacing
from enem.errors import InputError
from enem.simulate.archive import write_member
from enem.simulate.booklets import Booklets, draw_booklets
from enem.simulate.columns import ENCODING, HEADER, SEPARATOR, encode_lines
from enem.simulate.exam import exam_columns
from enem.simulate.parameters import (
    DEFAULT_INCOME_VALUES,
    Parameters,
    income_scale,
    load_parameters,
    load_states,
)
from enem.simulate.population import draw_population
from enem.simulate.questionnaire import questionnaire_columns
from enem.simulate.registration import registration_columns
from enem.simulate.scores import draw_scores, draw_state_shifts
from enem.simulate.truth import write_truth

MEMBER = "DADOS/MICRODADOS_ENEM_2017.csv"
OVERRIDDEN_STATE = "RS"
LARGEST_CHUNK = 1_000_000
"""The lines of a chunk lie in one buffer with 32-bit offsets."""


class Design(NamedTuple):
    """What all chunks of a release share."""

    parameters: Parameters
    x: np.ndarray
    shifts: np.ndarray
    booklets: Booklets
    names: list[str]


def simulate_release(
    destination: Path,
    truth_path: Path,
    *,
    participants: int,
    seed: int,
    chunk_rows: int = 100_000,
    income_values: Mapping[str, float] | None = None,
    municipality_override: str | None = None,
) -> None:
    """Write a release in the dialect of INEP's 2017 zip, and the truth that it was made from.

    The same arguments always give the same bytes.  Another `chunk_rows` gives another draw from
    the same distribution, with the same truth: chunks are drawn from streams of their own.

    Parameters
    ----------
    destination
        The zip to write; nothing is left of it, or of the truth, when writing fails.
    truth_path
        CSV with the columns ``state, school_type, outcome, zero_essays, parameter, value``.
    participants
        Rows of the file.
    seed
        Not negative.  Decides the state shifts too.
    chunk_rows
        Rows held in memory at a time, at most `LARGEST_CHUNK`.
    income_values
        Income of the brackets A to Q, in minimum wages; see `DEFAULT_INCOME_VALUES`.
    municipality_override
        Name to give to one municipality of Rio Grande do Sul.

    Raises
    ------
    InputError
        When an argument cannot be used.
    """
    _check_counts(participants, seed, chunk_rows)
    x = income_scale(DEFAULT_INCOME_VALUES if income_values is None else income_values)
    parameters = load_parameters()
    design = Design(
        parameters,
        x,
        draw_state_shifts(np.random.default_rng([seed, 0]), parameters),
        draw_booklets(np.random.default_rng([seed, 1])),
        _municipality_names(municipality_override),
    )
    with replacing(destination) as release, replacing(truth_path) as truth:
        write_member(release, MEMBER, _blocks(design, participants, seed, chunk_rows))
        write_truth(truth, parameters, x, design.shifts)


def _blocks(
    design: Design, participants: int, seed: int, chunk_rows: int
) -> Iterator[bytes | memoryview]:
    yield (SEPARATOR.join(HEADER) + "\n").encode(ENCODING)
    for number, first_row in enumerate(range(0, participants, chunk_rows)):
        rows = min(chunk_rows, participants - first_row)
        yield _chunk(np.random.default_rng([seed, 2, number]), design, rows, first_row)


def _chunk(rng: np.random.Generator, design: Design, rows: int, first_row: int) -> memoryview:
    parameters = design.parameters
    population = draw_population(rng, parameters, rows)
    scores = draw_scores(rng, parameters, population, design.x, design.shifts)
    return encode_lines(
        {
            **registration_columns(rng, parameters, population, design.names, first_row),
            **exam_columns(rng, parameters, population, scores, design.booklets),
            **questionnaire_columns(rng, parameters, population),
        }
    )


def _municipality_names(override: str | None) -> list[str]:
    """Names of all municipalities, in the order of ``states.yaml``."""
    if override is not None:
        _check_name(override)
    names = []
    for state, entry in load_states().items():
        first, *others = entry.municipalities.values()
        replaced = override is not None and state == OVERRIDDEN_STATE
        names += [override if replaced else first, *others]
    return names


def _check_name(name: str) -> None:
    """Refuse a name that the file cannot hold: it has no quotes to hide a separator in."""
    try:
        name.encode(ENCODING)
    except UnicodeEncodeError as error:
        raise InputError(
            f"municipality_override {name!r} has the character {error.object[error.start]!r}, "
            "which Latin-1 lacks: INEP's 2017 file is in Latin-1, so choose another name."
        ) from error
    if not name or any(mark in name for mark in (SEPARATOR, "\n", "\r")):
        raise InputError(
            f"municipality_override {name!r} is empty or holds a semicolon or a line break, which "
            "would break the columns of the file: choose another name."
        )


def _check_counts(participants: int, seed: int, chunk_rows: int) -> None:
    if participants < 1:
        raise InputError(
            f"participants is {participants}: a simulated release needs at least 1 participant."
        )
    if not 1 <= chunk_rows <= LARGEST_CHUNK:
        raise InputError(
            f"chunk_rows is {chunk_rows}: give the number of rows to hold in memory, "
            f"from 1 to {LARGEST_CHUNK:,}."
        )
    if seed < 0:
        raise InputError(f"seed is {seed}: give an integer that is not negative.")
