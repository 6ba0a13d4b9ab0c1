"""Schools and sums of plausible states and of the country, of any number of participants."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from enem.mixed.tables import Tables
from enem.names import SCHOOL_TYPES
from studies.validation.setting import tables
from studies.validation.simulate import draw_rows, draw_sums

LINES = {
    "federal": (560.0, 15.0, 68.0),
    "estadual": (495.0, 12.0, 62.0),
    "municipal": (480.0, 12.0, 60.0),
    "privada": (565.0, 9.0, 66.0),
}
"""Intercept, slope and sigma of each school type, points: the size of what real states show."""
SCHOOL_SD, MUNICIPALITY_SD = 20.0, 10.0
PARTICIPANTS = {"federal": 0.06, "estadual": 0.76, "municipal": 0.01, "privada": 0.17}
SCHOOLS = {"federal": 0.03, "estadual": 0.7, "municipal": 0.02, "privada": 0.25}
"""Shares of the school types."""


class Size(NamedTuple):
    """How many participants go to how many schools, in how many municipalities."""

    participants: int
    schools: int
    municipalities: int


STATE = Size(35_000, 770, 520)
COUNTRY = Size(1_500_000, 28_000, 5_500)


def sums_of(size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the sums of `size`: ``municipality, school, school_type, income_bracket, n, mean, ss``.

    School types, schools and municipalities that nobody is at fall out.
    """
    participants = {name: round(share * size.participants) for name, share in PARTICIPANTS.items()}
    schools = {name: max(1, round(share * size.schools)) for name, share in SCHOOLS.items()}
    rows = draw_rows(participants, schools, size.municipalities, rng)
    return draw_sums(_truth(rows, rng), rows, rng)


def _truth(rows: pd.DataFrame, rng: np.random.Generator) -> xr.Dataset:
    groups = rows.drop_duplicates("school")
    place, names = pd.factorize(groups["municipality"])
    intercept, slope, sigma = np.array([LINES[name] for name in SCHOOL_TYPES]).T
    of = {
        "intercept_school_type": ("school_type", intercept),
        "slope_school_type": ("school_type", slope),
        "sigma": ("school_type", sigma),
        "school": ("group", rng.normal(0.0, SCHOOL_SD, len(groups))),
        "municipality": ("group", rng.normal(0.0, MUNICIPALITY_SD, len(names))[place]),
    }
    made = {k: (("chain", "draw", dim), values[None, None]) for k, (dim, values) in of.items()}
    coords = {"school_type": list(SCHOOL_TYPES), "group": groups["school"].to_list()}
    return xr.Dataset(made, coords)


def rows_of(sums: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw participants ``..., x, score`` whose sums are exactly these."""
    rows = sums.loc[sums.index.repeat(sums["n"])]
    noise = pd.Series(rng.standard_normal(len(rows)), rows.index)
    noise -= noise.groupby(level=0).transform("mean")
    spread = (noise**2).groupby(level=0).transform("sum")
    scale = np.sqrt(rows["ss"] / spread.where(spread > 0, 1.0))
    return rows.assign(score=rows["mean"] + scale * noise).reset_index(drop=True)


def tables_of(size: Size, seed: int) -> Tables:
    """Draw sums and put them beside the incomes of the project."""
    return tables(sums_of(size, np.random.default_rng(seed)))
