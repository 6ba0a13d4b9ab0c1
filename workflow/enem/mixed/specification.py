"""A mixed model: its formula's coefficients and scales by the names of tables, and its levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from enem.mixed.formula import Formula, Term
from enem.mixed.variables import CATEGORICAL, has_two_levels

MUNICIPALITY, SCHOOL = "municipality", "school"
LEVELS = (MUNICIPALITY, SCHOOL)
"""Levels that a model may have, the outer one first; where a file names no schools, ``school`` is
the schools of one type in one municipality."""

SCHOOL_TYPE = ("school_type",)
COLUMN_NAMES = {"1": "intercept", "income": "slope", "school_income": "context"}
"""What the coefficient of a column is called."""

FACTOR_NAMES = {("income_bracket",): "bracket", ("school_type", "income_bracket"): "cell"}
"""What the coefficients of a factor are called where its own name is not used."""


@dataclass(frozen=True)
class Block:
    """Coefficients of one column that vary by a factor.

    Attributes
    ----------
    variable
        Name in the posterior.
    column, factor
        Of the formula's term.
    scale
        Their standard deviation's name; None where it is known.
    prior
        Key of ``priors`` in config.yaml: of the scale, or of the coefficients where it is known.
    """

    variable: str
    column: str
    factor: tuple[str, ...]
    scale: str | None
    prior: str


@dataclass(frozen=True)
class Common:
    """A coefficient, or those of a categorical variable's levels, that everybody shares."""

    variable: str
    column: str
    prior: str

    @property
    def categorical(self) -> bool:
        """Whether each level but the reference has a coefficient."""
        return self.column in CATEGORICAL


@dataclass(frozen=True)
class Specification:
    """One model.

    Attributes
    ----------
    name
        As in config.yaml.
    formula
        Its formula.
    levels
        Of `LEVELS`, in that order.
    """

    name: str
    formula: Formula
    levels: tuple[str, ...]

    @property
    def by_school_type(self) -> bool:
        """Whether lines and sigma vary by school type (else one sigma for everybody)."""
        return self.formula.by_school_type

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Coefficients that vary by factors, in the order of the formula."""
        return tuple(_block(term, c) for term in self.formula.terms for c in term.columns)

    @cached_property
    def common(self) -> tuple[Common, ...]:
        """Coefficients that everybody shares, in the order of the formula."""
        return tuple(_common(column) for column in self.formula.common)

    @cached_property
    def scales(self) -> tuple[str, ...]:
        """Names of all scales: of the blocks, then of the levels."""
        of_blocks = tuple(block.scale for block in self.blocks if block.scale)
        return (*of_blocks, *(level_scale(level) for level in self.levels))

    @cached_property
    def scale_priors(self) -> dict[str, str]:
        """Key of ``priors`` by scale."""
        of_blocks = {block.scale: block.prior for block in self.blocks if block.scale}
        return of_blocks | {level_scale(level): level_scale(level) for level in self.levels}


def level_scale(level: str) -> str:
    """Name the standard deviation of a level's intercepts."""
    return f"tau_{level}"


def specifications(
    formulas: dict[str, dict], levels: Sequence[str] | None = None
) -> dict[str, Specification]:
    """Read the validated ``formulas`` of the settings.

    Parameters
    ----------
    formulas
        By model name, ``formula`` and ``levels``.
    levels
        In place of every model's own.
    """
    from enem.mixed.formula import parse_formula

    return {
        name: Specification(
            name,
            parse_formula(of["formula"], f"formulas.{name}"),
            tuple(
                level for level in LEVELS if level in (of["levels"] if levels is None else levels)
            ),
        )
        for name, of in formulas.items()
    }


def _block(term: Term, column: str) -> Block:
    role, factor = COLUMN_NAMES.get(column, column), term.factor
    if factor == SCHOOL_TYPE:
        return Block(f"{role}_school_type", column, factor, f"tau_{role}", f"tau_{role}")
    name = FACTOR_NAMES.get(factor, "_".join(factor))
    variable = name if column == "1" else f"{name}_{role}"
    if column == "1" and len(factor) == 1 and has_two_levels(factor[0]):
        return Block(variable, column, factor, None, "two_levels")
    known = {"bracket": "tau_bracket", "cell": "tau_cell"}.get(variable)
    prior = known or ("tau_covariate" if column == "1" else "tau_covariate_slope")
    return Block(variable, column, factor, f"tau_{variable}", prior)


def _common(column: str) -> Common:
    if column in CATEGORICAL:
        return Common(column, column, "covariate")
    role = COLUMN_NAMES[column]
    return Common(role, column, role)
