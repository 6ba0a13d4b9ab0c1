"""What a figure of the atlas is about, and the words that say so."""

from dataclasses import dataclass

from enem.atlas.measures import Measure
from enem.compare.quantities import INDEPENDENT
from enem.figures.about import SCOPES, association
from enem.figures.frame import unbroken
from enem.figures.vocabulary import model_name
from enem.figures.words import joined, number, put, say, separated, short


@dataclass(frozen=True)
class Subject:
    """One measure of one outcome.

    Attributes
    ----------
    measure, outcome
        Of which numbers.
    mass
        Probability of the intervals.
    matched
        Editions whose school type is known only for matched participants.
    """

    measure: Measure
    outcome: str
    mass: float
    matched: tuple[str, ...]

    @property
    def title(self) -> str:
        """Name the measure and, where it is of one school type, the type."""
        return self.within(self._say("title"))

    def within(self, words: str) -> str:
        """Add the school type to what is said of one alone."""
        group = self.measure.group
        return words if group == "all" else joined(" ", [words, say(f"within.{group}")])

    @property
    def notes(self) -> list[str]:
        """Say whom intervals are about, and that no cause is shown."""
        scope = "independent" if self.measure.scope == INDEPENDENT else self.measure.scope
        return [say(SCOPES[scope]), association()]

    @property
    def axis(self) -> str:
        """Label an axis that shows the measure, with its unit."""
        return self._say("axis")

    @property
    def other(self) -> str:
        """Name the school type on the other side of a gap; empty of what is none."""
        return say(f"network.{self.measure.other}") if self.measure.other else ""

    def plain(self, value: float) -> str:
        """Write one of its numbers."""
        percent = self.measure.is_share
        return put("{share}%", share=number(100 * value)) if percent else number(value, 1)

    def value(self, value: float) -> str:
        """Write one of its numbers, with its unit."""
        written = self.plain(value)
        return written if self.measure.is_share else say("{value} points", value=written)

    def identifier(self, kind: str, edition: str | None) -> str:
        """Name a figure of it; `edition` None for one of all of them."""
        return "-".join(filter(None, [kind, self.outcome, self.measure.name, edition]))

    def _say(self, what: str) -> str:
        return say(f"figure.{self.measure.kind}.{what}", other=self.other)

    def tick(self, value: float) -> str:
        """Write a number of that axis."""
        return separated(f"{100 * value:.3g}%") if self.measure.is_share else short(value)

    def subtitle(self, edition: str | None, *, intervals: bool = True) -> str:
        """Say edition, outcome, model and, where there are intervals, their kind."""
        parts = [] if edition is None else [edition_name(edition)]
        model = self.measure.model if edition is None else self.measure.model_in(edition)
        parts += [
            say(f"outcome.{self.outcome}"),
            say("model “{model}”", model=model_name(model)),
        ]
        if intervals:
            parts.append(say("{mass} intervals", mass=f"{self.mass:.0%}"))
        if edition in self.matched:
            parts.append(say("school type known only for matched participants"))
        return joined(" · ", map(unbroken, parts))


def edition_name(edition: str) -> str:
    """Name an edition."""
    return say("simulated data") if edition == "simulated" else say("ENEM {year}", year=edition)
