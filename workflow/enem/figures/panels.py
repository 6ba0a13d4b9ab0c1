"""A grid of panels, one a parameter: a row a kind of parameter, a column a school type."""

from collections.abc import Iterator, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.font_manager import FontProperties

from enem.figures.frame import wrap
from enem.figures.labels import Labels
from enem.figures.style import SMALL_SIZE, WIDTH

PARAMETERS = (
    *("intercept", "slope", "sigma"),
    *("tau_intercept", "tau_slope", "tau_bracket", "tau_cell"),
)
"""In the order of rows."""


def panel_rows(names: list[str], school_types: tuple[str, ...]) -> list[list[str | None]]:
    """Arrange parameters in a row a kind, columns by school type, the rest in the last row.

    The first column holds what school types have in common (None where there is nothing).
    """
    rows: list[list[str | None]] = []
    rest = [name for base in PARAMETERS for name in names if name == base]
    for base in PARAMETERS:
        groups = [f"{base}[{g}]" for g in school_types if f"{base}[{g}]" in names]
        if groups:
            rows.append([base if base in rest else None, *groups])
            rest = [name for name in rest if name != base]
    return [*rows, rest] if rest else rows


def panel_title(
    name: str, participants: Mapping[str, int], labels: Labels, *, among_groups: bool
) -> str:
    """Name a panel's parameter, and under it whom it is about and how many they are."""
    group = name.partition("[")[2].removesuffix("]")
    if group:
        return f"{labels.parameter(name, chr(10))}\n{labels.count(participants[group])}"
    whom = labels.text("estimates.across") if among_groups else labels.count(participants["all"])
    return f"{labels.parameter(name)}\n{whom}"


def wrapped_title(lines: str, columns: int) -> str:
    """Break the lines of a panel's title to the width of one of `columns` panels."""
    font = FontProperties(size=SMALL_SIZE, weight="bold")
    width = WIDTH / columns - 0.25
    return "\n".join(part for line in lines.split("\n") for part in wrap(line, font, width))


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
