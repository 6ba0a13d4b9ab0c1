"""Columns of the exam: presence, booklets, answers and scores."""

import numpy as np

from enem.names import AREAS, ESSAY, SCORES
from enem.simulate.booklets import BOOKLETS, SHEETS
from enem.simulate.columns import ESSAY_PARTS, Column, column, neighbours
from enem.simulate.design import Design
from enem.simulate.parameters import Parameters
from enem.simulate.population import PRESENT, Population
from enem.simulate.scores import Scores

DAY_ONE_AREAS = ("CH", "LC")
"""In 2017 the essay, too, was on day one; CN and MT on day two."""

BLANK_SHEET = SHEETS - 1
COMPETENCES = 5
ESSAY_STEP = 20
LARGEST_SCORE = 1000


def exam_columns(
    rng: np.random.Generator, design: Design, population: Population, scores: Scores
) -> dict[str, Column]:
    """Columns from ``TP_PRESENCA_CN`` to ``NU_NOTA_REDACAO``.

    Everything but ``TP_PRESENCA_*`` and ``TP_LINGUA`` is blank without presence.
    """
    parameters, booklets, rows = design.parameters, design.booklets, len(population.state)
    spanish = rng.random(rows) < parameters.spanish
    colours = {day: rng.integers(0, 4, rows) for day in ("one", "two")}
    columns = {"TP_LINGUA": column(spanish.astype(int), range(2))}
    for index, area in enumerate(AREAS):
        day = "one" if area in DAY_ONE_AREAS else "two"
        presence = population.day_one if day == "one" else population.day_two
        sheet = rng.integers(0, BLANK_SHEET, rows)
        sheet[scores.blank[:, index]] = BLANK_SHEET
        if area == "LC":
            sheet += SHEETS * spanish
        here = presence == PRESENT
        columns |= {
            f"TP_PRESENCA_{area}": column(presence, range(3)),
            f"CO_PROVA_{area}": column(colours[day], BOOKLETS[area], here),
            f"NU_NOTA_{area}": column(scores.units[:, index], _SCORE_WORDS, here),
            f"TX_RESPOSTAS_{area}": column(sheet, booklets.sheets[area], here),
            f"TX_GABARITO_{area}": column(colours[day], booklets.keys[area], here),
        }
    return columns | _essay_columns(parameters, population, scores)


def _essay_columns(
    parameters: Parameters, population: Population, scores: Scores
) -> dict[str, Column]:
    here = population.day_one == PRESENT
    steps = scores.units[:, SCORES.index(ESSAY)]
    totals = range(0, LARGEST_SCORE + 1, ESSAY_STEP)
    parts = [
        [*(_competence(total, number) for number in range(COMPETENCES)), total] for total in totals
    ]
    status = column(scores.zero_status, [1, *parameters.zero_essay_status.keys()], here)
    return {"TP_STATUS_REDACAO": status} | neighbours(ESSAY_PARTS, steps, parts, here)


def _competence(total: int, number: int) -> int:
    """Share a total among the five competences in steps of 20, the first ones ahead."""
    even, left = divmod(total // ESSAY_STEP, COMPETENCES)
    return ESSAY_STEP * (even + (number < left))


_SCORE_WORDS = [f"{tenths / 10:g}" for tenths in range(10 * LARGEST_SCORE + 1)]
"""Scores as INEP prints them: one decimal, none when it is zero."""
