"""The effect of every school and municipality of the simulated release."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

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
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for rule, moments in moments_by_rule(design).items():
            response = mean_response(moments, design.parameters)
            writer.writerows(_rows(rule, response, design, np.flatnonzero(attended)))


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
