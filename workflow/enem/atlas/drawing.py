"""Figures inside the page, and their files beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from enem.atlas import ranking, trends
from enem.atlas.measures import SHOWN
from enem.atlas.subject import Subject
from enem.atomic import write_bytes, write_csv, write_text
from enem.figures.frame import FramedFigure
from enem.figures.names import LANGUAGES
from enem.figures.style import WIDE, Sheet, drawn_on
from enem.figures.writing import lay_out, png_versions, svg_versions
from enem.language import TAGS
from enem.report.downloads import Download, downloads
from enem.report.inline_svg import inline_svg

FIGURES = "figures"
"""Folder of the figures' files, beside the page."""


@dataclass(frozen=True)
class Drawn:
    """A figure in every language; `kind` as in its caption's key, `edition` None for all."""

    kind: str
    edition: str | None
    identifier: str
    markup: Markup
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
    for edition in sorted(table["edition"].unique(), key=lambda e: (e.isdigit(), e), reverse=True):
        order = ranking.ranked(table[table["edition"] == edition])
        if len(order) > 1:
            figure = ranking.draw(order, edition, subject)
            yield in_page(subject, "ranking", edition, figure, order, folder)
    years = table[table["edition"].str.isdigit()]
    if years["edition"].nunique() > 1 and (years["status"] == SHOWN).any():
        figure = trends.draw(years, subject)
        yield in_page(subject, "trends", None, figure, years[years["status"] == SHOWN], folder)


def in_page(
    subject: Subject,
    kind: str,
    edition: str | None,
    figure: FramedFigure,
    table: pd.DataFrame,
    folder: Path,
) -> Drawn:
    """Put a figure into the page, in every language, and write its files and its data."""
    identifier = subject.identifier(kind, edition)
    svg, files = written(figure, identifier, table, folder, WIDE)
    markup = inline_svg(
        {TAGS[code]: text for code, text in svg.items()}, f"drawing-{identifier}", identifier
    )
    return Drawn(kind, edition, identifier, markup, files)


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
        lay_out(figure)
        svg = svg_versions(figure, "atlas")
        png = png_versions(figure, sheet.scale)
    for code in LANGUAGES:
        write_text(svg[code], folder / FIGURES / names["svg"][code])
        write_bytes(png[code], folder / FIGURES / names["png"][code])
    data = f"{identifier}.csv"
    write_csv(table.dropna(axis=1, how="all"), folder / FIGURES / data)
    return svg, downloads({**names, "csv": data}, FIGURES, "enem-atlas")
