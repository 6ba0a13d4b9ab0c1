"""Formulas of config.yaml as data: common coefficients, and terms that vary by a factor.

A term is lme4's, but its coefficients are independent, each with a scale of its own.  A slope may
vary by a factor without standing in the common part: its prior mean is then 0 in every group.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from enem.errors import InputError, Sentence, sentence
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
from enem.mixed.variables import INCOME, LEVELS, MUNICIPAL, NUMERIC, OUTCOME, categorical, known

Names = tuple[str, ...]

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

    columns: Names
    factor: Names


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
    common: Names
    terms: tuple[Term, ...]

    def uses(self, variable: str) -> bool:
        """Whether a variable stands anywhere in the formula."""
        of_terms = (name for term in self.terms for name in (*term.columns, *term.factor))
        return variable in (*self.common, *of_terms)

    @property
    def needs_income(self) -> bool:
        """Whether the formula means nothing where family income is not known."""
        return any(map(self.uses, INCOME))


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
        common, terms = _read(text)
    except NotAFormulaError as problem:
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise InputError(
            "Config key {key} is {shown!r}, which {problem}.", key=key, shown=shown, problem=problem
        ) from None
    by_factor = tuple(Term(columns, factor) for factor, columns in terms.items())
    return Formula(" ".join(text.split()), common, by_factor)


def _read(text: str) -> tuple[Names, dict[Names, Names]]:
    """Return the common coefficients of a formula, and those that vary by factor."""
    tree = parse(text)
    if name(tree.left) != OUTCOME:
        raise NotAFormulaError(
            "begins with {written}: begin with {outcome}, config key outcomes has which",
            written=written(tree.left),
            outcome=OUTCOME,
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
    return _ordered({"1", *common}), merged


def _common(node: Any) -> str:
    """Variable of the common part."""
    if operator(node) == "-":
        raise NotAFormulaError("takes something away by -: leave out what the model is not to have")
    if (sign := operator(node)) is not None:
        raise NotAFormulaError(_instead_of(sign, node))
    if number(node) is not None:
        raise NotAFormulaError("has the number {number}: name variables alone", number=number(node))
    return _known(name(node))


def _instead_of(sign: str, node: Any) -> Sentence:
    """What to write instead of an interaction in the common part."""
    if any(name(part) is None for part in parts(node, sign)):
        return sentence(
            "has {written} in the common part: name variables joined by +", written=written(node)
        )
    names = [_known(name(part)) for part in parts(node, sign)]
    numeric = [found for found in names if found in NUMERIC and found not in MUNICIPAL]
    factor = ":".join(found for found in names if found not in NUMERIC)
    column = numeric[0] if numeric else 1
    remedy = sentence("write ({column} | {factor}) instead", column=column, factor=factor)
    if len(numeric) > 1:
        remedy = sentence("numeric variables do not interact here, join them by +")
    return sentence(
        "has {written} in the common part: {remedy}", written=written(node), remedy=remedy
    )


def _term(node: Any) -> tuple[Names, Names]:
    """Factor of a term, and the coefficients that vary by it."""
    if operator(node) != "|":
        raise NotAFormulaError(
            "has ({written}): brackets hold a term that varies by a factor, as in (income | "
            "school_type)",
            written=written(node),
        )
    if operator(node.left) == "|":
        raise NotAFormulaError(
            "has more than one | in ({written}): write a term for each factor, as in (1 | "
            "school_type) + (1 | sex)",
            written=written(node),
        )
    factor = _factor(node.right)
    return factor, _columns(node.left, factor)


def _factor(node: Any) -> Names:
    sign = operator(node)
    if sign not in (None, ":") or any(name(part) is None for part in parts(node, ":")):
        raise NotAFormulaError(
            "has the factor {written}: write a categorical variable or several joined by :, "
            "a term for each, as in (1 | school_type) + (1 | school_type:sex)",
            written=written(node),
        )
    names = [_known(name(part)) for part in parts(node, ":")]
    for found in names:
        if found in NUMERIC:
            raise NotAFormulaError(
                "has the numeric {found} as a factor: use a categorical variable, as in (1 | "
                "income_bracket)",
                found=found,
            )
    _refuse_twice(names)
    return _ordered(names)


def _columns(node: Any, factor: Sequence[str]) -> Names:
    """Coefficients that vary by a factor; its intercept always does, whether written or not."""
    groups = ":".join(factor)
    names = ["1" if number(part) == 1 else name(part) for part in parts(node, "+")]
    for found in names:
        # also of 0 + sex, which people write for an effect of sex in each group
        if found in categorical():
            by = groups if found in factor else f"{groups}:{found}"
            raise NotAFormulaError(
                "has the categorical {found} before |: write (1 | {by})", found=found, by=by
            )
        if found in MUNICIPAL:
            raise NotAFormulaError(
                "has {found} before |: it describes places, so write it in the common part alone",
                found=found,
            )
    if None in names:
        kept = " + ".join(found for found in names if found in NUMERIC) or "income"
        raise NotAFormulaError(
            "has {written} before |: write 1 or numeric variables joined by +, whose "
            "intercept varies as well, as in ({kept} | {groups})",
            written=written(node),
            kept=kept,
            groups=groups,
        )
    _refuse_twice(names)
    return _ordered({"1", *(found if found == "1" else _known(found) for found in names)})


def _merged(terms: Sequence[tuple[Names, Names]]) -> dict[Names, Names]:
    """Put together the coefficients of terms of the same factor."""
    merged: dict[Names, list[str]] = {}
    for factor, columns in terms:
        mine = merged.setdefault(factor, [])
        if mine and (columns == ("1",) or mine == ["1"]):
            groups = ":".join(factor)
            raise NotAFormulaError(
                "has the intercept of {groups} twice: leave out (1 | {groups}), other terms "
                "of the factor have it",
                groups=groups,
            )
        mine += [found for found in columns if found != "1" or not mine]
        _refuse_twice(mine)
    return {factor: _ordered(columns) for factor, columns in merged.items()}


def _refuse_indistinct(common: Sequence[str], factors: Iterable[Names]) -> None:
    """Refuse coefficients between which only priors could divide an effect."""
    for factor in factors:
        if len(factor) == 1 and factor[0] in common:
            raise NotAFormulaError(
                "has {factor} both alone and as a factor, which are the same effect: leave "
                "out one of them",
                factor=factor[0],
            )
    if "income_bracket" in common and "income" in common:
        raise NotAFormulaError(
            "has income and income_bracket, which are the same effect: write the brackets as "
            "(1 | income_bracket)"
        )


def _refuse_twice(names: Sequence[str]) -> None:
    for found in names:
        if names.count(found) > 1:
            raise NotAFormulaError("has {found} twice in one place: write it once", found=found)


def _ordered(names: Collection[str]) -> Names:
    return tuple(sorted(names, key=("1", *known()).index))


def _known(found: str) -> str:
    if found in LEVELS:
        raise NotAFormulaError(
            "names the level {found}: levels join by config key levels", found=found
        )
    if found == OUTCOME:
        raise NotAFormulaError(
            "explains {outcome} by itself: leave it out after ~", outcome=OUTCOME
        )
    if found not in known():
        close = get_close_matches(found.lower(), known(), n=3)
        others = [other for other in known() if other not in close]
        raise NotAFormulaError(
            "names {found}: use one of {known}", found=found, known=", ".join([*close, *others])
        )
    return found
