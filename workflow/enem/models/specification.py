"""What distinguishes the four models: their groups, their deviations and their parameters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Snakemake reads this file at every start and has no use for pandas
    from enem.models.cells import CellGrid


@dataclass(frozen=True)
class Specification:
    """Structure of one model.

    Attributes
    ----------
    name
        As in config.yaml.
    by_school_type
        Whether intercept, slope and sigma vary by school type (else one group holds everybody).
    deviation_scale
        Name of the scale of the deviations of cells from their line, or None without deviations.
    """

    name: str
    by_school_type: bool
    deviation_scale: str | None

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales of the group effects and deviations, in the order of the tables."""
        names = ("tau_intercept", "tau_slope") if self.by_school_type else ()
        return (*names, self.deviation_scale) if self.deviation_scale else names

    def role(self, name: str) -> str:
        """Name by which the likelihood knows a parameter: both deviation scales are one."""
        return "tau_cell" if name == self.deviation_scale else name

    def data(self, grid: "CellGrid") -> "CellGrid":
        """Reduce `grid` to the groups that the model distinguishes."""
        return grid if self.by_school_type else grid.over_school_types()


SPECIFICATIONS = {
    spec.name: spec
    for spec in (
        Specification("pooled", by_school_type=False, deviation_scale=None),
        Specification("school_type", by_school_type=True, deviation_scale=None),
        Specification("income", by_school_type=False, deviation_scale="tau_bracket"),
        Specification("school_type_income", by_school_type=True, deviation_scale="tau_cell"),
    )
}
