"""Which columns of a file are read, and what each becomes in the converted table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from enem.convert.header import RESULTS_KEY, YEAR_COLUMN, check_header, layout_of, refuse_missing
from enem.editions import CodedColumn, Edition, Harmonised, load_editions, load_layouts
from enem.errors import Sentence
from enem.names import AREAS, ESSAY, STATES

MUNICIPALITY = ("municipality_exam", "NO_MUNICIPIO_PROVA")
STATE_COLUMNS = {
    "state_exam": "SG_UF_PROVA",
    "state_school": "SG_UF_ESC",
    "state_residence": "SG_UF_RESIDENCIA",
}
REGISTRATION = "NU_INSCRICAO"
NUMBER_COLUMNS = {
    "municipality_exam_code": "CO_MUNICIPIO_PROVA",
    "municipality": "CO_MUNICIPIO_ESC",
    "school": "CO_ESCOLA",
    "booklet_CN": "CO_PROVA_CN",
    "booklet_LC": "CO_PROVA_LC",
}
"""Codes that are numbers: where the exam and the school are, which school it is, and the booklets,
which are read only of editions that list whose they are."""

NOT_EVERYWHERE = ("state_residence", "municipality_exam_code", "school")
"""Columns that a file may lack: those of first releases, schools also of results; without the
codes of exam municipalities there is no municipal analysis."""

BOOKLETS = ("booklet_CN", "booklet_LC")
"""Codes of the booklets of two areas that are never sat on the same day."""

ESSAY_PRESENCE = "presence_LC"
"""The essay is sat in the same session as LC."""

HIGHEST_AREA_SCORE = 1100.0
HIGHEST_ESSAY_SCORE = 1000.0
LAYOUT_OF_TODAY, LAYOUT_OF_RESULTS = "lgpd", "results"
ORDER = (
    *STATE_COLUMNS,
    MUNICIPALITY[0],
    *("is_trainee", "completion", "sex", "race", "age_band"),
    *NUMBER_COLUMNS,
    *("school_type", "school_type_reported", "income_bracket"),
    *("father_education", "mother_education", "household_size"),
    *(f"presence_{area}" for area in AREAS),
    "essay_status",
    *(*AREAS, ESSAY),
)
"""The columns of the converted table.

A file without residence, school or reported school lacks them; the questions about the family are
read only where they are asked for.
"""

ALWAYS_WRITTEN = ("race",)
"""Columns that are written, all missing, even for an edition that has no source for them."""


@dataclass(frozen=True)
class Score:
    """A score column and the highest value, in ENEM points, that can be a score."""

    column: str
    highest: float


SCORE_COLUMNS = {
    **{area: Score(f"NU_NOTA_{area}", HIGHEST_AREA_SCORE) for area in AREAS},
    ESSAY: Score(f"NU_NOTA_{ESSAY}", HIGHEST_ESSAY_SCORE),
}


@dataclass(frozen=True)
class Plan:
    """How one file is read: its header, its edition, and the source of each output column.

    `required` are the output columns that are going to be read, all of them if None.
    """

    file: Sentence
    edition: Edition
    layout: str
    header: tuple[str, ...]
    coded: Mapping[str, CodedColumn]
    numbers: Mapping[str, str]
    required: frozenset[str] | None = None

    @property
    def registration(self) -> str | None:
        """The column that tells participants apart, where the file has it."""
        column = RESULTS_KEY if self.edition.split else REGISTRATION
        return column if column in self.header else None

    def is_required(self, output: str) -> bool:
        """Whether an unexpected value in the source of a column refuses the file."""
        if self.edition.schools_masked and output == "school":
            return False  # how a masked code is written is not known
        return self.required is None or output in self.required

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The columns of the converted table, in order."""
        made = {*self.coded, *self.numbers, *SCORE_COLUMNS, MUNICIPALITY[0], *ALWAYS_WRITTEN}
        return tuple(name for name in ORDER if name in made)

    @cached_property
    def source_columns(self) -> tuple[str, ...]:
        """The columns that are read, each once."""
        coded = (source.column for source in self.coded.values())
        numbers = self.numbers.values()
        scores = (score.column for score in SCORE_COLUMNS.values())
        further = [MUNICIPALITY[1]] if self.names_municipalities else []
        further += [self.registration] if self.registration else []
        return tuple(dict.fromkeys([YEAR_COLUMN, *coded, *numbers, *scores, *further]))

    @property
    def names_municipalities(self) -> bool:
        """Whether the names of exam municipalities are read: a copy may lack them unless needed."""
        return MUNICIPALITY[1] in self.header or self.is_required(MUNICIPALITY[0])

    @cached_property
    def columns_absent(self) -> tuple[str, ...]:
        """Source columns that other editions or layouts have and this file has not."""
        known = {
            *STATE_COLUMNS.values(),
            *NUMBER_COLUMNS.values(),
            *(each.age_band.column for each in load_layouts().values() if each.age_band),
        }
        for edition in load_editions().values():
            known |= {source.column for source in edition.coded.values() if source}
        questions = {column for column in known if column.startswith("Q")}
        return tuple(sorted(known - questions - set(self.header)))


