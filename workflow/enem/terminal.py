"""What a terminal and the logs show, in the language of the locale: Portuguese or English."""

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from logging import LogRecord

from enem.errors import InputError

VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""What names the language of a terminal; the first one that is set counts, as gettext has it."""


def translator(environment: Mapping[str, str] = os.environ) -> Callable[[str], str]:
    """Return what turns an English text into the language of the terminal, where it is known."""
    chosen = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    return _portuguese if chosen.startswith("pt") else str


def explained(error: InputError) -> str:
    """Return the message of an error in the language of the terminal."""
    return error.translated(translator())


def translate_record(record: LogRecord) -> bool:
    """Put a line of the log in the language of the terminal: a filter that passes every line."""
    translate = translator()
    record.msg = translate(str(record.msg))
    if isinstance(record.args, tuple):
        record.args = tuple(
            each.translated(translate) if hasattr(each, "translated") else each
            for each in record.args
        )
    return True


def _portuguese(text: str) -> str:
    # By name: no result depends on the language of a log, and an import would say that all do.
    catalogue = import_module("enem.language.catalogue")
    found = catalogue.translations().get(text)
    return found.string if found is not None and found.string else text
