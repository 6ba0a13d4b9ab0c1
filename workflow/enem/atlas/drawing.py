"""Figures as text that stands inside the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

import pandas as pd
from markupsafe import Markup

from enem.atlas import ranking, trends
from enem.atlas.measures import SHOWN, Measure
from enem.atlas.subject import Subject
from enem.atlas.words import Words
from enem.figures.files import write_svg
from enem.figures.frame import FramedFigure
from enem.figures.layout import lay_out_alike
from enem.language import TAGS, language
from enem.report.inline_svg import inline_svg


@dataclass(frozen=True)
class Drawn:
    """A figure in every language; `kind` as in its caption's key, `edition` None for all."""

    kind: str
    edition: str | None
    identifier: str
    markup: Markup


@dataclass(frozen=True)
class Settings:
    """What all figures share: interval's mass, smallest group shown, matched editions."""

    mass: float
    smallest: int
    matched: tuple[str, ...]


def figures(
    table: pd.DataFrame, measure: Measure, outcome: str, settings: Settings
) -> Iterator[Drawn]:
    """Draw every figure of one measure of one outcome, the newest edition first.

    Parameters
    ----------
    table
        Rows of one outcome: ``edition, state, status, mean, sd, interval_low, interval_high``,
        with a row, ``missing``, for every analysis that did not finish.
    measure, outcome, settings
        What is drawn and how.
    """
    subjects = subjects_of(measure, outcome, settings)
    shown = table[table["status"] == SHOWN]
    if shown.empty:
        return
    name = f"{outcome}-{measure.name}"
    for edition in sorted(table["edition"].unique(), key=lambda e: (e.isdigit(), e), reverse=True):
        rows = table[table["edition"] == edition]
        order = ranking.ranked(rows)
        if len(order) > 1:
            draw = {c: ranking.draw(order, edition, s) for c, s in subjects.items()}
            yield in_languages("ranking", edition, name, draw)
    years = table[table["edition"].str.isdigit()]
    if years["edition"].nunique() > 1 and (years["status"] == SHOWN).any():
        draw = {c: trends.draw(years, settings.matched, s) for c, s in subjects.items()}
        yield in_languages("trends", None, name, draw)


def subjects_of(measure: Measure, outcome: str, settings: Settings) -> dict[str, Subject]:
    """Say in every language what figures of one measure of one outcome are about."""
    return {
        code: Subject(
            measure,
            outcome,
            settings.mass,
            settings.smallest,
            settings.matched,
            Words(language(code)),
        )
        for code in TAGS
    }


def in_languages(
    kind: str, edition: str | None, name: str, drawn: dict[str, FramedFigure]
) -> Drawn:
    """Put the versions of a figure together, by language."""
    identifier = "-".join(filter(None, [kind, name, edition]))
    lay_out_alike(list(drawn.values()))
    versions = {TAGS[code]: svg(figure) for code, figure in drawn.items()}
    markup = inline_svg(versions, f"drawing-{identifier}", identifier)
    return Drawn(kind, edition, identifier, markup)


def svg(figure: FramedFigure) -> str:
    """Write a figure as SVG, the same bytes for the same figure."""
    text = StringIO()
    write_svg(figure, text, "atlas")
    return text.getvalue()