def plan_columns(
    file: Sentence,
    edition: Edition,
    header: list[str],
    questions: Sequence[str] = (),
    required: Iterable[str] | None = None,
) -> Plan:
    """Decide what to read from a file with these columns.

    Parameters
    ----------
    file
        How to name the file in messages.
    edition, header
        Of the file.
    questions
        Further questions to read where the edition has them, by their names in
        `Edition.questions`.
    required
        Output columns that are going to be read, all of them if None.

    Raises
    ------
    InputError
        When the header is not that of a table of participants, has a column twice or lacks one
        that the edition has and that is going to be read.
    """
    check_header(file, edition, header)
    # Any layout will do for a file that is refused for lacking the columns of both.
    usual = LAYOUT_OF_RESULTS if edition.split else LAYOUT_OF_TODAY
    layout = load_layouts()[layout_of(header) or usual]
    states = {
        output: CodedColumn(column, _identity(STATES))
        for output, column in _published(STATE_COLUMNS, header).items()
    }
    coded = {
        **states,
        **{output: source for output, source in edition.coded.items() if source},
        **{name: source for name in questions if (source := edition.questions[name])},
        **({"age_band": layout.age_band} if layout.age_band else {}),
    }
    if edition.income_column:
        letters = _identity(bracket.letter for bracket in edition.income_brackets)
        coded["income_bracket"] = CodedColumn(edition.income_column, letters)
    numbers = _published(NUMBER_COLUMNS, header)
    if not edition.booklets:
        numbers = {o: column for o, column in numbers.items() if o not in BOOKLETS}
    needed = None if required is None else frozenset(required)
    whole = Plan(file, edition, layout.name, tuple(header), coded, numbers, needed)
    plan = whole if needed is None else _without_unread(whole, needed | {ESSAY_PRESENCE})
    missing = [name for name in plan.source_columns if name not in header]
    unread = set(whole.source_columns) - set(plan.source_columns)
    refuse_missing(file, header, missing, sorted(unread))
    return plan


def _without_unread(plan: Plan, needed: frozenset[str]) -> Plan:
    """Leave out what a copy of the file lacks and nobody is going to read."""
    coded = {o: s for o, s in plan.coded.items() if s.column in plan.header or o in needed}
    numbers = {o: c for o, c in plan.numbers.items() if c in plan.header or o in needed}
    return replace(plan, coded=coded, numbers=numbers)


def _published(sources: Mapping[str, str], header: list[str]) -> dict[str, str]:
    """Return the sources that a file has or, whatever its release, should have."""
    return {
        output: column
        for output, column in sources.items()
        if column in header or output not in NOT_EVERYWHERE
    }


def _identity(codes: Iterable[str]) -> dict[str, Harmonised]:
    return {code: code for code in codes}
