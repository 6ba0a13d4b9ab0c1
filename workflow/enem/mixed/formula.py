"""Formulas of config.yaml as data: common coefficients, and terms that vary by a factor.

A term is lme4's, but its coefficients are independent, each with a scale of its own.  A slope may
vary by a factor without standing in the common part: its prior mean is then 0 in every group.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from enem.errors import InputError
from enem.mixed.syntax import (
    NotAFormulaError,
    inside,
    name,
    number,
    operator,
    parse,
    parts,
    written,
)
from enem.mixed.variables import INCOME, LEVELS, NUMERIC, OUTCOME, categorical, known

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
        return _formula(text)
    except NotAFormulaError as problem:
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise InputError(f"Config key {key} is {shown!r}, which {problem}.") from None


def _formula(text: str) -> Formula:
    tree = parse(text)
    if name(tree.left) != OUTCOME:
        raise NotAFormulaError(
            f"begins with {written(tree.left)}: begin with {OUTCOME}, config key outcomes has which"
        )
    common, terms = [], []
    for part in parts(tree.right, "+"):
        if (inner := inside(part)) is not None:
            terms.append(_term(inner))
        else:
            common.append("1" if number(part) == 1 else _common(part))
    _refuse_twice(common)
    merged = _merged(terms)
    _refuse_indistinct(common, merged)
    return Formula(" ".join(text.split()), _ordered({"1", *common}), merged)


def _common(node: Any) -> str:
    """Variable of the common part."""
    if operator(node) == "-":
        raise NotAFormulaError("takes something away by -: leave out what the model is not to have")
    if (sign := operator(node)) is not None:
        raise NotAFormulaError(_instead_of(sign, node))
    if number(node) is not None:
        raise NotAFormulaError(f"has the number {number(node)}: name variables alone")
    return _known(name(node))


def _instead_of(sign: str, node: Any) -> str:
    """What to write instead of an interaction in the common part."""
    if any(name(part) is None for part in parts(node, sign)):
        return f"has {written(node)} in the common part: name variables joined by +"
    names = [_known(name(part)) for part in parts(node, sign)]
    numeric = [found for found in names if found in NUMERIC]
    factor = ":".join(found for found in names if found not in NUMERIC)
    remedy = f"write ({numeric[0] if numeric else 1} | {factor}) instead"
    if len(numeric) > 1:
        remedy = "numeric variables do not interact here, join them by +"
    return f"has {written(node)} in the common part: {remedy}"


def _term(node: Any) -> Term:
    if operator(node) != "|":
        raise NotAFormulaError(
            f"has ({written(node)}): brackets hold a term that varies by a factor, as in "
            "(income | school_type)"
        )
    if operator(node.left) == "|":
        raise NotAFormulaError(
            f"has more than one | in ({written(node)}): write a term for each factor, as in "
            "(1 | school_type) + (1 | sex)"
        )
    factor = _factor(node.right)
    return Term(_columns(node.left, factor), factor)


def _factor(node: Any) -> tuple[str, ...]:
    sign = operator(node)
    if sign not in (None, ":") or any(name(part) is None for part in parts(node, ":")):
        raise NotAFormulaError(
            f"has the factor {written(node)}: write a categorical variable or several joined by :, "
            "a term for each, as in (1 | school_type) + (1 | school_type:sex)"
        )
    names = [_known(name(part)) for part in parts(node, ":")]
    for found in names:
        if found in NUMERIC:
            raise NotAFormulaError(
                f"has the numeric {found} as a factor: use a categorical variable, as in "
                "(1 | income_bracket)"
            )
    _refuse_twice(names)
    return _ordered(names)


def _columns(node: Any, factor: Sequence[str]) -> tuple[str, ...]:
    """Coefficients that vary by a factor; its intercept always does, whether written or not."""
    groups = ":".join(factor)
    names = ["1" if number(part) == 1 else name(part) for part in parts(node, "+")]
    for found in names:
        # also of 0 + sex, which people write for an effect of sex in each group
        if found in categorical():
            by = groups if found in factor else f"{groups}:{found}"
            raise NotAFormulaError(f"has the categorical {found} before |: write (1 | {by})")
    if None in names:
        kept = " + ".join(found for found in names if found in NUMERIC) or "income"
        raise NotAFormulaError(
            f"has {written(node)} before |: write 1 or numeric variables joined by +, whose "
            f"intercept varies as well, as in ({kept} | {groups})"
        )
    _refuse_twice(names)
    return _ordered({"1", *(found if found == "1" else _known(found) for found in names)})


def _merged(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Put together the terms of the same factor."""
    columns: dict[tuple[str, ...], list[str]] = {}
    for term in terms:
        mine = columns.setdefault(term.factor, [])
        if mine and (term.columns == ("1",) or mine == ["1"]):
            raise NotAFormulaError(
                f"has the intercept of {':'.join(term.factor)} twice: leave out (1 | "
                f"{':'.join(term.factor)}), other terms of the factor have it"
            )
        mine += [found for found in term.columns if found != "1" or not mine]
        _refuse_twice(mine)
    return tuple(Term(_ordered(mine), factor) for factor, mine in columns.items())


def _refuse_indistinct(common: Sequence[str], terms: Sequence[Term]) -> None:
    """Refuse coefficients between which only priors could divide an effect."""
    for term in terms:
        if len(term.factor) == 1 and term.factor[0] in common:
            raise NotAFormulaError(
                f"has {term.factor[0]} both alone and as a factor, which are the same effect: "
                "leave out one of them"
            )
    if "income_bracket" in common and "income" in common:
        raise NotAFormulaError(
            "has income and income_bracket, which are the same effect: write the brackets as "
            "(1 | income_bracket)"
        )


def _refuse_twice(names: Sequence[str]) -> None:
    for found in names:
        if names.count(found) > 1:
            raise NotAFormulaError(f"has {found} twice in one place: write it once")


def _ordered(names: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=("1", *known()).index))


def _known(found: str) -> str:
    if found in LEVELS:
        raise NotAFormulaError(f"names the level {found}: levels join by config key levels")
    if found == OUTCOME:
        raise NotAFormulaError(f"explains {OUTCOME} by itself: leave it out after ~")
    if found not in known():
        close = get_close_matches(found.lower(), known(), n=3)
        others = [other for other in known() if other not in close]
        raise NotAFormulaError(f"names {found}: use one of {', '.join([*close, *others])}")
    return found
