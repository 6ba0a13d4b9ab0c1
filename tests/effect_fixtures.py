"""Draws of models on small data: made scales, and exactly what follows from them."""

import numpy as np
import pandas as pd
import xarray as xr

from enem.compare.asked import asked_effects
from enem.mixed.fit import complete_posterior
from enem.mixed.packing import pack
from mixed_fixtures import INCOME, PRIORS, SCHOOL_TYPES, design_of, participants, specification

X = INCOME["x"].to_numpy()
VALUES = 2 * 2.0**X
BOUNDS = np.sqrt(VALUES[:-1] * VALUES[1:])
BRACKETS = INCOME.assign(
    value_min_wages=VALUES, lower_min_wages=[0, *BOUNDS], upper_min_wages=[*BOUNDS, np.nan]
)
SETTINGS = {
    "incomes": [1.1, 2.6],
    "gap_sizes": [0, 60],
    "score_thresholds": [600],
    "profiles": [
        {"school_type": "privada", "income": 4.5},
        {"school_type": "municipal", "income": 4.5},
        {"school_type": "publica", "income": 4.5},
    ],
}
ASKED = asked_effects(SETTINGS, BRACKETS)
STATISTICS = ["mean", "sd", "interval_low", "interval_high"]


def draws_of(design, seed=5, shape=(2, 30), tau=20.0):
    """Complete made draws of the scales, as if a sampler had made them."""
    rng = np.random.default_rng(seed)
    sigma = rng.normal(62, 1, (*shape, len(design.sigma_labels)))
    scales = np.abs(rng.normal(tau, 2, (*shape, len(design.spec.scales))))
    value = np.concatenate([sigma, scales], axis=2)
    sampled = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"value": (("chain", "draw", "name"), value)}),
            "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), np.zeros(shape, bool))}),
        }
    )
    return complete_posterior(sampled, design, pack(design, PRIORS), PRIORS, rng)


def case(name="school_type", levels=("municipality", "school"), rows=None):
    """Rows, a model's design on them and draws."""
    rows = participants(900) if rows is None else rows
    design = design_of(rows, specification(name, levels))
    return rows, design, draws_of(design)


def one(table, **where):
    found = table[(table[list(where)] == pd.Series(where)).all(axis=1)]
    assert len(found) == 1, (where, len(found))
    return found.iloc[0]


def numbers_of(draws, mass):
    tail = 100 * (1 - mass) / 2
    return [np.mean(draws), np.std(draws, ddof=1), *np.percentile(draws, [tail, 100 - tail])]


def expected_of(tree, name):
    """Draws of cells, (draws, school types, incomes)."""
    values = tree["expected"][name].to_numpy()
    return values.reshape(-1, *values.shape[2:])


def cell_of(row):
    """Position of somebody's cell."""
    return SCHOOL_TYPES.index(row.school_type), "ABCDEF".index(row.income_bracket)


def people(rows):
    """Cell of every participant, two arrays."""
    return tuple(np.array([cell_of(row) for row in rows.itertuples()]).T)


def with_scores(tree, score):
    """Replace the expected scores of both scopes by those of cells, the same in every draw."""
    expected = tree["expected"].to_dataset()
    whole = np.broadcast_to(score, expected["these_schools"].shape)
    dims = expected["these_schools"].dims
    changed = dict.fromkeys(("these_schools", "schools_like_these"), (dims, whole))
    out = tree.copy()
    out["expected"] = xr.DataTree(expected.assign(changed))
    return out
