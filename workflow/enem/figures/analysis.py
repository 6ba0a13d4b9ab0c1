"""What every figure says about the analysis it belongs to."""

from dataclasses import dataclass

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
        Observed means and distributions of fewer participants than this are not drawn.
    school_types
        In the order of panels and labels.
    participants
        Size of the analysed sample.
    """

    edition: str
    state: str
    outcome: str
    mass: float = 0.9
    smallest_group: int = 10
    school_types: tuple[str, ...] = ()
    participants: int = 0

    @property
    def simulated(self) -> bool:
        """Whether the data were made rather than observed."""
        return self.edition == SIMULATED
