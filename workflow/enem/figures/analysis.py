"""What every figure says about the analysis it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from enem.figures.names import Specifications
from enem.names import PRIVATE

SIMULATED = "simulated"


@dataclass(frozen=True)
class Analysis:
    """One edition, state and outcome, and how its uncertainty is reported.

    Attributes
    ----------
    edition
        A year, or ``simulated``.
    state
        One of the 27 codes or ``BR``.
    outcome
        A key of `enem.names.OUTCOMES`.
    mass
        Probability inside the equal-tailed intervals, between 0 and 1.
    smallest_group
        Groups and cells of fewer participants than this are not drawn.
    school_types
        Those drawn, in the order of panels and labels; empty ones are among them.
    hidden
        School types of so few participants that nothing of them is drawn.
    participants
        Size of the analysed sample.
    specs
        Models asked for, by name.
    """

    edition: str
    state: str
    outcome: str
    mass: float = 0.9
    smallest_group: int = 10
    school_types: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    participants: int = 0
    specs: Specifications = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether the data were made rather than observed."""
        return self.edition == SIMULATED

    def comparable(self, counts: Mapping[str, int]) -> bool:
        """Whether private schools and the others both have enough of these participants."""
        private = counts.get(PRIVATE, 0)
        return not self.few(min(private, sum(counts.values()) - private))

    def few(self, n: float) -> bool:
        """Whether a group of `n` participants is too small to be drawn by itself."""
        return n < self.smallest_group
