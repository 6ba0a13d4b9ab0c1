"""What a figure of the atlas is about, and the words that say so."""

from dataclasses import dataclass

from enem.atlas.measures import MISSING, Measure
from enem.atlas.words import Words
from enem.figures.frame import unbroken
from enem.figures.words import joined
from enem.language.phrases import COUNT, PERCENT, Number, Verbatim


@dataclass(frozen=True)
class Subject:
    """One measure of one outcome.

    Attributes
    ----------
    measure, outcome
        Of which numbers.
    mass
        Probability of the intervals.
    smallest
        Groups of fewer participants are not shown.
    matched
        Editions whose school type is known only for matched participants.
    words
        Of its figures.
    """

    measure: Measure
    outcome: str
    mass: float
    smallest: int
    matched: tuple[str, ...]
    words: Words

    @property
    def title(self) -> str:
        """Name the measure and, where it is of one school type, the type."""
        title = self.words.say(f"figure.{self.measure.name}.title")
        group = self.measure.group
        return title if group == "all" else joined(": ", [title, self.words.say(f"within.{group}")])

    @property
    def axis(self) -> str:
        """Label an axis that shows the measure, with its unit."""
        return self.words.say(f"figure.{self.measure.name}.axis")

    def tick(self, value: float) -> str:
        """Write a number of that axis."""
        return self.words.number(value, "0.#%" if self.measure.is_share else "#,##0.#")

    def subtitle(self, edition: str | None) -> str:
        """Say edition, outcome, model and the kind of interval."""
        parts = [] if edition is None else [self.edition(edition)]
        parts += [
            self.words.say(f"outcome.{self.outcome}"),
            self.words.say("model “{model}”", model=Verbatim(self._model)),
            self.words.say("{mass} intervals", mass=Number(self.mass, "", PERCENT)),
        ]
        if edition in self.matched:
            parts.append(self.words.say("school type known only for matched participants"))
        return joined(" · ", map(unbroken, parts))

    def edition(self, edition: str) -> str:
        """Name an edition."""
        if edition == "simulated":
            return self.words.say("simulated")
        return self.words.say("ENEM {year}", year=Verbatim(edition))

    def absence(self, status: str) -> str:
        """Say in a word or two why there is no number: status of `measured`, or missing."""
        if status == MISSING:
            return self.words.say("not finished")
        key = f"absent.{self.measure.absence}.{status}"
        return self.words.say(key, smallest=Number(self.smallest, "", COUNT))

    @property
    def _model(self) -> str:
        return self.words.model(self.measure.model)
