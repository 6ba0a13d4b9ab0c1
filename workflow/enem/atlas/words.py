"""Words and numbers inside a figure, in one language."""

from dataclasses import dataclass

from enem.language import Language, named
from enem.language.phrases import POINTS, Message, Number, Phrase

ONE_DECIMAL = POINTS


@dataclass(frozen=True)
class Words:
    """What a figure says, in the language of its catalogue."""

    language: Language

    def say(self, key: str, **values: Phrase) -> str:
        """Fill an entry of the catalogue, without markup."""
        return self.language.plain(Message(key, values))

    def number(self, value: float, pattern: str = ONE_DECIMAL) -> str:
        """Write a number."""
        return self.language.number(Number(float(value), "", pattern))

    def model(self, name: str) -> str:
        """Name of a model; a user's own is shown as it is."""
        return self.language.plain(named("model", name))

    def state(self, code: str) -> str:
        """Name of a state."""
        return self.say(f"state.{code}")

    def interval(self, low: float, high: float) -> str:
        """Write an interval, low end first."""
        return self.say("{low} to {high}", low=Number(low, ""), high=Number(high, ""))
