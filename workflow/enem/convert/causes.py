"""Name the programs that leave a value that INEP does not write, by how it looks."""

import re

MISSING_WORDS = {"na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none"}
LABELS = re.compile(r"[^\W\d_]{3,}[^\d]*")
FORMS = (
    (re.compile(r"\s+"), "blanks were written as spaces"),
    (re.compile(r"\s.*|.*\s"), "fields were padded with spaces"),
    (re.compile(r"\".*|.*\"|'.*'"), "fields were put in quotes in some lines only"),
    (re.compile(r"-?\d+\.0+"), "whole numbers were written with decimals, as pandas does"),
    (re.compile(r"-?\d+([.,]\d+)?[eE][+-]?\d+"), "numbers were rounded to scientific notation"),
    (re.compile(r"\d{1,3}([.,]\d{3})+([.,]\d+)?"), "thousands were separated"),
    (re.compile(r"-?\d+,\d+"), "decimals were written with a comma"),
    (LABELS, "codes were replaced by words"),
)
SAVED_AGAIN = (
    "so the file was saved again by another program; give the zip as INEP publishes it, or save it "
    "from that program with every field as text and blanks as nothing."
)
LOWER_CASE = f"codes were written in lower case, {SAVED_AGAIN}"
POINTS_LOST = f"decimal points were lost, {SAVED_AGAIN}"


def cause_of(value: str) -> str | None:
    """Return what another program did to a value, and what to do; None if nothing is known."""
    if value.strip().lower() in MISSING_WORDS:
        return f"blanks were written as {value.strip()}, as R and pandas do, {SAVED_AGAIN}"
    for form, what in FORMS:
        if form.fullmatch(value):
            return f"{what}, {SAVED_AGAIN}"
    return None
