"""What a figure of the atlas is about, and the words that say so."""

from dataclasses import dataclass

from enem.atlas.measures import Measure
from enem.figures.frame import unbroken
from enem.figures.vocabulary import model_name
from enem.figures.words import joined, say, separated, short


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
        title, group = say(f"figure.{self.measure.name}.title"), self.measure.group
        return title if group == "all" else joined(": ", [title, say(f"within.{group}")])

    @property
    def axis(self) -> str:
        """Label an axis that shows the measure, with its unit."""
        return say(f"figure.{self.measure.name}.axis")

    def tick(self, value: float) -> str:
        """Write a number of that axis."""
        return separated(f"{100 * value:.3g}%") if self.measure.is_share else short(value)

    def subtitle(self, edition: str | None) -> str:
        """Say edition, outcome, model and the kind of interval."""
        parts = [] if edition is None else [edition_name(edition)]
        parts += [
            say(f"outcome.{self.outcome}"),
            say("model “{model}”", model=model_name(self.measure.model)),
            say("{mass} intervals", mass=f"{self.mass:.0%}"),
        ]
        if edition in self.matched:
            parts.append(say("school type known only for matched participants"))
        return joined(" · ", map(unbroken, parts))


def edition_name(edition: str) -> str:
    """Name an edition."""
    return say("simulated") if edition == "simulated" else say("ENEM {year}", year=edition)
