"""Which groups may be shown one by one."""

from dataclasses import dataclass

from enem.language.phrases import Message, Number, message
from enem.names import PRIVATE, PUBLIC
from enem.report.artefacts import ModelArtefacts, OutcomeArtefacts
from enem.report.tables import Document


@dataclass(frozen=True)
class Groups:
    """School types of one outcome, by their participants.

    Attributes
    ----------
    counts
        Participants of each school type, in the order of the tables.
    smallest
        Groups of fewer are not shown one by one.
    """

    counts: dict[str, Number]
    smallest: Number

    def hidden(self, group: str) -> Message | None:
        """Say why a group's own numbers are left out; None where they are shown."""
        return self.few(self.counts[group].value) if group in self.counts else None

    def few(self, count: float) -> Message | None:
        """Say that so many participants are too few; None where they are enough."""
        if count == 0:
            return message("no participants")
        if count < self.smallest.value:
            return message("fewer than {smallest} participants", smallest=self.smallest)
        return None

    def hidden_parameter(self, model: ModelArtefacts, parameter: str) -> Message | None:
        """Say why a parameter of a group, bracket or level of a factor is not shown, if so."""
        behind = model.summary.column("n", parameter=parameter)[0]
        return None if behind is None else self.few(behind)

    def largest(self) -> str | None:
        """Name the largest group that may be shown."""
        shown = [group for group in self.counts if self.hidden(group) is None]
        return max(shown, key=lambda group: self.counts[group].value, default=None)

    def public(self) -> list[str]:
        """List the public school types that have participants."""
        return [name for name in self.counts if name in PUBLIC and self.counts[name].value]

    def few_side(self, other: str) -> Message | None:
        """Say that private schools, or what they are compared with, are too few; None if not."""
        private = self.counts[PRIVATE].value if PRIVATE in self.counts else 0
        of_other = self.counts[other].value if other in self.counts else self._of_public()
        if min(private, of_other) >= self.smallest.value:
            return None
        return message("one side has fewer than {smallest} participants", smallest=self.smallest)

    def comparable(self) -> bool:
        """Whether both sides of private against public may be shown."""
        return self.few_side("") is None

    def _of_public(self) -> float:
        return sum(self.counts[name].value for name in self.public())


def groups_of(outcome: OutcomeArtefacts, settings: Document) -> Groups:
    """Count the participants of every school type."""
    names = dict.fromkeys(outcome.cells.column("school_type"))
    counts = {name: outcome.cells.total("n", school_type=name) for name in names}
    return Groups(counts, settings.number("report.smallest_group"))
