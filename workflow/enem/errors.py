"""What is shown to users as a sentence instead of a traceback."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """English text with named places, which is its own id in the catalogue of translations.

    Attributes
    ----------
    text
        With places as `str.format` has them; as it is where there are no values.
    values
        What stands there; sentences among them are translated too.
    """

    text: str
    values: Mapping[str, object]

    def translated(self, translate: Callable[[str], str]) -> str:
        """Return the sentence in another language, of which `translate` knows the text."""
        filled = {
            name: value.translated(translate) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return translate(self.text).format(**filled) if filled else translate(self.text)

    def __str__(self) -> str:
        return self.translated(str)


def sentence(text: str, /, **values: object) -> Sentence:
    """Return a sentence, whose text is read by those who collect what is to be translated."""
    return Sentence(text, values)


def joined(sentences: Iterable[Sentence]) -> Sentence:
    """Return several sentences as one text."""
    values = {f"part_{number}": each for number, each in enumerate(sentences)}
    return Sentence(" ".join(f"{{{name}}}" for name in values), values)


class InputError(Exception):
    """Something the user gave (config, file, data) cannot be used.

    The message is complete: it names what is wrong, where, and what to do about it.

    Parameters
    ----------
    message
        A text as it is to be shown, or a sentence that can be translated.
    """

    def __init__(self, message: str | Sentence) -> None:
        super().__init__(str(message))
        self.message = message

    def translated(self, translate: Callable[[str], str]) -> str:
        """Return the message in another language, as far as `translate` knows it."""
        if isinstance(self.message, Sentence):
            return self.message.translated(translate)
        return translate(self.message)
