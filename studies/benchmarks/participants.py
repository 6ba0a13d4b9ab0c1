"""Participants of one plausible state, of any number."""

import numpy as np
import pandas as pd

from enem.mixed.tables import Tables
from enem.models.cells import CellGrid, grid_from_table
from enem.names import SCHOOL_TYPES
from enem.tabulate.cells import collapse_to_cells
from enem.tabulate.sums import collapse_to_sums
from studies.validation.setting import SHARES, empty_grid

LINES = {
    "federal": (560.0, 22.0, 68.0),
    "estadual": (505.0, 18.0, 66.0),
    "municipal": (515.0, 20.0, 70.0),
    "privada": (545.0, 32.0, 74.0),
}
"""Intercept, slope and sigma of each school type, points: the size of what real states show."""


def participants(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw ``school_type, income_bracket, x, score`` of `count` participants."""
    grid = empty_grid()
    names, shares = list(SHARES), np.array(list(SHARES.values()))
    group = rng.choice(len(names), count, p=shares / shares.sum())
    weight = np.linspace(1.0, 0.05, len(grid.brackets))
    bracket = rng.choice(len(weight), count, p=weight / weight.sum())
    intercept, slope, sigma = np.array([LINES[name] for name in names]).T[:, group]
    x = grid.x[bracket]
    return pd.DataFrame(
        {
            "school_type": np.array(names)[group],
            "income_bracket": np.array(grid.brackets)[bracket],
            "x": x,
            "score": intercept + slope * x + sigma * rng.standard_normal(count),
        }
    )


def cells_of(rows: pd.DataFrame) -> CellGrid:
    """Collapse rows to cells as the workflow does."""
    grid = empty_grid()
    cells = collapse_to_cells(rows, SCHOOL_TYPES, list(grid.brackets))
    income = pd.DataFrame({"income_bracket": grid.brackets, "x": grid.x})
    return grid_from_table(cells, income)


def tables_of(rows: pd.DataFrame) -> Tables:
    """Collapse rows to sums as the workflow does, schools and municipalities not known."""
    grid = empty_grid()
    income = pd.DataFrame({"income_bracket": grid.brackets, "x": grid.x})
    sums = collapse_to_sums(rows.assign(municipality=None, school=None), ())
    return Tables(sums, income, {"school_type": SCHOOL_TYPES})
