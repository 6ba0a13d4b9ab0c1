"""Figures as text that stands inside the page."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from enem.atlas import ranking, trends
from enem.atlas.measures import SHOWN
from enem.atlas.subject import Subject
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


def figures(table: pd.DataFrame, subject: Subject) -> Iterator[Drawn]:
    """Draw every figure of one measure of one outcome, the newest edition first.

    Parameters
    ----------
    table
        Rows of one outcome: ``edition, state, status, mean, sd, interval_low, interval_high``,
        with a row, ``missing``, for every analysis that did not finish.
    subject
        What is drawn and how.
    """
    shown = table[table["status"] == SHOWN]
    if shown.empty:
        return
    for edition in sorted(table["edition"].unique(), key=lambda e: (e.isdigit(), e), reverse=True):
        rows = table[table["edition"] == edition]
        order = ranking.ranked(rows)
        if len(order) > 1:
            yield in_languages(subject, "ranking", edition, ranking.draw(order, edition, subject))
    years = table[table["edition"].str.isdigit()]
    if years["edition"].nunique() > 1 and (years["status"] == SHOWN).any():
        yield in_languages(subject, "trends", None, trends.draw(years, subject))


def in_languages(subject: Subject, kind: str, edition: str | None, figure: FramedFigure) -> Drawn:
    """Put a figure into the page, in every language."""
    parts = [kind, subject.outcome, subject.measure.name, edition]
    identifier = "-".join(filter(None, parts))
    lay_out(figure)
    versions = {TAGS[code]: svg for code, svg in svg_versions(figure, "atlas").items()}
    markup = inline_svg(versions, f"drawing-{identifier}", identifier)
    return Drawn(kind, edition, identifier, markup)
