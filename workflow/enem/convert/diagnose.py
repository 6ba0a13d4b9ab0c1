"""Say what is wrong with a block that could not be converted.

This runs once, on the block that failed, so it may go through the lines one by one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from enem.convert.blocks import Block
from enem.convert.causes import LOWER_CASE, POINTS_LOST, cause_of
from enem.convert.columns import SCORE_COLUMNS, YEAR_COLUMN, Plan, Score
from enem.convert.values import integer_of, score_of
from enem.editions import CodedColumn
from enem.errors import Sentence, sentence

AS_PUBLISHED = sentence("Download the zip again, or give it as INEP publishes it.")
OTHER_EDITION = sentence(
    "This is another edition's file: give that edition's name, or the right zip."
)
NEW_CODE = sentence(
    "If the zip is as INEP publishes it, INEP has changed its codes: compare its dictionary with "
    "workflow/enem/editions.yaml; otherwise download the zip again."
)

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Check:
    """What a column may hold, in words and as a test, and what to do when it does not.

    `likely` names the cause of a value of this column alone.
    """

    column: str
    expected: Sentence | str
    accepts: Callable[[str], bool]
    remedy: Sentence
    likely: Callable[[str], Sentence | None] = lambda _: None


def explain(block: Block, plan: Plan, error: str) -> Sentence:
    """Return a sentence on the first fault of a block: headers, ragged lines, then values.

    Parameters
    ----------
    error
        What the parser said, for a fault that the checks here do not know.
    """
    lines = _lines(block)
    if message := _header_again(lines) or _ragged(lines, len(plan.header)):
        return sentence("{file}: {message}", file=plan.file, message=message)
    for check in _checks(plan):
        if message := _fault(lines, plan.header.index(check.column), check):
            return sentence("{file}: {message}", file=plan.file, message=message)
    return sentence(
        "{file}: the rows from line {first_line} on cannot be read ({error}).",
        file=plan.file,
        first_line=block.first_line,
        error=error,
    )


def explain_null(block: Block, plan: Plan) -> Sentence:
    """Return a sentence on the first NUL character of a block."""
    number, fields = next(line for line in _lines(block) if any("\0" in field for field in line[1]))
    place = next(place for place, field in enumerate(fields) if "\0" in field)
    column = (
        plan.header[place]
        if place < len(plan.header)
        else sentence("number {number}", number=place + 1)
    )
    return sentence(
        "{file}: column {column} has {value!r} at line {number}, with a NUL character, so "
        "the file was damaged on a disk or in a transfer. {as_published}",
        file=plan.file,
        column=column,
        value=fields[place],
        number=number,
        as_published=AS_PUBLISHED,
    )


def _header_again(lines: list[Line]) -> Sentence | None:
    number = next((number for number, fields in lines if YEAR_COLUMN in fields), None)
    if number is None:
        return None
    return sentence(
        "line {number} is a header in the middle of the rows, so the file was joined from "
        "pieces: remove the headers from the second one on, or give the zip as INEP "
        "publishes it.",
        number=number,
    )


def _lines(block: Block) -> list[Line]:
    text = block.data.decode("latin-1")
    numbered = enumerate(re.split(r"\r\n|\n|\r", text), start=block.first_line)
    return [(number, line.split(";")) for number, line in numbered if line]


def _ragged(lines: list[Line], width: int) -> Sentence | None:
    ragged = [(number, len(fields)) for number, fields in lines if len(fields) != width]
    if not ragged:
        return None
    number, found = ragged[0]
    if len(ragged) == len(lines) and {fields for _, fields in ragged} == {width + 1}:
        blank = not any(fields[-1].strip() for _, fields in lines)
        how = (
            sentence("a delimiter ends each of them; remove it")
            if blank
            else sentence(
                "R named the rows without a column for the names; write row.names = FALSE"
            )
        )
        return sentence(
            "every line from line {number} on has one field more than the header: {how}, or "
            "give the zip as INEP publishes it.",
            number=number,
            how=how,
        )
    return sentence(
        "line {number} has {found} fields where the header has {width}; {count}. The file is "
        "damaged or was saved by another program. {as_published}",
        number=number,
        found=found,
        width=width,
        count=_count(len(ragged)),
        as_published=AS_PUBLISHED,
    )


def _fault(lines: list[Line], place: int, check: Check) -> Sentence | None:
    faults = [
        (number, fields[place]) for number, fields in lines if not check.accepts(fields[place])
    ]
    if not faults:
        return None
    number, value = faults[0]
    found = sentence(
        "column {column} has {value!r} at line {number} where {expected} was expected; {count}",
        column=check.column,
        value=value,
        number=number,
        expected=check.expected,
        count=_count(len(faults)),
    )
    cause = LOWER_CASE if check.accepts(value.upper()) else cause_of(value) or check.likely(value)
    if cause:
        return sentence("{found}: {cause}", found=found, cause=cause)
    return sentence("{found}. {remedy}", found=found, remedy=check.remedy)


def _count(rows: int) -> Sentence:
    if rows == 1:
        return sentence("1 such row in the block of lines read with it")
    return sentence("{rows:,} such rows in the block of lines read with it", rows=rows)


def _checks(plan: Plan) -> Iterator[Check]:
    """Yield a check for the year and then for every column that is required."""
    missing = plan.edition.missing_markers
    year = str(plan.edition.year)
    yield Check(YEAR_COLUMN, year, year.__eq__, OTHER_EDITION)
    for output, source in plan.coded.items():
        if plan.is_required(output):
            yield _code_check(source, missing)
    for output, score in SCORE_COLUMNS.items():
        if plan.is_required(output):
            yield _score_check(score, missing)
    for output, column in plan.numbers.items():
        if plan.is_required(output):
            yield _number_check(column, missing)


def _code_check(source: CodedColumn, missing: tuple[str, ...]) -> Check:
    listed = list(source.codes)
    words = sentence("{first} to {last} or a blank", first=listed[0], last=listed[-1])
    if len(listed) <= 30:
        words = sentence("one of {codes} or a blank", codes=", ".join(listed))
    accepted = {*source.codes, *missing}
    return Check(source.column, words, accepted.__contains__, NEW_CODE)


def _number_check(column: str, missing: tuple[str, ...]) -> Check:
    def accepts(text: str) -> bool:
        return text in missing or integer_of(text) is not None

    words = sentence("a code of digits only, or a blank,")
    return Check(column, words, accepts, AS_PUBLISHED)


def _score_check(score: Score, missing: tuple[str, ...]) -> Check:
    def accepts(text: str) -> bool:
        return text in missing or score_of(text, score.highest) is not None

    words = sentence(
        "a score from 0 to {highest:g} with a decimal point, or a blank,", highest=score.highest
    )

    def likely(text: str) -> Sentence | None:
        return POINTS_LOST if text.isdecimal() and score_of(text, 10 * score.highest) else None

    return Check(score.column, words, accepts, AS_PUBLISHED, likely)
