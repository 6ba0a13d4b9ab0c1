"""The effect of every school and municipality of the simulated release."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from enem.names import OUTCOMES, SCHOOL_TYPES
from enem.simulate.design import Design
from enem.simulate.truth import mean_response, moments_by_rule

COLUMNS = (
    *("municipality", "school", "school_type", "outcome", "zero_essays"),
    *("municipality_effect", "school_effect"),
)


def write_group_effects(path: Path, design: Design, attended: np.ndarray) -> None:
    """Write the effects in points of the published outcomes, to first order.

    Parameters
    ----------
    path
        The CSV to write.
    design
        What the release is made from.
    attended
        Whether the file names the school, shape (schools,).
    """
    kept = np.flatnonzero(attended)
    responses = {
        rule: mean_response(of, design.parameters) for rule, of in moments_by_rule(design).items()
    }
    found = [_rows(*each, design, kept) for each in responses.items()]
    pd.DataFrame(chain(*found), columns=COLUMNS).to_csv(path, index=False)


def _rows(
    rule: str, response: np.ndarray, design: Design, kept: np.ndarray
) -> Iterator[tuple[str | int, ...]]:
    schools, codes = design.schools, design.schools.codes()
    for school in kept:
        school_type = schools.school_type[school]
        municipality = design.places.rows[schools.municipality[school]][0]
        moved = response[school_type, schools.state[school]]
        for outcome, points in zip(OUTCOMES, moved, strict=True):
            effects = schools.municipality_effect[school], schools.school_effect[school]
            yield (
                *(municipality, codes[school], SCHOOL_TYPES[school_type], outcome, rule),
                *(f"{points * effect:.4f}" for effect in effects),
            )
