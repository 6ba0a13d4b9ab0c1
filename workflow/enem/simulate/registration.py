"""Columns of the registration: who the participant is, which school, where the exam is."""

import numpy as np
import pyarrow as pa

from enem.names import SCHOOL_TYPES
from enem.simulate.columns import REQUESTS, SCHOOL, Column, column, neighbours, place_names
from enem.simulate.design import Design
from enem.simulate.draws import draw, draw_by_group
from enem.simulate.parameters import Parameters
from enem.simulate.population import SITUATIONS, Population

FIRST_NUMBER = 170_000_000_001
EARLY = 10
"""Index of ``TP_ANO_CONCLUIU`` 11, finished before 2007."""

PUBLIC, PRIVATE, ABROAD = 1, 2, 3
"""Indices of ``TP_ESCOLA`` 2, 3 and 4."""

REGULAR, ADULT = 0, 2
"""Indices of ``TP_ENSINO`` 1 and 3."""

ACTIVE = 1
"""``TP_SIT_FUNC_ESC`` of every school."""

FIRST_AGES = np.array([*range(16, 26), *range(26, 72, 5)])
"""First age of INEP's 20 brackets, which are of one year up to 25 and of five from 26."""

PRIVADA = SCHOOL_TYPES.index("privada")


def registration_columns(
    rng: np.random.Generator, design: Design, population: Population, first_row: int
) -> dict[str, Column | pa.Array]:
    """Columns from ``NU_INSCRICAO`` to ``SG_UF_PROVA``.

    Participants were born and live where they sit the exam, and ask for nothing special; numbers
    go on from `first_row`, the participants in earlier chunks.
    """
    places = design.places.rows
    columns = {
        **_person(rng, design.parameters, population, first_row),
        **_sector(rng, design.parameters, population),
        **_school(population, design),
    }
    for suffix in ("RESIDENCIA", "NASCIMENTO"):
        columns |= neighbours(place_names(suffix), population.municipality, places)
    nothing = [0] * len(REQUESTS)
    exam = ((*nothing, *row) for row in places)
    return columns | neighbours((*REQUESTS, *place_names("PROVA")), population.municipality, exam)


def _person(
    rng: np.random.Generator, parameters: Parameters, population: Population, first_row: int
) -> dict[str, Column | pa.Array]:
    rows = len(population.state)
    numbers = pa.array(np.arange(FIRST_NUMBER + first_row, FIRST_NUMBER + first_row + rows))
    situation = population.situation
    graduate = situation == SITUATIONS.index("graduate")
    year = draw(rng, parameters.year_finished, rows)
    return {
        "NU_INSCRICAO": numbers.cast(pa.string()).cast(pa.binary()),
        "NU_ANO": column(np.zeros(rows, dtype=int), [2017]),
        "NU_IDADE": _age(rng, parameters, population, year),
        "TP_SEXO": column((rng.random(rows) < parameters.women).astype(int), ["M", "F"]),
        "TP_ST_CONCLUSAO": column(situation, range(1, 5)),
        "TP_ANO_CONCLUIU": column(np.where(graduate, year + 1, 0), range(12)),
        "IN_TREINEIRO": column((situation == SITUATIONS.index("trainee")).astype(int), range(2)),
    }


def _age(
    rng: np.random.Generator, parameters: Parameters, population: Population, year: np.ndarray
) -> Column:
    groups = ("recent_graduate", "finishing", "trainee", "other", "early_graduate")
    tables = [parameters.age_bracket[group] for group in groups]
    shares = np.array([[table.get(age, 0.0) for age in range(1, 21)] for table in tables])
    early = (population.situation == SITUATIONS.index("graduate")) & (year == EARLY)
    group = np.where(early, groups.index("early_graduate"), population.situation)
    bracket = draw_by_group(rng, shares, group)
    widths = np.diff(FIRST_AGES, append=FIRST_AGES[-1] + 1)
    age = FIRST_AGES[bracket] + rng.integers(0, widths[bracket])
    return column(age - FIRST_AGES[0], range(FIRST_AGES[0], FIRST_AGES[-1] + 1))


def _sector(
    rng: np.random.Generator, parameters: Parameters, population: Population
) -> dict[str, Column]:
    rows = len(population.state)
    named = population.school_named
    private = population.school_type == PRIVADA
    abroad = private & (rng.random(rows) < parameters.private_coded_abroad)
    sector = np.where(abroad, ABROAD, np.where(private, PRIVATE, PUBLIC))
    adult = rng.random(rows) < parameters.adult_education
    return {
        "TP_ESCOLA": column(np.where(named, sector, 0), range(1, 5)),
        "TP_ENSINO": column(np.where(adult, ADULT, REGULAR), range(1, 4), named),
    }


def _school(population: Population, design: Design) -> dict[str, Column]:
    schools = design.schools
    facts = (schools.codes(), schools.municipality, schools.school_type + 1, schools.rural + 1)
    rows = (
        (code, *design.places.rows[municipality], school_type, location, ACTIVE)
        for code, municipality, school_type, location in zip(*facts, strict=True)
    )
    return neighbours(SCHOOL, population.school, rows, population.school_named)
