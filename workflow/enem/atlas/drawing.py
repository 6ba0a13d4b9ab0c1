"""Figures inside the page, and their files beside it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from enem.atlas import ranking, trends
from enem.atlas.measures import SHOWN
from enem.atlas.subject import Subject
from enem.atomic import write_csv
from enem.figures.frame import FramedFigure
from enem.figures.names import LANGUAGES
from enem.figures.style import NARROW, WIDE, Sheet, drawn_on
from enem.figures.writing import lay_out, svg_versions, write_drawings
from enem.language import TAGS
from enem.report.downloads import Download, downloads
from enem.report.inline_svg import inline_svg

FIGURES = "figures"
"""Folder of the figures' files, beside the page."""


@dataclass(frozen=True)
class Drawn:
    """A figure in every language.

    Attributes
    ----------
    kind
        As in its caption's key.
    edition
        None for one of all editions.
    identifier
        Ends its ids.
    markup, narrow
        The drawing, and the one for a phone, where there is one.
    files
        Links to its files.
    """

    kind: str
    edition: str | None
    identifier: str
    markup: Markup
    narrow: Markup | None
    files: list[Download]


def figures(table: pd.DataFrame, subject: Subject, folder: Path) -> Iterator[Drawn]:
    """Draw every figure of one measure of one outcome, the newest edition first.

    Parameters
    ----------
    table
        Rows of one outcome: ``edition, state, status, mean, sd, interval_low, interval_high``,
        with a row, ``missing``, for every analysis that did not finish.
    subject
        What is drawn and how.
    folder
        Of the page.
    """
    shown = table[table["status"] == SHOWN]
    if shown.empty:
        return
    editions = sorted(table["edition"].unique(), key=lambda e: (e.isdigit(), e), reverse=True)
    for edition in editions:
        order = ranking.ranked(table[table["edition"] == edition])
        if len(order) > 1:
            draw = partial(ranking.draw, order, edition, subject)
            # older ones are folded away
            narrow = edition == editions[0]
            yield in_page(subject, "ranking", edition, draw, order, folder, narrow=narrow)
    years = table[table["edition"].str.isdigit()]
    known = years[years["status"] == SHOWN]
    if years["edition"].nunique() > 1 and not known.empty:
        yield in_page(subject, "trends", None, partial(trends.draw, years, subject), known, folder)


def in_page(
    subject: Subject,
    kind: str,
    edition: str | None,
    draw: Callable[[], FramedFigure],
    table: pd.DataFrame,
    folder: Path,
    *,
    narrow: bool = True,
) -> Drawn:
    """Put a figure into the page, in every language, and write its files and its data.

    With `narrow` it is drawn for a phone as well.
    """
    identifier = subject.identifier(kind, edition)
    svg, files = written(draw(), identifier, table, folder, WIDE)
    phone = None
    if narrow:
        with drawn_on(NARROW):
            figure = draw()
            lay_out(figure)
            phone = _inlined(svg_versions(figure, "atlas-narrow"), identifier, "-narrow")
    return Drawn(kind, edition, identifier, _inlined(svg, identifier), phone, files)


def _inlined(svg: Mapping[str, str], identifier: str, ending: str = "") -> Markup:
    versions = {TAGS[code]: text for code, text in svg.items()}
    return inline_svg(versions, f"drawing-{identifier}{ending}", identifier)


def written(
    figure: FramedFigure, identifier: str, table: pd.DataFrame, folder: Path, sheet: Sheet
) -> tuple[dict[str, str], list[Download]]:
    """Write a figure, drawn on a sheet, with its data; return its SVG by language, and the links.

    Parameters
    ----------
    figure
        Not laid out yet.
    identifier
        Names its files.
    table
        What it shows.
    folder
        Of the page.
    sheet
        That it was drawn on.
    """
    names = {kind: {code: f"{identifier}.{code}.{kind}" for code in LANGUAGES}
             for kind in ("svg", "png")}  # fmt: skip
    with drawn_on(sheet):
        svg = write_drawings(figure, "atlas", folder / FIGURES, names["svg"], names["png"])
    data = f"{identifier}.csv"
    write_csv(table.dropna(axis=1, how="all"), folder / FIGURES / data)
    return svg, downloads({**names, "csv": data}, FIGURES, "enem-atlas")
