"""What a page can say: a number with its source, a message of the catalogues, words as they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

POINTS = "#,##0.0"
COUNT = "#,##0"
PERCENT = "0%"
PLAIN = "#,##0.####"
SHARE = "0.00"


@dataclass(frozen=True)
class Number:
    """A number of an artefact.

    Attributes
    ----------
    value
        As the artefact has it.
    source
        ``file:selector:column``, the file relative to the state's folder or to the project's.
    pattern
        How it is written, a number pattern of Unicode's CLDR.
    """

    value: float
    source: str
    pattern: str = POINTS


@dataclass(frozen=True)
class Verbatim:
    """Words that come from data or settings and are in no catalogue."""

    text: str


@dataclass(frozen=True)
class Day:
    """A date, written out in each language."""

    value: date


@dataclass(frozen=True)
class Message:
    """An English sentence, or a code of ``names.yaml``, and what its placeholders stand for."""

    key: str
    values: Mapping[str, "Phrase"] = field(default_factory=dict)


@dataclass(frozen=True)
class Untraced:
    """A message that many rows repeat, its numbers traced elsewhere on the page."""

    message: Message


@dataclass(frozen=True)
class Listing:
    """Several phrases in a row, joined as each language joins them."""

    items: tuple["Phrase", ...]


@dataclass(frozen=True)
class Spoken:
    """Words that are given in every language, by its code."""

    versions: Mapping[str, str]


Phrase = Number | Verbatim | Day | Message | Untraced | Listing | Spoken


def message(key: str, **values: Phrase) -> Message:
    """Say an English sentence of the catalogue, or the words of a code."""
    return Message(key, values)


def wages_code(value: float) -> str:
    """Return the code of the words for so many minimum wages."""
    form = "one" if value == 1 else "below_two" if value < 2 else "two_or_more"
    return f"wages.{form}"


def complete(messages: Iterable[Message | None]) -> list[Message]:
    """Leave out what lacks a number, as where an estimate does not exist."""
    return [each for each in messages if each is not None and None not in each.values.values()]
