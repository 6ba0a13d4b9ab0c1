"""What is shown to users as a sentence instead of a traceback."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from enem.terminal import written


@dataclass(frozen=True, repr=False)
class Sentence:
    """English text with named places, which is its own id in the catalogue of translations.

    As a string it is in the language of the terminal.

    Attributes
    ----------
    text
        With places as `str.format` has them; as it is where there are no values.
    values
        What stands there; a number whose place has a format is written as the language does, any
        other as configuration and files have it.
    """

    text: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return written(self.text, self.values)

    def __repr__(self) -> str:
        return repr(str(self))


def sentence(text: str, /, **values: object) -> Sentence:
    """Return a sentence, whose text is read by those who collect what is to be translated."""
    return Sentence(text, values)


def in_full(number: float) -> Sentence:
    """Return a number with its thousands set apart."""
    return sentence("{number:,}", number=number)


def joined(sentences: Iterable[Sentence], separator: str = " ") -> Sentence:
    """Return several sentences as one text."""
    values = {f"part_{number}": each for number, each in enumerate(sentences)}
    return Sentence(separator.join(f"{{{name}}}" for name in values), values)


class TranslatedError(Exception):
    """An error whose message is in the language of the terminal wherever it is shown.

    Parameters
    ----------
    message
        A text, which is its own id in the catalogue of translations, or a sentence.
    values
        What stands in the places of the text.
    """

    def __init__(self, message: str | Sentence, /, **values: object) -> None:
        self.message = message if isinstance(message, Sentence) else Sentence(message, values)
        super().__init__(self.message)


class InputError(TranslatedError):
    """Something the user gave (config, file, data) cannot be used.

    The message is complete: it names what is wrong, where, and what to do about it.
    """
