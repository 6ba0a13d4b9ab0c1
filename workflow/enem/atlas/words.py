"""Words and numbers inside a figure, in every language."""

from collections.abc import Callable

from enem.figures.words import in_each, spoken
from enem.language import Language, language, named
from enem.language.phrases import POINTS, Message, Number, Phrase, Verbatim

ONE_DECIMAL = POINTS


class Words:
    """What a figure says, in the words of its catalogue."""

    def say(self, key: str, **values: Phrase) -> str:
        """Fill an entry of the catalogue, without markup."""

        def write(own: Language) -> str:
            filled = {name: _spoken(value, own.code) for name, value in values.items()}
            return own.plain(Message(key, filled))

        return _in_each(write)

    def number(self, value: float, pattern: str = ONE_DECIMAL) -> str:
        """Write a number."""
        return _in_each(lambda own: own.number(Number(float(value), "", pattern)))

    def model(self, name: str) -> str:
        """Name of a model; a user's own is shown as it is."""
        return _in_each(lambda own: own.plain(named("model", name)))

    def state(self, code: str) -> str:
        """Name of a state."""
        return self.say(f"state.{code}")

    def interval(self, low: float, high: float) -> str:
        """Write an interval, low end first."""
        return self.say("{low} to {high}", low=Number(low, ""), high=Number(high, ""))


def _in_each(write: Callable[[Language], str]) -> str:
    return in_each(lambda code: str(write(language(code))))


def _spoken(value: Phrase, code: str) -> Phrase:
    return Verbatim(spoken(value.text, code)) if isinstance(value, Verbatim) else value
