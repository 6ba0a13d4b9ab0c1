"""Message catalogues of the atlas, on top of those of the report (names of states, models...)."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from enem.report import locale
from enem.report.locale import TAGS, Language, overlaid

__all__ = ["FOLDER", "TAGS", "language"]

FOLDER = Path(__file__).parent


def language(code: str) -> Language:
    """Return a language, with the words of editions that hold income or of those that do not."""
    return _language(code, locale.with_income())


@cache
def _language(code: str, income: bool) -> Language:
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file)
    own = {entry.id: entry.string for entry in catalogue if entry.id}
    common = locale.language(code)
    return replace(common, messages=overlaid({**common.messages, **own}, income))
