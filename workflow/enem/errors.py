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
        What stands there; sentences and errors among them are translated too.
    """

    text: str
    values: Mapping[str, object]

    def translated(self, translate: Callable[[str], str]) -> str:
        """Return the sentence in another language, of which `translate` knows the text."""
        filled = {
            name: value.translated(translate) if hasattr(value, "translated") else value
            for name, value in self.values.items()
        }
        return translate(self.text).format(**filled) if filled else translate(self.text)

    def __str__(self) -> str:
        return self.translated(str)


def sentence(text: str, /, **values: object) -> Sentence:
    """Return a sentence, whose text is read by those who collect what is to be translated."""
    return Sentence(text, values)


def joined(sentences: Iterable[Sentence], separator: str = " ") -> Sentence:
    """Return several sentences as one text."""
    values = {f"part_{number}": each for number, each in enumerate(sentences)}
    return Sentence(separator.join(f"{{{name}}}" for name in values), values)


class TranslatedError(Exception):
    """An error whose message can be shown in another language.

    Parameters
    ----------
    message
        A text, which is its own id in the catalogue of translations, or a sentence.
    values
        What stands in the places of the text.
    """

    def __init__(self, message: str | Sentence, /, **values: object) -> None:
        self.message = message if isinstance(message, Sentence) else Sentence(message, values)
        super().__init__(str(self.message))

    def translated(self, translate: Callable[[str], str]) -> str:
        """Return the message in another language, as far as `translate` knows it."""
        return self.message.translated(translate)


class InputError(TranslatedError):
    """Something the user gave (config, file, data) cannot be used.

    The message is complete: it names what is wrong, where, and what to do about it.
    """
