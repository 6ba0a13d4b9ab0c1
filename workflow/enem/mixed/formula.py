"""Formulas of config.yaml as data: common coefficients, and terms that vary by a factor.

A term is lme4's, but its coefficients are independent, each with a scale of its own.  A slope may
vary by a factor without standing in the common part: its prior mean is then 0 in every group.
"""

from dataclasses import dataclass

from enem.errors import InputError
from enem.mixed.reading import read
from enem.mixed.syntax import NotAFormulaError
from enem.mixed.variables import INCOME

SHOWN = 120
"""Characters of a formula that a message repeats."""


@dataclass(frozen=True)
class Term:
    """Coefficients that vary by a factor, each with a scale of its own, independent.

    Attributes
    ----------
    columns
        ``"1"`` for the intercept, else numeric variables.
    factor
        Categorical variables whose combinations are its groups.
    """

    columns: tuple[str, ...]
    factor: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """What a formula says, in one order however it is written.

    Attributes
    ----------
    text
        As in the configuration, spaces apart.
    common
        ``"1"``, then numeric, then categorical variables.
    terms
        One for each factor, in the order in which the formula first names it.
    """

    text: str
    common: tuple[str, ...]
    terms: tuple[Term, ...]

    def uses(self, variable: str) -> bool:
        """Whether a variable stands anywhere in the formula."""
        of_terms = (name for term in self.terms for name in (*term.columns, *term.factor))
        return variable in (*self.common, *of_terms)

    @property
    def needs_income(self) -> bool:
        """Whether the formula means nothing where family income is not known."""
        return any(map(self.uses, INCOME))

    @property
    def by_school_type(self) -> bool:
        """Whether coefficients, and with them sigma, vary by school type."""
        return any(term.factor == ("school_type",) for term in self.terms)


def parse_formula(text: str, key: str) -> Formula:
    """Read a formula, which names variables and is never evaluated.

    Parameters
    ----------
    text
        For example ``score ~ income + (income | school_type)``.
    key
        How messages name it, for example ``formulas.mine``.

    Raises
    ------
    InputError
        One sentence: the key, the formula, what it may not hold and what to write instead.
    """
    text = text.strip()
    try:
        common, terms = read(text)
    except NotAFormulaError as problem:
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise InputError(
            "Config key {key} is {shown!r}, which {problem}.", key=key, shown=shown, problem=problem
        ) from None
    by_factor = tuple(Term(columns, factor) for factor, columns in terms.items())
    return Formula(" ".join(text.split()), common, by_factor)
