"""Exam booklets: their codes, answer keys and a stock of answer sheets, all made up."""

from typing import NamedTuple

import numpy as np

from enem.names import AREAS

BOOKLETS = {
    "CN": (391, 392, 393, 394),
    "CH": (395, 396, 397, 398),
    "LC": (399, 400, 402, 401),
    "MT": (403, 404, 406, 405),
}
"""``CO_PROVA_*`` of 2017; position by position, the booklets of one colour go together."""

SHEETS = 2_000
QUESTIONS = 45
LANGUAGE_QUESTIONS = 5
NOT_ASKED = "9" * LANGUAGE_QUESTIONS
"""What stands for the five questions of the foreign language that was not chosen."""

ANSWERS = ("A", "B", "C", "D", "E", ".", "*")
ANSWER_SHARES = (0.2, 0.2, 0.2, 0.2, 0.196, 0.0025, 0.0015)
"""``.`` is no answer, ``*`` a double one."""


class Booklets(NamedTuple):
    """Texts of a release.

    Attributes
    ----------
    keys
        By area, the answer key of each of the four booklets.
    sheets
        By area, answer sheets; the last one is blank.  For LC, those with English answers come
        first and as many with Spanish ones follow.
    """

    keys: dict[str, list[str]]
    sheets: dict[str, list[str]]


def draw_booklets(rng: np.random.Generator) -> Booklets:
    """Draw the keys and the stock of answer sheets of a release."""
    keys = {}
    sheets = {}
    for area in AREAS:
        asked = QUESTIONS + (LANGUAGE_QUESTIONS if area == "LC" else 0)
        keys[area] = _texts(rng, 4, asked, certain=True)
        stock = [*_texts(rng, SHEETS - 1, QUESTIONS), "." * QUESTIONS]
        sheets[area] = _in_both_languages(stock) if area == "LC" else stock
    return Booklets(keys, sheets)


def _texts(
    rng: np.random.Generator, count: int, length: int, *, certain: bool = False
) -> list[str]:
    answers, shares = (ANSWERS[:5], None) if certain else (ANSWERS, ANSWER_SHARES)
    letters = rng.choice(answers, size=(count, length), p=shares)
    return ["".join(row) for row in letters]


def _in_both_languages(stock: list[str]) -> list[str]:
    """Put the language not chosen where INEP has it: after the English answers or before Spanish.

    English answers are questions 1-5 and Spanish ones 6-10 of the 50 that are printed.
    """
    english = [text[:LANGUAGE_QUESTIONS] + NOT_ASKED + text[LANGUAGE_QUESTIONS:] for text in stock]
    return english + [NOT_ASKED + text for text in stock]
