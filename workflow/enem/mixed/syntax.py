"""From the text of a formula to its syntax tree, by the scanner and parser of `formulae`.

A formula is data from a stranger's file.  Only the grammar of `formulae` is used, never what
resolves names and runs calls; what could be anything but names, sums, interactions and terms is
refused before its scanner reads a character.
"""

import re
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from unicodedata import name as name_of_character

from enem.errors import Sentence, TranslatedError, sentence

LONGEST = 1000
EXAMPLE = "score ~ income + (income | school_type)"
ADDITION = "join terms by a single +"

REFUSED = (
    (r"[\r\n]", "runs over several lines: write it on one line"),
    (r"[^ -~]", "has {found}: write it in plain ASCII letters and spaces"),
    (r"\)\s*\(", "has brackets side by side: " + ADDITION),
    (
        r"[\w.]+\s*\(",
        "calls {found}...), but a formula calls nothing: name variables as they are (income is a "
        "logarithm already), and put a + before a term in brackets",
    ),
    (r"[{}]", "computes in braces, but a formula computes nothing: name variables as they are"),
    (r"[`'\"]", "quotes a name: write names as they are"),
    (r"\^|\*\*", "has a power, but models are linear: use (1 | income_bracket) for what bends"),
    (r"\|\|", "has ||: write |, coefficients of a term are independent as they are"),
    (r"\.", "has a dot, but names have no attributes and numbers no place: name variables alone"),
    (r"[\[\]]", "picks a level in square brackets: name the whole variable"),
    (r"\b(?:True|False|None)\b", "has the literal {found}: name variables alone"),
    (r"[^\w ~+|:()*/-]", "has {found}, which no formula needs: " + ADDITION),
    (r"[~+|:*/(-]\s*[+:*/-]|[~+|:*/-]\s*\)|[+:*/|-]\s*$", "has an operator too many: " + ADDITION),
    (r"\([^)]*\(|\)[^(]*\)", "has brackets in brackets or unmatched: write (income | school_type)"),
)
"""Patterns that are refused, in this order, and what is wrong with them."""


class NotAFormulaError(TranslatedError):
    """What is wrong with a formula, and the remedy, as the end of a sentence."""


def parse(text: str) -> Any:
    """Return the syntax tree of a formula.

    Raises
    ------
    NotAFormulaError
        What is no formula, or more than a formula may hold.
    """
    if len(text) > LONGEST:
        raise NotAFormulaError(
            "has {length} characters: write at most {longest}", length=len(text), longest=LONGEST
        )
    _check_sides(text)
    _check_intercept(text)
    for pattern, problem in REFUSED:
        if found := re.search(pattern, text):
            raise NotAFormulaError(problem, found=_shown(found[0]))
    scanner, parser = _grammar()
    try:
        reader = parser.Parser(scanner.Scanner(text).scan(add_intercept=False))
        tree = reader.parse()
    except (scanner.ScanError, parser.ParseError):
        tree = None
    if tree is None or operator(tree) != "~" or not reader.at_end() or not _plain(tree):
        raise NotAFormulaError(
            "cannot be read: join terms by + and put those with | in brackets, as in {example}",
            example=EXAMPLE,
        )
    return tree


def operator(node: Any) -> str | None:
    """Operator of a node with two sides, None of any other."""
    return node.operator.lexeme if _kind(node) == "Binary" else None


def parts(node: Any, joined_by: str) -> list[Any]:
    """Split what an operator joins, from left to right."""
    found = []
    while operator(node) == joined_by:
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def inside(node: Any) -> Any | None:
    """Return what stands in a pair of brackets, None where there is none."""
    return node.expression if _kind(node) == "Grouping" else None


def name(node: Any) -> str | None:
    """Name of a variable, None of any other node."""
    return node.name.lexeme if _kind(node) == "Variable" else None


def number(node: Any) -> int | None:
    """Value of a number, None of any other node."""
    return node.value if _kind(node) == "Literal" else None


def written(node: Any) -> str:
    """Write a node as in a formula."""
    if (sign := operator(node)) is not None:
        space = "" if sign == ":" else " "
        return f"{written(node.left)}{space}{sign}{space}{written(node.right)}"
    if (inner := inside(node)) is not None:
        return f"({written(inner)})"
    found = name(node)
    return str(number(node)) if found is None else found


def _kind(node: Any) -> str:
    return type(node).__name__


def _plain(tree: Any) -> bool:
    """Whether a tree has nothing but names, numbers, brackets and what joins them."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if operator(node) is not None:
            pending += [node.left, node.right]
        elif (inner := inside(node)) is not None:
            pending.append(inner)
        elif name(node) is None and type(number(node)) is not int:
            return False
    return True


def _check_sides(text: str) -> None:
    if "~" not in text:
        raise NotAFormulaError("has no ~: write it as in {example}", example=EXAMPLE)
    if text.count("~") != 1:
        raise NotAFormulaError(
            "has {number} ~: write it as in {example}", number=text.count("~"), example=EXAMPLE
        )
    if not text.partition("~")[2].strip():
        raise NotAFormulaError("names nothing after ~: write it as in {example}", example=EXAMPLE)


def _check_intercept(text: str) -> None:
    common = re.sub(r"\([^)]*\)", "", text)
    if re.search(r"(?:^|[~+-])\s*0\s*(?:$|[+-])|-\s*1\s*(?:$|[+-])", common.partition("~")[2]):
        raise NotAFormulaError(
            "has no common intercept, which every model here has: leave out 0 and -1"
        )


def _shown(found: str) -> Sentence | str:
    if len(found) == 1:
        called = f"U+{ord(found):04X} {name_of_character(found, '')}".rstrip()
        return sentence("the character {found!r} ({called})", found=found, called=called)
    return found


@cache
def _grammar() -> tuple[ModuleType, ModuleType]:
    """Scanner and parser of `formulae`, without what else importing it brings.

    Snakemake reads formulas at every start, and the package itself, like its module ``utils``,
    imports pandas and SciPy (0.5 s).  Both modules are read under a package name of our own, so
    that whoever imports `formulae` gets the whole.
    """
    package = ModuleType(f"{__name__}.formulae")
    package.__path__ = list(find_spec("formulae").submodule_search_locations)
    utils = ModuleType(f"{package.__name__}.utils")
    # all that the parser takes of it
    utils.listify = lambda kinds: kinds if isinstance(kinds, (list, tuple)) else [kinds]
    sys.modules.update({module.__name__: module for module in (package, utils)})
    return tuple(import_module(f"{package.__name__}.{part}") for part in ("scanner", "parser"))
