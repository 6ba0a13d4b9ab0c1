"""A grid of panels, one a parameter: a row a kind of parameter, a column a school type."""

from collections.abc import Iterator, Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from enem.figures.frame import small_font, wrap
from enem.figures.style import sheet
from enem.figures.vocabulary import parameter_name
from enem.figures.words import changed, count, joined, say
from enem.mixed.parameters import GROUP_SUFFIX, LINES

BY_SCHOOL_TYPE = (*LINES, "sigma")
"""Kinds of parameters, in the order of rows."""

COLUMNS = 5
"""Panels in a row at most."""


def drawn_parameters(posterior: xr.Dataset, *, lines: bool = True) -> xr.Dataset:
    """Leave out what factors other than the school type add: too many for a panel each.

    Parameters
    ----------
    posterior
        Draws of a model.
    lines
        Whether lines of school types stay.
    """
    of_types = {f"{name}{GROUP_SUFFIX}" for name in LINES} if lines else set()
    kept = [
        name
        for name, of in posterior.data_vars.items()
        if not set(of.dims) - {"chain", "draw"} or name in {"sigma", *of_types}
    ]
    return posterior[kept]


def panel_rows(names: list[str], school_types: tuple[str, ...]) -> list[list[str | None]]:
    """Arrange parameters in a row a kind, columns by school type, the rest in the last rows.

    The first column holds what school types have in common (None where there is nothing).
    """
    rows: list[list[str | None]] = []
    rest = [name for name in names if "[" not in name]
    for base in BY_SCHOOL_TYPE:
        groups = [f"{base}[{g}]" for g in school_types if f"{base}[{g}]" in names]
        if groups:
            rows.append([base if base in rest else None, *groups])
            rest = [name for name in rest if name != base]
    columns = max([COLUMNS, *map(len, rows)])
    return [*rows, *(rest[at : at + columns] for at in range(0, len(rest), columns))]


def panel_title(name: str, participants: Mapping[str, int], *, among_groups: bool) -> str:
    """Name a panel's parameter, and under it whom it is about and how many they are."""
    base, _, group = name.removesuffix("]").partition("[")
    if group:
        return joined("\n", [parameter_name(name, "\n"), count(participants[group])])
    across = among_groups and base.removeprefix("tau_") in LINES
    whom = say("across types") if across else count(participants["all"])
    return joined("\n", [parameter_name(name), whom])


def wrapped_title(lines: str, columns: int, beside: float = 0.0) -> str:
    """Break the lines of a panel's title to the width of one of `columns` panels.

    Parameters
    ----------
    lines
        The title.
    columns
        Panels in a row.
    beside
        Inches that a shared axis takes at the left of the row.
    """
    font, width = small_font("bold"), (sheet().width - beside) / columns - 0.25

    def wrapped(own: str) -> str:
        return "\n".join(wrap(line, font, width) for line in own.split("\n"))

    return changed(lines, wrapped)


def place_panels(
    body: SubFigure, rows: list[list[str | None]], *, shared: bool = False
) -> Iterator[tuple[str, Axes]]:
    """Yield each parameter with its axes, on scales of their own or on those of the first."""
    grid = body.add_gridspec(len(rows), max(map(len, rows)))
    first = None
    for i, names in enumerate(rows):
        for j, name in enumerate(names):
            if name is not None:
                common = first if shared else None
                axes = body.add_subplot(grid[i, j], sharex=common, sharey=common)
                first = first or axes
                yield name, axes
