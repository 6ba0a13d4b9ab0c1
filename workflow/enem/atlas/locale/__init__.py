"""Message catalogues of the atlas, on top of those of the report (names of states, models...)."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from enem.report import locale
from enem.report.locale import TAGS, Language

__all__ = ["FOLDER", "TAGS", "language"]

FOLDER = Path(__file__).parent


@cache
def language(code: str) -> Language:
    """Read the catalogue of a language."""
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file)
    own = {entry.id: entry.string for entry in catalogue if entry.id}
    common = locale.language(code)
    return replace(common, messages={**common.messages, **own})
