"""Columns of the registration: who the participant is, which school, where the exam is."""

import numpy as np
import pyarrow as pa

from enem.names import SCHOOL_TYPES, STATES
from enem.simulate.columns import Column, column
from enem.simulate.draws import draw, draw_by_group
from enem.simulate.parameters import Parameters, load_states
from enem.simulate.population import FINISHING, SITUATIONS, Population, draw_municipality

FIRST_NUMBER = 170_000_000_001
EARLY = 10
"""Index of ``TP_ANO_CONCLUIU`` 11, finished before 2007."""

PUBLIC, PRIVATE, ABROAD = 1, 2, 3
"""Indices of ``TP_ESCOLA`` 2, 3 and 4."""

REGULAR, ADULT = 0, 2
"""Indices of ``TP_ENSINO`` 1 and 3."""

PRIVADA = SCHOOL_TYPES.index("privada")


def registration_columns(
    rng: np.random.Generator,
    parameters: Parameters,
    population: Population,
    names: list[str],
    first_row: int,
) -> dict[str, Column | pa.Array]:
    """Columns from ``NU_INSCRICAO`` to ``SG_UF_PROVA``.

    Parameters
    ----------
    rng, parameters, population
        Where the draws come from, the stated shares, the registrants of this chunk.
    names
        Name of every municipality, in the order of ``states.yaml``.
    first_row
        Participants in earlier chunks, so that numbers stay unique.
    """
    return {
        **_person(rng, parameters, population, first_row),
        **_school(rng, parameters, population, names),
        **_place("PROVA", population.state, population.municipality, names),
    }


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
        "TP_FAIXA_ETARIA": _age(rng, parameters, population, year),
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
    return column(draw_by_group(rng, shares, group), range(1, 21))


def _school(
    rng: np.random.Generator, parameters: Parameters, population: Population, names: list[str]
) -> dict[str, Column]:
    rows = len(population.state)
    known = population.situation == FINISHING
    elsewhere = rng.random(rows) < parameters.school_in_other_state
    other = (population.state + rng.integers(1, len(STATES), rows)) % len(STATES)
    state = np.where(elsewhere, other, population.state)
    private = population.school_type == PRIVADA
    abroad = private & (rng.random(rows) < parameters.private_coded_abroad)
    sector = np.where(abroad, ABROAD, np.where(private, PRIVATE, PUBLIC))
    adult = rng.random(rows) < parameters.adult_education
    zeros = np.zeros(rows, dtype=int)
    return {
        **_place("ESC", state, draw_municipality(rng, state), names, known),
        "TP_ESCOLA": column(np.where(known, sector, 0), range(1, 5)),
        "TP_ENSINO": column(np.where(adult, ADULT, REGULAR), range(1, 4), known),
        "TP_DEPENDENCIA_ADM_ESC": column(population.school_type, range(1, 5), known),
        "TP_LOCALIZACAO_ESC": column(
            (rng.random(rows) < parameters.rural_school).astype(int), range(1, 3), known
        ),
        "TP_SIT_FUNC_ESC": column(zeros, [1], known),
    }


def _place(
    suffix: str,
    state: np.ndarray,
    municipality: np.ndarray,
    names: list[str],
    filled: np.ndarray | None = None,
) -> dict[str, Column]:
    states = load_states().values()
    codes = [code for entry in states for code in entry.municipalities]
    return {
        f"CO_MUNICIPIO_{suffix}": column(municipality, codes, filled),
        f"NO_MUNICIPIO_{suffix}": column(municipality, names, filled),
        f"CO_UF_{suffix}": column(state, [entry.code for entry in states], filled),
        f"SG_UF_{suffix}": column(state, STATES, filled),
    }
