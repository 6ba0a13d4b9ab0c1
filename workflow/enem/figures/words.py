"""Words of figures in every language at once: what is laid out once can be written in each."""

from collections.abc import Callable, Iterable, Mapping

from enem.figures.names import LANGUAGES
from enem.figures.rendering import measured
from enem.language.catalogue import in_english, in_portuguese

SEPARATORS = {"pt": str.maketrans(",.-", ".,−"), "en": str.maketrans("-", "−")}
"""From a number as Python writes it: thousands, decimals, a true minus sign."""


class Words(str):
    """A text in every language; as a string it is the one that needs the most room.

    Matplotlib keeps what it is given, so that a figure is laid out with room for every language
    and its words are known when it is written.
    """

    __slots__ = ("versions",)

    versions: Mapping[str, str]

    def __new__(cls, versions: Mapping[str, str]) -> "Words":
        """Keep a text of each language."""
        self = super().__new__(cls, max(versions.values(), key=room))
        self.versions = versions
        return self

    def __str__(self) -> str:
        """Return itself: `str` of it keeps the versions."""
        return self


def room(text: str) -> tuple[int, float]:
    """Lines of a text, and how wide the widest is in letters of 10 points: an i is no m."""
    lines = text.split("\n")
    return len(lines), max(measured(line, 10.0, "normal")[0] for line in lines)


def spoken(text: str, language: str) -> str:
    """Return one version of a text; of one that is the same in every language, itself."""
    return text.versions[language] if isinstance(text, Words) else text


def in_each(write: Callable[[str], str]) -> str:
    """Write a text in every language."""
    versions = {language: write(language) for language in LANGUAGES}
    return Words(versions) if len(set(versions.values())) > 1 else next(iter(versions.values()))


def say(sentence: str, **values: object) -> str:
    """Write a sentence of the catalogue, its placeholders filled.

    Parameters
    ----------
    sentence
        In English, or a code that has words in ``names.yaml``.
    **values
        Each a text, in every language where it is `Words`, or a number to be written as it is.
    """

    def write(language: str) -> str:
        own = {name: spoken(value, language) for name, value in values.items()}
        known = in_english(sentence) if language == "en" else in_portuguese(sentence)
        return known.format(**own) if values else known

    return in_each(write)


def put(pattern: str, **values: object) -> str:
    """Fill a pattern that has no words, such as ``{name} ({count})``."""
    return in_each(lambda code: pattern.format(**{k: spoken(v, code) for k, v in values.items()}))


def joined(separator: str, parts: Iterable[str]) -> str:
    """Put texts together."""
    parts = list(parts)
    return in_each(lambda language: separator.join(spoken(part, language) for part in parts))


def changed(text: str, change: Callable[[str], str]) -> str:
    """Change a text in every language."""
    return in_each(lambda language: change(spoken(text, language)))


def capitalised(text: str) -> str:
    """Start a text with a capital letter."""
    return changed(text, lambda own: own[:1].upper() + own[1:])


def lowered(text: str) -> str:
    """Start a text with a small letter."""
    return changed(text, lambda own: own[:1].lower() + own[1:])


def number(value: float, decimals: int = 0) -> str:
    """Write a number with thousands separators and a true minus sign."""
    # adding 0.0 turns a negative zero into a plain one
    return separated(f"{round(value, decimals) + 0.0:,.{decimals}f}")


def short(value: float) -> str:
    """Write a number with as many decimals as it needs, six digits at most."""
    return separated(f"{value + 0.0:,.6g}")


def separated(english: str) -> str:
    """Give a number written with ``,`` and ``.`` each language's own separators."""
    return in_each(lambda language: english.translate(SEPARATORS[language]))


def count(n: float) -> str:
    """Write ``n = 4,569``."""
    return say("n = {n}", n=number(n))
