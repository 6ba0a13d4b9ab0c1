"""The interactive chart's numbers as tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from enem.language.phrases import Message, Number, Untraced, message, wages_code
from enem.report.sections.explore import ENDS, Exploration
from enem.report.tables import Table

WAGES = "#,##0.##"


@dataclass(frozen=True)
class ProfileRow:
    """One cell: participants, expected score with its interval, interval of a participant's."""

    school_type: str
    bracket: Untraced
    count: Number | None
    expected: tuple[Number, ...]
    predicted: tuple[Number, Number]


def profile_rows(exploration: Exploration, income: Table) -> list[ProfileRow]:
    """List the predictions of every cell."""
    p, rows = exploration.profiles, []
    for g, school_type in enumerate(exploration.school_types):
        for b, letter in enumerate(exploration.brackets):
            expected = zip(p.expected, ENDS, strict=True)
            ends = ((p.quantiles[i], f"quantile {p.levels[i]:g}") for i in (0, -1))
            low, high = (exploration.number(value, g, b, column) for value, column in ends)
            rows.append(
                ProfileRow(
                    school_type,
                    Untraced(bracket_label(income, letter)),
                    exploration.count(g, b),
                    tuple(exploration.number(v, g, b, c) for v, c in expected),
                    (low, high),
                )
            )
    return rows


@dataclass(frozen=True)
class GapRow:
    """Two school types at one income."""

    bracket: Untraced
    numbers: tuple[Number, ...]


def gap_rows(exploration: Exploration, income: Table) -> Mapping[tuple[str, str], list[GapRow]]:
    """List the gap of every pair of school types by income."""
    types, brackets = exploration.school_types, exploration.brackets
    return {
        (types[first], types[second]): [
            GapRow(Untraced(bracket_label(income, letter)), exploration.gap(first, second, b))
            for b, letter in enumerate(brackets)
        ]
        for second, first in combinations(range(len(types)), 2)
    }


def bracket_label(income: Table, letter: str) -> Message:
    """Describe a bracket of family income by its limits."""
    ends = ("lower_min_wages", "upper_min_wages")
    lower, upper = (income.number(end, WAGES, income_bracket=letter) for end in ends)
    if upper is None:
        return message("above {lower}", lower=_wages(lower))
    if upper.value == 0:
        return message("no income")
    if lower.value == 0:
        return message("up to {upper}", upper=_wages(upper))
    return message("above {lower} up to {upper}", lower=lower, upper=_wages(upper))


def _wages(number: Number) -> Message:
    return message(wages_code(number.value), wages=number)
