"""Write a simulated release and its truth."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from enem.atomic import replacing
from enem.errors import InputError
from enem.simulate.archive import write_member
from enem.simulate.columns import ENCODING, HEADER, SEPARATOR, encode_lines
from enem.simulate.design import Design, draw_design
from enem.simulate.exam import exam_columns
from enem.simulate.parameters import DEFAULT_INCOME_VALUES, income_scale
from enem.simulate.population import Population, draw_population
from enem.simulate.questionnaire import questionnaire_columns
from enem.simulate.registration import registration_columns
from enem.simulate.scores import draw_scores
from enem.simulate.truth import write_truth
from enem.simulate.truth_groups import write_group_effects

MEMBER = "DADOS/MICRODADOS_ENEM_2017.csv"
LARGEST_CHUNK = 1_000_000
"""The lines of a chunk lie in one buffer with 32-bit offsets."""


def simulate_release(
    destination: Path,
    truth_path: Path,
    *,
    participants: int,
    seed: int,
    chunk_rows: int = 100_000,
    income_values: Mapping[str, float] | None = None,
    municipality_override: str | None = None,
    groups_path: Path | None = None,
) -> None:
    """Write a release in the dialect of INEP's 2017 zip, and the truth that it was made from.

    The same arguments always give the same bytes.  Another `chunk_rows` gives another draw from
    the same distribution, with the same schools and truth: chunks are drawn from streams of their
    own.

    Parameters
    ----------
    destination
        The zip to write; nothing is left of it, or of the tables beside it, when writing fails.
    truth_path
        CSV with the columns ``state, school_type, outcome, zero_essays, parameter, value``.
    participants
        Rows of the file.  Decides the number of schools too.
    seed
        Not negative.  Decides state shifts, schools and effects too.
    chunk_rows
        Rows held in memory at a time, at most `LARGEST_CHUNK`.
    income_values
        Income of the brackets A to Q, in minimum wages; see `DEFAULT_INCOME_VALUES`.
    municipality_override
        Name to give to one municipality of Rio Grande do Sul.
    groups_path
        CSV of the effects of every school in the file; not written when not given.

    Raises
    ------
    InputError
        When an argument cannot be used.
    """
    _check_counts(participants, seed, chunk_rows)
    x = income_scale(DEFAULT_INCOME_VALUES if income_values is None else income_values)
    design = draw_design(x, participants, seed, municipality_override)
    pupils = np.zeros(len(design.schools.state), dtype=int)
    beside = nullcontext() if groups_path is None else replacing(groups_path)
    with replacing(destination) as release, replacing(truth_path) as truth, beside as groups:
        write_member(release, MEMBER, _blocks(design, participants, seed, chunk_rows, pupils))
        write_truth(truth, design)
        if groups is not None:
            write_group_effects(groups, design, pupils > 0)


def _blocks(
    design: Design, participants: int, seed: int, chunk_rows: int, pupils: np.ndarray
) -> Iterator[bytes | memoryview]:
    """Yield the lines of the file; add to `pupils` those of each school that it names."""
    yield (SEPARATOR.join(HEADER) + "\n").encode(ENCODING)
    for number, first_row in enumerate(range(0, participants, chunk_rows)):
        rows = min(chunk_rows, participants - first_row)
        rng = np.random.default_rng([seed, 2, number])
        population = draw_population(rng, design, rows)
        named = population.school[population.school_named]
        pupils += np.bincount(named, minlength=len(pupils))
        yield _chunk(rng, design, population, first_row)


def _chunk(
    rng: np.random.Generator, design: Design, population: Population, first_row: int
) -> memoryview:
    scores = draw_scores(rng, design, population)
    return encode_lines(
        {
            **registration_columns(rng, design, population, first_row),
            **exam_columns(rng, design, population, scores),
            **questionnaire_columns(rng, design.parameters, population),
        }
    )


def _check_counts(participants: int, seed: int, chunk_rows: int) -> None:
    if participants < 1:
        raise InputError(
            "participants is {participants}: a simulated release needs at least 1 participant.",
            participants=participants,
        )
    if not 1 <= chunk_rows <= LARGEST_CHUNK:
        raise InputError(
            "chunk_rows is {chunk_rows}: give the number of rows to hold in memory, from 1 "
            "to {largest:,}.",
            chunk_rows=chunk_rows,
            largest=LARGEST_CHUNK,
        )
    if seed < 0:
        raise InputError("seed is {seed}: give an integer that is not negative.", seed=seed)
