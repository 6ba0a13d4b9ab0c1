"""The editions of ENEM whose microdata can be analysed, read from ``editions.yaml``.

Everything that differs between editions is in that table; code asks an `Edition` and never
compares years.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from enem.errors import InputError, Sentence, sentence
from enem.yaml_file import read_yaml

TABLE = Path(__file__).with_name("editions.yaml")

Harmonised = str | int | bool | None


@dataclass(frozen=True)
class IncomeBracket:
    """A bracket of monthly family income, in multiples of the minimum wage of its edition.

    Income lies above `lower` and up to `upper`; `upper` is None when the bracket is open-ended
    and both are 0 when the household has no income.
    """

    letter: str
    lower: float
    upper: float | None


@dataclass(frozen=True)
class CodedColumn:
    """A source column and the harmonised value of each code that INEP may write in it."""

    column: str
    codes: Mapping[str, Harmonised]


@dataclass(frozen=True)
class Layout:
    """A set of columns in which an edition was published, recognised by `columns`.

    `age_band` is None where it does not tell ages.
    """

    name: str
    columns: tuple[str, ...]
    age_band: CodedColumn | None


@dataclass(frozen=True)
class IncomeTable:
    """Where participants' incomes stand: a table of INEP's (its name before the year) and column.

    The table is that of the scores, but for editions that are published as two.
    """

    table: str
    column: str


@dataclass(frozen=True)
class Edition:
    """One edition as INEP writes it.

    `coded` maps an output column to its source; a value of None says that the edition does not
    have it; so does None for `income_column`, whose brackets are then those of `incomes` alone.
    `questions` are further ones of the questionnaire, read only where they are asked for.
    `minimum_wage` is in BRL.
    `absent_essay_is_zero` says that the file writes 0, not blank, for an essay that was not sat;
    `school_type_matched` that the school is known only for participants whom INEP matched to the
    school census; `split` that scores (`table`) and participants are two tables without a common
    key; `schools_masked` that codes of schools of few participants stand for no school.
    `booklets` gives the application (``regular``, ``second`` or ``digital``) that the code of a
    booklet belongs to, and is empty where that is not known.
    `expected_rows` is the size of the national file where INEP states it.
    """

    name: str
    year: int
    minimum_wage: float
    income_column: str | None
    incomes: IncomeTable
    no_income: str
    income_brackets: tuple[IncomeBracket, ...]
    coded: Mapping[str, CodedColumn | None]
    questions: Mapping[str, CodedColumn | None]
    missing_markers: tuple[str, ...]
    absent_essay_is_zero: bool
    school_type_matched: bool
    expected_rows: int | None
    table: str = "MICRODADOS_ENEM"
    split: bool = False
    schools_masked: bool = False
    booklets: Mapping[int, str] = field(default_factory=dict)

    @property
    def member(self) -> str:
        """Base name of the CSV inside INEP's zip, that of the table with scores."""
        return f"{self.table}_{self.year}.csv"

    @property
    def incomes_member(self) -> str:
        """Base name of the CSV that holds incomes."""
        return f"{self.incomes.table}_{self.year}.csv"

    @property
    def reported_school_type(self) -> CodedColumn | None:
        """The question about the type of secondary school attended, where it was asked."""
        return self.coded["school_type_reported"]


@cache
def load_editions() -> dict[str, Edition]:
    """Return every edition that can be analysed, by name ("2009" to "2025", "simulated")."""
    table = _table()
    return {name: _edition(name, table, entry) for name, entry in table["editions"].items()}


@cache
def load_layouts() -> dict[str, Layout]:
    """Return the layouts of INEP's files by name, in the order in which to try them."""
    table = _table()
    bands = _age_codes(table)
    return {
        name: Layout(
            name=name,
            columns=tuple(entry["columns"]),
            age_band=_age_band(entry["age_column"], bands),
        )
        for name, entry in table["layouts"].items()
    }


