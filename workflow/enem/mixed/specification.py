"""A mixed model: its formula's coefficients and scales by the names of tables, and its levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from enem.mixed.formula import Formula, Term, parse_formula
from enem.mixed.variables import LEVELS, MUNICIPAL, OUTCOME, categorical, two_levels
from enem.names import SCORES

MUNICIPALITY, SCHOOL = "municipality", "school"
"""Levels that a model may have; where a file names no schools, ``school`` is the schools of one
type in one municipality."""

SCHOOL_TYPE = ("school_type",)
CELL = ("school_type", "income_bracket")
COLUMN_NAMES = {
    "1": "intercept",
    "income": "slope",
    "school_income": "context",
    "municipality_income": "municipal_slope",
    "municipality_income_sd": "municipal_spread",
}
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
        return self.column in categorical()


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
    one_sigma
        Whether school types share one sigma where the formula has school types.
    outcomes
        Scores of a participant that are modelled together: each has coefficients, scales and
        sigmas of its own, and errors correlate.
    """

    name: str
    formula: Formula
    levels: tuple[str, ...]
    one_sigma: bool = False
    outcomes: tuple[str, ...] = (OUTCOME,)

    @property
    def text(self) -> str:
        """Formula and levels in one text."""
        return f"{self.formula.text} {self.levels}"

    @property
    def by_school_type(self) -> bool:
        """Whether lines and sigma vary by school type (else one sigma for everybody)."""
        return any(term.factor == SCHOOL_TYPE for term in self.formula.terms)

    @property
    def sigma_by_school_type(self) -> bool:
        """Whether each school type has a sigma of its own."""
        return self.by_school_type and not self.one_sigma

    @property
    def is_textbook(self) -> bool:
        """Whether it is the textbook regression on income: one line, participants independent."""
        return (self.formula.common, self.formula.terms, self.levels) == (("1", "income"), (), ())

    @property
    def all_factors(self) -> tuple[str, ...]:
        """Factors that the formula names, those of coefficients that vary first."""
        of_blocks = (name for block in self.blocks for name in block.factor)
        of_common = (each.column for each in self.common if each.categorical)
        return tuple(dict.fromkeys([*of_blocks, *of_common]))

    @property
    def factors(self) -> tuple[str, ...]:
        """Factors that a table of sums needs besides school type and income bracket."""
        return tuple(name for name in self.all_factors if name not in CELL)

    @property
    def municipal(self) -> tuple[str, ...]:
        """Variables of the exam's municipality, which a table of sums needs besides factors."""
        return tuple(name for name in MUNICIPAL if self.formula.uses(name))

    @property
    def carried(self) -> tuple[str, ...]:
        """Columns that a table of sums needs besides groups and cells."""
        return (*self.factors, *self.municipal)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Coefficients that vary by factors, in the order of the formula."""
        return tuple(_block(term, c) for term in self.formula.terms for c in term.columns)

    @cached_property
    def common(self) -> tuple[Common, ...]:
        """Coefficients that everybody shares, in the order of the formula."""
        return tuple(_common(column) for column in self.formula.common)

    @property
    def several(self) -> bool:
        """Whether scores are modelled together, so that arrays have an axis of outcomes, last."""
        return len(self.outcomes) > 1

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


def model_of_groups(specs: Mapping[str, Specification]) -> str | None:
    """Name the model whose groups' effects are shown; None where no model has levels.

    With school types where one has them, so that a school is compared with its own type.
    """
    with_levels = [name for name, spec in specs.items() if spec.levels]
    typed = [name for name in with_levels if specs[name].by_school_type]
    return next(iter([*typed, *with_levels]), None)


def specifications(formulas: Mapping[str, Mapping[str, Any]]) -> dict[str, Specification]:
    """Read the validated ``formulas`` of the settings.

    Parameters
    ----------
    formulas
        By model name, ``formula`` and ``levels``.
    """
    return {name: _specification(name, **of) for name, of in formulas.items()}


def _specification(name: str, formula: str, levels: Sequence[str]) -> Specification:
    parsed = parse_formula(formula, f"formulas.{name}")
    return Specification(name, parsed, tuple(level for level in LEVELS if level in levels))


LINES = "score ~ income + (income | school_type)"
"""The model whose slopes and gap are tried under other assumptions."""


def lines_by_school_type(
    specs: Mapping[str, Specification], levels: Sequence[str]
) -> Specification:
    """Return the configured model of lines by school type, or that model with these levels."""
    own = _specification("school_type", LINES, levels)
    same = (own.formula.common, own.formula.terms)
    found = (s for s in specs.values() if (s.formula.common, s.formula.terms) == same)
    return next(found, own)


def five_scores(levels: Sequence[str]) -> Specification:
    """Return the model of lines by school type of all scores of a participant at once."""
    return replace(_specification("joint", LINES, levels), outcomes=SCORES)


def _block(term: Term, column: str) -> Block:
    role, factor = COLUMN_NAMES.get(column, column), term.factor
    if factor == SCHOOL_TYPE:
        return Block(f"{role}_school_type", column, factor, f"tau_{role}", f"tau_{role}")
    name = FACTOR_NAMES.get(factor, "_".join(factor))
    variable = name if column == "1" else f"{name}_{role}"
    if column == "1" and two_levels(factor):
        return Block(variable, column, factor, None, "two_levels")
    known = {"bracket": "tau_bracket", "cell": "tau_cell"}.get(variable)
    prior = known or ("tau_covariate" if column == "1" else "tau_covariate_slope")
    return Block(variable, column, factor, f"tau_{variable}", prior)


def _common(column: str) -> Common:
    if column in categorical():
        return Common(column, column, "covariate")
    role = COLUMN_NAMES[column]
    return Common(role, column, "context" if column in MUNICIPAL else role)
