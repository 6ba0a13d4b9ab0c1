"""A formula as mathematics, in symbols and the names of variables alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, count

from enem.mixed.formula import Formula, Term
from enem.mixed.variables import NUMERIC, two_levels

COEFFICIENTS = {
    "1": "α",
    "income": "β",
    "school_income": "γ",
    "municipality_income": "ζ",
    "municipality_income_sd": "η",
}
VARIABLES = {
    "income": "x_i",
    "school_income": "z_i",
    "municipality_income": "w_i",
    "municipality_income_sd": "d_i",
}
CATEGORICAL = "δ"
LEVELS = {"municipality": ("u", "m"), "school": ("v", "s")}
"""Effect and index of each level."""

INDICES = "ghkabcdlopqrtwy"
"""Letters for the groups of factors; further factors count on from the last."""


@dataclass(frozen=True)
class Mathematics:
    """A model in symbols; ``_a`` and ``_{a,b}`` are subscripts.

    Attributes
    ----------
    equation
        Of the score of participant i.
    distributions
        Of each symbol that the equation adds up: m and s are known numbers, those of the priors;
        τ and σ are estimated.
    symbols
        What indices and variables stand for, by the names that a formula uses.
    """

    equation: str
    distributions: tuple[str, ...]
    symbols: dict[str, str]


def mathematics(formula: Formula, levels: Sequence[str]) -> Mathematics:
    """Write a formula and its levels as an equation, with its distributions.

    Parameters
    ----------
    formula
        Of `enem.mixed.formula.parse_formula`.
    levels
        As config.yaml has them.
    """
    groups = dict(zip(chain(INDICES, (f"y{n}" for n in count())), formula.terms, strict=False))
    pairs = [_common(name) for name in formula.common]
    pairs += [_varying(n, index, term) for index, term in groups.items() for n in term.columns]
    effects = {_sub(*LEVELS[name]): f"τ_{LEVELS[name][0]}" for name in levels}
    pairs += [(effect, f"{effect} ~ N(0, {scale}²)") for effect, scale in effects.items()]
    by_type = [index for index, term in groups.items() if term.factor == ("school_type",)]
    sigma = _sub("σ", by_type[0]) if by_type else "σ"
    equation = " + ".join(summand for summand, _ in pairs)
    symbols = {index: ":".join(term.factor) for index, term in groups.items()}
    symbols |= {LEVELS[name][1]: name for name in levels}
    symbols |= {VARIABLES[name]: name for name in NUMERIC if formula.uses(name)}
    laws = (*(law for _, law in pairs), f"e_i ~ N(0, {sigma}²)")
    return Mathematics(f"score_i = {equation} + e_i", laws, symbols)


def as_html(text: str) -> str:
    """Set subscripts of `Mathematics` in HTML."""
    return re.sub(r"_(?:\{([^}]*)\}|(\w))", r"<sub>\1\2</sub>", escape(text))


def _common(name: str) -> tuple[str, str]:
    """Summand and distribution of a common coefficient."""
    if name not in COEFFICIENTS:
        effect = _sub(CATEGORICAL, name)
        return effect, f"{effect} ~ N(0, s_{CATEGORICAL}²)"
    symbol = COEFFICIENTS[name]
    return _product(symbol, name), f"{symbol} ~ N(m_{symbol}, s_{symbol}²)"


def _varying(name: str, index: str, term: Term) -> tuple[str, str]:
    """Summand and distribution of a coefficient that varies by a factor."""
    # two groups cannot inform the scale of their intercepts, which is known
    known = name == "1" and two_levels(term.factor)
    scale = _sub("s" if known else "τ", f"{COEFFICIENTS[name]},{index}")
    effect = _sub(COEFFICIENTS[name], index)
    return _product(effect, name), f"{effect} ~ N(0, {scale}²)"


def _product(coefficient: str, name: str) -> str:
    return coefficient if name == "1" else f"{coefficient} {VARIABLES[name]}"


def _sub(symbol: str, index: str) -> str:
    return f"{symbol}_{index}" if len(index) == 1 else f"{symbol}_{{{index}}}"
