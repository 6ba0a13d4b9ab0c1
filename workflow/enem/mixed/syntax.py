"""The text of a formula in its parts.

A formula is data from a stranger's file.  Nothing here resolves names or runs calls; what could be
anything but names, sums, interactions and terms is refused before it is taken apart.
"""

import re
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


SIGNS = ("|", "+-", "*/", ":")
"""Operators, those that bind least first; of one row the last in a text does."""


def parse(text: str) -> tuple[str, str]:
    """Return both sides of a formula.

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
    outcome, _, explained = (side.strip() for side in text.partition("~"))
    bare = "|" in re.sub(r"\([^)]*\)", "", text)
    if bare or not (_plain(outcome) and _plain(explained)):
        raise NotAFormulaError(
            "cannot be read: join terms by + and put those with | in brackets, as in {example}",
            example=EXAMPLE,
        )
    return outcome, explained


def sides(node: str) -> tuple[str, str, str] | None:
    """Left side, operator and right side of a text that has two sides, None of any other."""
    outside = re.sub(r"\([^)]*\)", lambda brackets: "_" * len(brackets[0]), node)
    for signs in SIGNS:
        at = max(map(outside.rfind, signs))
        if at > 0:
            return node[:at].strip(), node[at], node[at + 1 :].strip()
    return None


def operator(node: str) -> str | None:
    """Operator of a text that has two sides, None of any other."""
    found = sides(node)
    return found and found[1]


def parts(node: str, joined_by: str) -> list[str]:
    """Split what an operator joins, from left to right."""
    if operator(node) != joined_by:
        return [node]
    left, _, right = sides(node)
    return [*parts(left, joined_by), right]


def inside(node: str) -> str | None:
    """Return what stands in a pair of brackets, None where there is none."""
    found = re.fullmatch(r"\(([^()]*)\)", node)
    return found and found[1].strip()


def name(node: str) -> str | None:
    """Name of a variable, None of any other text."""
    return node if re.fullmatch(r"[A-Za-z]\w*", node) else None


def number(node: str) -> int | None:
    """Value of a number, None of any other text."""
    return int(node) if node.isdigit() else None


def written(node: str) -> str:
    """Write a text with the spaces of a formula."""
    if (found := sides(node)) is not None:
        space = "" if found[1] == ":" else " "
        return f"{written(found[0])}{space}{found[1]}{space}{written(found[2])}"
    inner = inside(node)
    return node if inner is None else f"({written(inner)})"


def _plain(node: str) -> bool:
    """Whether a text has nothing but names, numbers, brackets and what joins them."""
    if (found := sides(node)) is not None:
        return _plain(found[0]) and _plain(found[2])
    inner = inside(node)
    return _plain(inner) if inner else name(node) is not None or node.isdigit()


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
