"""Figures as text that stands inside the page."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from enem.atlas import ranking, trends
from enem.atlas.measures import SHOWN, Measure
from enem.atlas.subject import Subject
from enem.atlas.words import Words
from enem.figures.frame import FramedFigure
from enem.figures.writing import lay_out, svg_versions
from enem.language import TAGS
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
    subject = subject_of(measure, outcome, settings)
    shown = table[table["status"] == SHOWN]
    if shown.empty:
        return
    name = f"{outcome}-{measure.name}"
    for edition in sorted(table["edition"].unique(), key=lambda e: (e.isdigit(), e), reverse=True):
        rows = table[table["edition"] == edition]
        order = ranking.ranked(rows)
        if len(order) > 1:
            yield in_languages("ranking", edition, name, ranking.draw(order, edition, subject))
    years = table[table["edition"].str.isdigit()]
    if years["edition"].nunique() > 1 and (years["status"] == SHOWN).any():
        yield in_languages("trends", None, name, trends.draw(years, settings.matched, subject))


def subject_of(measure: Measure, outcome: str, settings: Settings) -> Subject:
    """Return what figures of one measure of one outcome are about."""
    mass, smallest, matched = settings.mass, settings.smallest, settings.matched
    return Subject(measure, outcome, mass, smallest, matched, Words())


def in_languages(kind: str, edition: str | None, name: str, figure: FramedFigure) -> Drawn:
    """Put a figure into the page, in every language."""
    identifier = "-".join(filter(None, [kind, name, edition]))
    lay_out(figure)
    versions = {TAGS[code]: svg for code, svg in svg_versions(figure, "atlas").items()}
    markup = inline_svg(versions, f"drawing-{identifier}", identifier)
    return Drawn(kind, edition, identifier, markup)
