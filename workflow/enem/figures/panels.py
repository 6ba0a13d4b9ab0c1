"""A grid of panels, one a parameter: a row a kind of parameter, a column a school type."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from enem.figures import labels


def panel_rows(names: list[str], school_types: tuple[str, ...]) -> list[list[str | None]]:
    """Arrange parameters in a row a kind, columns by school type, the rest in the last row.

    The first column holds what school types have in common (None where there is nothing).
    """
    rows: list[list[str | None]] = []
    rest = [name for base in labels.PARAMETERS for name in names if name == base]
    for base in labels.PARAMETERS:
        groups = [f"{base}[{g}]" for g in school_types if f"{base}[{g}]" in names]
        if groups:
            rows.append([base if base in rest else None, *groups])
            rest = [name for name in rest if name != base]
    return [*rows, rest] if rest else rows


def panel_title(name: str, participants: Mapping[str, int], *, among_groups: bool) -> str:
    """Name a panel's parameter, and under it whom it is about and how many they are."""
    group = name.partition("[")[2].removesuffix("]")
    if group:
        return f"{labels.parameter(name, chr(10))}\n{labels.count(participants[group])}"
    whom = labels.text("estimates.across") if among_groups else labels.count(participants["all"])
    return f"{labels.parameter(name)}\n{whom}"


def place_panels(
    body: SubFigure, rows: list[list[str | None]], **shared: bool
) -> Iterator[tuple[str, Axes]]:
    """Make the grid of axes and yield each parameter with its own, removing the unused ones."""
    grid = body.subplots(len(rows), max(map(len, rows)), squeeze=False, **shared)
    for names, line in zip(rows, grid, strict=True):
        for name, axes in zip_longest(names, line):
            if name is None:
                axes.remove()
            else:
                yield name, axes
