"""Message catalogues (``*.po``), and how each language writes numbers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from enem.report.phrases import Day, Listing, Message, Number, Phrase, Untraced, Verbatim

FOLDER = Path(__file__).parent
TAGS = {"pt": "pt-BR", "en": "en"}
"""The page's languages: catalogue and language tag."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Superscripts of an exponent."""


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes
    ----------
    code
        Name of its catalogue.
    tag
        For ``lang`` attributes.
    locale
        Its ways with numbers.
    messages
        Its catalogue: HTML with named placeholders, by key.
    """

    code: str
    tag: str
    locale: Locale
    messages: Mapping[str, str]

    def write(self, phrase: Phrase) -> Markup:
        """Write a phrase as HTML, everything that is not of the catalogue escaped.

        Raises
        ------
        KeyError
            When the catalogue lacks a key, or the phrase a value for a placeholder.
        """
        if isinstance(phrase, Number):
            return tagged(phrase, self.number(phrase))
        if isinstance(phrase, Verbatim):
            return escape(phrase.text)
        if isinstance(phrase, Untraced):
            return escape(self.plain(phrase.message))
        if isinstance(phrase, Day):
            written = format_date(phrase.value, format="long", locale=self.locale)
            return Markup('<time datetime="{}">{}</time>').format(phrase.value, written)
        if isinstance(phrase, Listing):
            items = [str(self.write(item)) for item in phrase.items]
            return Markup(format_list(items, locale=self.locale))
        values = {name: self.write(value) for name, value in phrase.values.items()}
        return Markup(self.messages[phrase.key]).format(**values)

    def number(self, number: Number) -> str:
        """Write a number alone, with a true minus sign, and none before a zero."""
        written = format_decimal(number.value, format=number.pattern, locale=self.locale)
        mantissa, exponential, exponent = written.partition("E")
        if exponential:
            written = (
                f"{mantissa}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10{exponent.translate(RAISED)}"
            )
        rounded_to_zero = not any(digit in mantissa for digit in "123456789")
        return written.removeprefix("-") if rounded_to_zero else written.replace("-", "−")

    def plain(self, message: Message) -> str:
        """Write a message without markup, for titles."""
        return self.write(message).striptags()


def tagged(number: Number, written: str) -> Markup:
    """Mark what is written of a number by its value, to nine digits, and its source."""
    value = number.value
    exact = str(value) if isinstance(value, int) else f"{value:.9g}"
    frame = Markup('<data value="{}" data-source="{}">{}</data>')
    return frame.format(exact, number.source, written)


_INCOME = ContextVar("income", default=True)
WITHOUT_INCOME = ".no_income"
"""Ending of the key of a message that stands for another where there is no income."""


@contextmanager
def words_of(income: bool) -> Iterator[None]:
    """Write the messages of an edition that holds income beside scores, or of one that does not."""
    token = _INCOME.set(income)
    try:
        yield
    finally:
        _INCOME.reset(token)


def with_income() -> bool:
    """Whether the words are those of editions that hold income."""
    return _INCOME.get()


def overlaid(messages: Mapping[str, str], income: bool) -> dict[str, str]:
    """Put what is said without income in the place of what it stands for, where there is none."""
    own = {} if income else {k: m for k, m in messages.items() if k.endswith(WITHOUT_INCOME)}
    return {**messages, **{key.removesuffix(WITHOUT_INCOME): said for key, said in own.items()}}


def language(code: str) -> Language:
    """Return a language, with the words of the edition that `words_of` names."""
    return _language(code, _INCOME.get())


@cache
def _language(code: str, income: bool) -> Language:
    """Read the catalogue of a language."""
    with (FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file)
    messages = {entry.id: entry.string for entry in catalogue if entry.id}
    locale = Locale.parse(TAGS[code], sep="-")
    return Language(code, TAGS[code], locale, overlaid(messages, income))


def named(kind: str, name: str) -> Phrase:
    """Find the words of a name in the catalogues, or show it as it is."""
    key = f"{kind}.{name}"
    known = all(key in language(code).messages for code in TAGS)
    return Message(key) if known else Verbatim(name)


def prior_reason(parameter: str, reason: str) -> Phrase:
    """Translate a prior's reason where it is the one that config.yaml ships with."""
    key = f"prior.{parameter}.reason"
    shipped = _language("en", True).messages.get(key)
    return Message(key) if shipped == reason else Verbatim(reason)
