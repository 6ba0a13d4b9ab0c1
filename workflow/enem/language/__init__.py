"""The languages of figures, pages and atlas: sentences and numbers in each.

Code and templates say the English sentence itself (``message("Least squares")``), and
``pt_BR.po`` has its Portuguese; what tables and settings name by a code has its English in
``names.yaml``. A sentence without a translation is an error.
"""

from dataclasses import dataclass
from functools import cache
from math import ceil, log10

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from enem.language.catalogue import has_name, in_english, in_portuguese, is_translated, words_of
from enem.language.phrases import (
    PERCENT,
    Day,
    Listing,
    Message,
    Number,
    Phrase,
    Spoken,
    Untraced,
    Verbatim,
)

__all__ = ["TAGS", "Language", "as_written", "language", "named", "tagged", "words_of"]

TAGS = {"pt": "pt-BR", "en": "en"}
"""The languages of a page: code and language tag."""

NEARLY = 0.995
"""Share from which on the next whole percent is 100."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Superscripts of an exponent."""


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes
    ----------
    code
        ``pt`` or ``en``.
    tag
        For ``lang`` attributes.
    locale
        Its ways with numbers.
    """

    code: str
    tag: str
    locale: Locale

    @property
    def name(self) -> str:
        """What its speakers call it."""
        return self.locale.get_language_name().capitalize()

    def sentence(self, key: str) -> str:
        """Return an English sentence, or the words of a code, in this language.

        HTML with named placeholders; a sentence without a translation is a ``KeyError``.
        """
        return in_portuguese(key) if self.code == "pt" else self._checked(key)

    @staticmethod
    def _checked(key: str) -> str:
        in_portuguese(key)
        return in_english(key)

    def write(self, phrase: Phrase) -> Markup:
        """Write a phrase as HTML, everything that is not of the catalogue escaped.

        Raises
        ------
        KeyError
            When a sentence has no translation, or the phrase no value for a placeholder.
        """
        if isinstance(phrase, Number):
            return tagged(phrase, self.number(phrase))
        if isinstance(phrase, Verbatim):
            return escape(phrase.text)
        if isinstance(phrase, Spoken):
            return escape(phrase.versions[self.code])
        if isinstance(phrase, Untraced):
            return escape(self.plain(phrase.message))
        if isinstance(phrase, Day):
            written = format_date(phrase.value, format="long", locale=self.locale)
            return Markup('<time datetime="{}">{}</time>').format(phrase.value, written)
        if isinstance(phrase, Listing):
            items = [str(self.write(item)) for item in phrase.items]
            return Markup(format_list(items, locale=self.locale))
        values = {name: self.write(value) for name, value in phrase.values.items()}
        return Markup(self.sentence(phrase.key)).format(**values)

    def number(self, number: Number) -> str:
        """Write a number alone, with a true minus sign, and none before a zero."""
        written = format_decimal(number.value, format=_pattern(number), locale=self.locale)
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


def _pattern(number: Number) -> str:
    """Give a share that is not whole the decimals without which it would be written as 100%."""
    pattern = number.pattern
    if pattern == PERCENT and NEARLY <= number.value < 1:
        decimals = ceil(-log10(200 * (1 - number.value)))
        return f"0.{'0' * max(decimals, 1)}%"
    return pattern


def tagged(number: Number, written: str) -> Markup:
    """Mark what is written of a number by its value, to nine digits, and its source."""
    value = number.value
    exact = str(value) if isinstance(value, int) else f"{value:.9g}"
    frame = Markup('<data value="{}" data-source="{}">{}</data>')
    return frame.format(exact, number.source, written)


@cache
def language(code: str) -> Language:
    """Return a language: ``pt`` or ``en``."""
    return Language(code, TAGS[code], Locale.parse(TAGS[code], sep="-"))


def named(kind: str, name: str) -> Phrase:
    """Find the words of a name, or show it as it is."""
    key = f"{kind}.{name}"
    return Message(key) if has_name(key) else Verbatim(name)


def as_written(text: str) -> Phrase:
    """Translate a sentence of the settings where the catalogue has it, or show it as it is."""
    return Message(text) if is_translated(text) else Verbatim(text)
