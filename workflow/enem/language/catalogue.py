"""Sentences of figures, pages and atlas: English is the id, Portuguese the translation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from enem.yaml_file import read_yaml

FOLDER = Path(__file__).parent
NAMES, PORTUGUESE = FOLDER / "names.yaml", FOLDER / "pt_BR.po"

WITHOUT_INCOME = ".no_income"
"""Ending of the code of words that stand for another's where there is no income."""

_INCOME = ContextVar("income", default=True)


@contextmanager
def words_of(income: bool) -> Iterator[None]:
    """Write the words of an edition that holds income beside scores, or of one that does not."""
    token = _INCOME.set(income)
    try:
        yield
    finally:
        _INCOME.reset(token)


@cache
def names() -> Mapping[str, str]:
    """English words of what tables, settings and code name by a code."""
    return read_yaml(NAMES)


@cache
def translations() -> Catalog:
    """Read the Portuguese catalogue; ``msgctxt`` is the code where English has one word for two."""
    with PORTUGUESE.open("rb") as file:
        return read_po(file)


def has_name(code: str) -> bool:
    """Whether there are words for a code."""
    return code in names()


def is_translated(sentence: str) -> bool:
    """Whether an English sentence is in the catalogue."""
    return translations().get(sentence) is not None


def in_english(key: str) -> str:
    """Return the words of a code, in an edition without income its own; a sentence stays."""
    return names().get(_own(key), key)


def in_portuguese(key: str) -> str:
    """Return the Portuguese of a code or an English sentence.

    Raises
    ------
    KeyError
        When the sentence is not translated.
    """
    english = in_english(key)
    found = translations().get(english, _own(key)) or translations().get(english)
    if found is None:
        raise KeyError(f"“{english}” has no Portuguese: give {PORTUGUESE.name} an entry.")
    return found.string


def _own(key: str) -> str:
    own = f"{key}{WITHOUT_INCOME}"
    return own if not _INCOME.get() and own in names() else key