@cache
def refusals() -> dict[str, Sentence]:
    """Return, for each edition that cannot be analysed, a sentence that says why."""
    reasons = {}
    for span, reason in _table()["refusals"].items():
        first, _, last = span.partition("-")
        for year in range(int(first), int(last or first) + 1):
            reasons[str(year)] = sentence(
                "The {year} edition cannot carry the analysis: {reason}",
                year=year,
                reason=sentence(reason.strip()),
            )
    return reasons


def why_no_income() -> Sentence:
    """Return the clause that says why editions of two tables have no income beside scores."""
    return sentence(_table()["no_income"].strip())


def edition_named(name: str) -> Edition:
    """Return the edition called `name`.

    Raises
    ------
    InputError
        When the edition cannot be analysed, with the reason, or does not exist.
    """
    editions = load_editions()
    if name in editions:
        return editions[name]
    if name in refusals():
        raise InputError(refusals()[name])
    raise InputError(
        "There is no edition {name!r}; the editions that can be analysed are {editions}.",
        name=name,
        editions=", ".join(editions),
    )


@cache
def _table() -> dict[str, Any]:
    return read_yaml(TABLE)


def _edition(name: str, table: dict[str, Any], entry: dict[str, Any]) -> Edition:
    merged = table["defaults"] | entry
    coded = table["defaults"]["coded"] | entry.get("coded", {})
    scale = table["income_scales"][merged["income_scale"]]
    incomes = merged["incomes"] or {"table": merged["table"], "column": merged["income_column"]}
    return Edition(
        name=name,
        year=merged["year"],
        minimum_wage=float(merged["minimum_wage"]),
        income_column=merged["income_column"],
        incomes=IncomeTable(**incomes),
        no_income=scale["no_income"],
        income_brackets=_brackets(scale),
        coded={output: _coded_column(source) for output, source in coded.items()},
        questions={name: _coded_column(source) for name, source in merged["questions"].items()},
        missing_markers=tuple(merged["missing_markers"]),
        absent_essay_is_zero=merged["absent_essay_is_zero"],
        school_type_matched=merged["school_type_matched"],
        expected_rows=merged["expected_rows"],
        table=merged["table"],
        split=merged["split"],
        schools_masked=merged["schools_masked"],
        booklets=_booklets(merged["booklets"]),
    )


def _booklets(listed: Mapping[str, list[int | str]]) -> dict[int, str]:
    """Spell out the codes of each application, single ones and spans such as ``391-394``."""
    found = {}
    for application, codes in listed.items():
        for span in map(str, codes):
            first, _, last = span.partition("-")
            found |= dict.fromkeys(range(int(first), int(last or first) + 1), application)
    return found


def _coded_column(source: dict[str, Any] | None) -> CodedColumn | None:
    if source is None:
        return None
    codes = source["codes"]
    return CodedColumn(
        source["column"], {code: code for code in codes} if isinstance(codes, list) else codes
    )


def _brackets(scale: dict[str, Any]) -> tuple[IncomeBracket, ...]:
    """Chain the upper bounds: each bracket begins where the one below it ends."""
    brackets = [IncomeBracket(scale["no_income"], 0.0, 0.0)]
    for letter, upper in scale["upper"].items():
        lower = brackets[-1].upper
        brackets.append(IncomeBracket(letter, lower, None if upper is None else float(upper)))
    return tuple(sorted(brackets, key=lambda bracket: bracket.letter))


def _age_band(column: str | None, bands: dict[str, dict[str, Harmonised]]) -> CodedColumn | None:
    return CodedColumn(column, bands[column]) if column else None


def _age_codes(table: dict[str, Any]) -> dict[str, dict[str, Harmonised]]:
    """Give both ways in which INEP writes age the same bands, 1 to 20."""
    first_ages = table["age_band_first_ages"]
    ages = range(table["highest_age"] + 1)
    return {
        "NU_IDADE": {str(age): sum(age >= first for first in first_ages) for age in ages},
        "TP_FAIXA_ETARIA": {str(band): band for band in range(1, len(first_ages) + 1)},
    }
