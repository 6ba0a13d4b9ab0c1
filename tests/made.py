"""Small made participants, cells, draws and priors, built without the library's own tabulation."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
import yaml

from enem.mixed.priors import Prior
from enem.tabulate.grid import CellGrid

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
TYPES = ("federal", "estadual", "municipal", "privada")
LETTERS = tuple("ABCDEFGHIJKLMNOPQ")
PRIORS = {
    "intercept": Prior("normal", {"mean": 500.0, "sd": 100.0}),
    "slope": Prior("normal", {"mean": 0.0, "sd": 50.0}),
    "sigma": Prior("log_normal", {"median": 90.0, "log_sd": 0.6}),
    "tau_intercept": Prior("half_normal", {"sd": 50.0}),
    "tau_slope": Prior("half_normal", {"sd": 25.0}),
    "tau_bracket": Prior("half_normal", {"sd": 25.0}),
    "tau_cell": Prior("half_normal", {"sd": 25.0}),
}
POPULATION = {
    "school_type": "enrolled",
    "trainees": "exclude",
    "blank_answer_sheets": "exclude",
    "zero_essays": "keep",
    "applications": "all",
}


def shipped_config():
    return yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


def scores(counts, expected, sigma, rng, types=TYPES, letters=LETTERS):
    """Draw one row a participant: counts and expected (G, B), sigma (G,)."""
    counts = np.asarray(counts, int)
    g, b = (index.ravel() for index in np.indices(counts.shape))
    g, b = np.repeat(g, counts.ravel()), np.repeat(b, counts.ravel())
    expected, sigma = np.broadcast_to(expected, counts.shape), np.asarray(sigma, float)
    return pd.DataFrame(
        {
            "school_type": np.array(types)[g],
            "income_bracket": np.array(letters)[b],
            "score": rng.normal(expected[g, b], sigma[g]),
        }
    )


def cells_of(rows, types=TYPES, letters=LETTERS):
    """Collapse rows to a full cells table, one cell at a time."""
    table = []
    for school_type in types:
        for letter in letters:
            mine = (rows.school_type == school_type) & (rows.income_bracket == letter)
            y = rows.score[mine].to_numpy()
            mean = y.mean() if len(y) else np.nan
            ss = float(((y - mean) ** 2).sum()) if len(y) else 0.0
            table.append((school_type, letter, len(y), mean, ss))
    return pd.DataFrame(table, columns=["school_type", "income_bracket", "n", "mean", "ss"])


def grid_of(rows, x, types=TYPES, letters=LETTERS):
    table = cells_of(rows, types, letters)
    shape = (len(types), len(letters))
    n, mean, ss = (table[c].fillna(0).to_numpy(float).reshape(shape) for c in ("n", "mean", "ss"))
    return CellGrid(tuple(types), tuple(letters), np.asarray(x, float), n, mean, ss)


def dataset(**variables):
    """Draws: each value (chain, draw), or a pair of such an array and its further dims."""
    made = {}
    coords = {"school_type": TYPES, "income_bracket": LETTERS}
    used = {}
    for name, value in variables.items():
        values, dims = value if isinstance(value, tuple) else (value, ())
        made[name] = (("chain", "draw", *dims), values)
        for axis, dim in enumerate(dims):
            used[dim] = list(coords[dim][: values.shape[2 + axis]])
    return xr.Dataset(made, coords=used)
