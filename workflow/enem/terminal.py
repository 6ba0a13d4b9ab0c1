"""What a terminal, a notebook and the logs show, in the language of the locale."""

import os
from collections.abc import Mapping
from importlib import import_module
from logging import LogRecord
from numbers import Number
from string import Formatter

VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""What names the language of a terminal; the first one that is set counts, as gettext has it."""

PORTUGUESE_MARKS = str.maketrans(",.", ".,")
"""The marks of thousands and decimals that Python writes, and what stands in their place."""


def is_portuguese() -> bool:
    """Whether the language is Portuguese; it is English otherwise."""
    chosen = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "")
    return chosen.startswith("pt")


def language_code() -> str:
    """Return the language's code: ``pt`` or ``en``."""
    return "pt" if is_portuguese() else "en"


def translate(text: str) -> str:
    """Return an English text in the language of the terminal, where it is known."""
    if not is_portuguese():
        return text
    # By name: no result depends on the language of a log, and an import would say that all do.
    found = import_module("enem.language.catalogue").translations().get(text)
    return found.string if found is not None and found.string else text


def written(text: str, values: Mapping[str, object]) -> str:
    """Translate a text and fill in its places; without values it has none."""
    return _Writer().vformat(translate(text), (), values) if values else translate(text)


def translate_record(record: LogRecord) -> bool:
    """Put a line of the log in the language of the terminal: a filter that passes every line."""
    record.msg = translate(str(record.msg))
    return True


class _Writer(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        shown = super().format_field(value, format_spec)
        in_prose = format_spec and isinstance(value, Number)
        return shown.translate(PORTUGUESE_MARKS) if in_prose and is_portuguese() else shown
