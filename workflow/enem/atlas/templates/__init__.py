"""The atlas' template, table script and what it adds to the report's style."""

from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from enem.atlas.locale import TAGS, language
from enem.report import templates
from enem.report.phrases import Message, Number, Phrase

FOLDER = Path(__file__).parent
REPORT = Path(templates.__file__).parent


@cache
def environment() -> Environment:
    """Return the atlas' Jinja environment, as strict as the report's."""
    return templates.strict_environment(FOLDER, say=say, show=show, file=read_file)


def say(key: str, **values: Phrase) -> Markup:
    """Write a message of the catalogues in every language of the page."""
    return show(Message(key, values))


def show(phrase: Phrase) -> Markup:
    """Write a phrase in every language, once where all write it alike."""
    languages = [language(code) for code in TAGS]
    written = [each.write(phrase) for each in languages]
    if len(set(written)) == 1:
        return written[0]
    if isinstance(phrase, Number):
        inner = templates.both_numbers(each.number(phrase) for each in languages)
        frame = Markup('<data value="{}" data-source="{}">{}</data>')
        return frame.format(repr(phrase.value), phrase.source, inner)
    return _versions(written)


def _versions(written: list[str]) -> Markup:
    frame = Markup('<i lang="{}">{}</i>')
    return Markup("").join(map(frame.format, TAGS.values(), written))


def read_file(name: str) -> Markup:
    """Return a style or script as it is: our own, or the report's, whose look the atlas shares."""
    own = FOLDER / name
    return Markup((own if own.is_file() else REPORT / name).read_text(encoding="utf-8"))
