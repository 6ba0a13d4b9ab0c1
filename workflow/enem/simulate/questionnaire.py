"""Columns of the socioeconomic questionnaire and the like."""

import numpy as np

from enem.simulate.columns import Column, column
from enem.simulate.draws import draw, draw_by_group
from enem.simulate.parameters import INCOME_BRACKETS, Parameters
from enem.simulate.population import Population


def questionnaire_columns(
    rng: np.random.Generator, parameters: Parameters, population: Population
) -> dict[str, Column]:
    """``Q001`` to ``Q027``, and the columns that depend on nothing else.

    Q006 is income, Q026 repeats the situation, Q027 is the school type that participants report.
    """
    rows = len(population.state)
    columns = {
        name: column(draw(rng, list(shares.values()), rows), shares)
        for name, shares in parameters.independent.items()
    }
    reported = parameters.by_school_type("reported_school_type")
    return columns | {
        "Q006": column(population.income, INCOME_BRACKETS),
        "Q026": column(population.situation, "ABCD"),
        "Q027": column(draw_by_group(rng, reported, population.school_type), "ABCDE"),
    }
