"""Name the programs that leave a value that INEP does not write, by how it looks."""

import re

from enem.errors import Sentence, sentence

MISSING_WORDS = {"na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none"}
LABELS = re.compile(r"[^\W\d_]{3,}[^\d]*")
FORMS = (
    (re.compile(r"\s+"), sentence("blanks were written as spaces")),
    (re.compile(r"\s.*|.*\s"), sentence("fields were padded with spaces")),
    (re.compile(r"\".*|.*\"|'.*'"), sentence("fields were put in quotes in some lines only")),
    (
        re.compile(r"-?\d+\.0+"),
        sentence("whole numbers were written with decimals, as pandas does"),
    ),
    (
        re.compile(r"-?\d+([.,]\d+)?[eE][+-]?\d+"),
        sentence("numbers were rounded to scientific notation"),
    ),
    (re.compile(r"\d{1,3}([.,]\d{3})+([.,]\d+)?"), sentence("thousands were separated")),
    (re.compile(r"-?\d+,\d+"), sentence("decimals were written with a comma")),
    (LABELS, sentence("codes were replaced by words")),
)
SAVED_AGAIN = sentence(
    "so the file was saved again by another program; give the zip as INEP publishes it, or save it "
    "from that program with every field as text and blanks as nothing."
)


def _saved_again(what: Sentence) -> Sentence:
    return sentence("{what}, {saved_again}", what=what, saved_again=SAVED_AGAIN)


LOWER_CASE = _saved_again(sentence("codes were written in lower case"))
POINTS_LOST = _saved_again(sentence("decimal points were lost"))


def cause_of(value: str) -> Sentence | None:
    """Return what another program did to a value, and what to do; None if nothing is known."""
    if value.strip().lower() in MISSING_WORDS:
        word = value.strip()
        return _saved_again(
            sentence("blanks were written as {word}, as R and pandas do", word=word)
        )
    for form, what in FORMS:
        if form.fullmatch(value):
            return _saved_again(what)
    return None
