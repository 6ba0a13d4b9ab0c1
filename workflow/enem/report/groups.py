"""Which groups may be shown one by one."""

from dataclasses import dataclass

from enem.report.artefacts import OutcomeArtefacts
from enem.report.phrases import Message, Number, message
from enem.report.tables import Document

PRIVATE = "privada"


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
        if group not in self.counts:
            return None
        count = self.counts[group].value
        if count == 0:
            return message("group.empty")
        if count < self.smallest.value:
            return message("group.few", smallest=self.smallest)
        return None

    def largest(self) -> str | None:
        """Name the largest group that may be shown."""
        shown = [group for group in self.counts if self.hidden(group) is None]
        return max(shown, key=lambda group: self.counts[group].value, default=None)

    def comparable(self) -> bool:
        """Whether both sides of private against the others may be shown."""
        private = self.counts[PRIVATE].value if PRIVATE in self.counts else 0
        others = sum(number.value for number in self.counts.values()) - private
        return min(private, others) >= self.smallest.value


def groups_of(outcome: OutcomeArtefacts, settings: Document) -> Groups:
    """Count the participants of every school type."""
    names = dict.fromkeys(outcome.cells.column("school_type"))
    counts = {name: outcome.cells.total("n", school_type=name) for name in names}
    return Groups(counts, settings.number("report.smallest_group"))


def group_of(parameter: str) -> str | None:
    """Return the school type in the name of a parameter, such as ``slope[privada]``."""
    _, bracket, rest = parameter.partition("[")
    return rest.removesuffix("]").partition(",")[0] if bracket else None
