"""Tell by its header what a table is, and what keeps it from being read."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from enem.editions import Edition, load_layouts, why_no_income
from enem.errors import InputError, Sentence, sentence

ANY_HEADER = ("NU_INSCRICAO", "NU_ANO", "NU_SEQUENCIAL")
"""Names of which every table of participants has at least one."""

SCORED = {"NU_ANO", "NU_NOTA_MT"}
PARTICIPANTS_KEY, RESULTS_KEY = "NU_INSCRICAO", "NU_SEQUENCIAL"
"""What tells rows apart: in tables of participants, and in those of scores of the editions that are
published as two."""

QUESTIONS = re.compile(r"Q\d+")
EARLIER_RELEASE = {
    *("IN_PRESENCA_CN", "IN_PRESENCA_MT", "NU_NT_CN", "NU_NT_MT", "NOTA_CN", "NOTA_MT"),
    *("UF_INSC", "COD_MUNICIPIO_INSC", "NO_MUNICIPIO_INSC", "COD_MUNICIPIO_RESIDENCIA"),
    *("UF_RESIDENCIA", "COD_UF_RESIDENCIA", "UF_ESC", "COD_MUNICIPIO_ESC", "PK_COD_ENTIDADE"),
    *("UF_MUNICIPIO_PROVA", "UF_PROVA", "COD_MUNICIPIO_PROVA", "ID_DEPENDENCIA_ADM_ESC"),
}
"""Names of columns in the releases of 2009-2014 before INEP gave all editions the same names."""

FIXED_WIDTH = re.compile(r"\d{12}")
"""How the lines of the releases without delimiters begin: with a registration number."""

YEAR_COLUMN = "NU_ANO"
SHOWN = 60
AS_PUBLISHED = sentence("give the zip as INEP publishes it, or the CSV that it holds")


def holds_scores(header: Iterable[str], edition: Edition) -> bool:
    """Whether a header is that of an edition's table with scores, whatever the file is called."""
    return SCORED | {RESULTS_KEY if edition.split else PARTICIPANTS_KEY} <= set(header)


def layout_of(header: Iterable[str]) -> str | None:
    """Return the layout that a header belongs to, ``first_release`` or ``lgpd``, if any."""
    names = set(header)
    layouts = load_layouts().values()
    return next((layout.name for layout in layouts if set(layout.columns) <= names), None)


def earlier_release(file: Sentence | str, edition: Edition) -> Sentence:
    """Say that a file is of the time before INEP harmonised its releases."""
    return sentence(
        "{file} is an earlier release of INEP's, with other names and codes than today's; "
        "INEP has since published this edition anew, which is the file to use: "
        "https://download.inep.gov.br/microdados/microdados_enem_{year}.zip, or `source: "
        "inep` in config.yaml.",
        file=file,
        year=edition.year,
    )


def check_header(file: Sentence, edition: Edition, header: Sequence[str]) -> None:
    """Refuse a header that is not that of a table of participants, by what it is instead.

    Raises
    ------
    InputError
        With the cause, and what to do.
    """
    known = {name.strip().upper() for name in header}
    if EARLIER_RELEASE & known and "TP_PRESENCA_CN" not in known:
        raise InputError(earlier_release(file, edition))
    _refuse_other_table(file, edition, known)
    if not set(ANY_HEADER) & known:
        _refuse_unknown(file, edition, header)
    twice = [name for name, count in Counter(header).items() if count > 1 and name.strip()]
    if twice:
        raise InputError(
            "The header of {file} has {columns} more than once, so which of them holds "
            "INEP's values cannot be known; delete the wrong one, or {as_published}.",
            file=file,
            columns=_columns(twice),
            as_published=AS_PUBLISHED,
        )


def _refuse_other_table(file: Sentence, edition: Edition, known: set[str]) -> None:
    """Refuse a table of the other kind of edition, the one without scores, and both joined."""
    if not edition.split:
        if RESULTS_KEY in known:
            raise InputError(
                "{file} is one of the two tables that INEP publishes of the editions from "
                "2024 on, and edition {edition} is one table; give that edition's name, or "
                "the right zip.",
                file=file,
                edition=edition.name,
            )
        return
    about = {
        "file": file,
        "edition": edition.name,
        "why": why_no_income(),
        "member": edition.member,
    }
    answers = any(QUESTIONS.fullmatch(name) for name in known)
    if RESULTS_KEY in known and (PARTICIPANTS_KEY in known or answers):
        raise InputError(
            "{file} has columns of both tables of edition {edition}: {why}; give the zip as "
            "INEP publishes it, or {member}.",
            **about,
        )
    if PARTICIPANTS_KEY in known and not known >= SCORED:
        raise InputError(
            "{file} is the table of participants of edition {edition}, which has no scores: "
            "{why}; give the zip as INEP publishes it, or {member}.",
            **about,
        )


def _refuse_unknown(file: Sentence, edition: Edition, header: Sequence[str]) -> None:
    line = ";".join(header)
    shown = repr(line if len(line) <= SHOWN else line[:SHOWN] + "...")
    if len(header) == 1 and FIXED_WIDTH.match(line):
        raise InputError(earlier_release(file, edition))
    if line.lower().startswith("sep="):
        why = sentence("which is a note to Excel and not the header; delete that line")
    elif not line.strip("\ufeff\x1a \t"):
        why = sentence("a blank; the header has to be the first line")
    else:
        why = sentence(
            "which has none of INEP's names of columns of participants; {as_published}",
            as_published=AS_PUBLISHED,
        )
    raise InputError("The first line of {file} is {shown}, {why}.", file=file, shown=shown, why=why)


def refuse_missing(
    file: Sentence, header: Sequence[str], missing: Sequence[str], unread: Sequence[str]
) -> None:
    """Refuse a header that lacks columns, naming them.

    Parameters
    ----------
    file, header
        As in `check_header`.
    missing
        The columns; none refuses nothing.
    unread
        Columns that are absent as well, and that the analysis does not read.
    """
    if not missing:
        return
    written = {name.strip().upper(): name for name in header}
    if YEAR_COLUMN not in header and YEAR_COLUMN in written:
        lower = all(name == name.lower() for name in header)
        how = sentence("in lower case" if lower else "written in another way")
        raise InputError(
            "The header of {file} has its column names {how} ({written!r} for "
            "{year_column}), as when another program saved it again; write them as INEP "
            "does, in upper case without spaces, or {as_published}.",
            file=file,
            how=how,
            written=written[YEAR_COLUMN],
            year_column=YEAR_COLUMN,
            as_published=AS_PUBLISHED,
        )
    also = sentence(" (as it does {unread}, which are not read)", unread=", ".join(unread))
    also = also if unread else ""
    raise InputError(
        "{file} needs {columns}, which its header of {width} columns lacks{also}, so it is "
        "another edition's file, or a copy that some columns were left out of; "
        "{as_published}.",
        file=file,
        columns=_columns(missing),
        width=len(header),
        also=also,
        as_published=AS_PUBLISHED,
    )


def _columns(names: Sequence[str]) -> Sentence:
    return sentence(
        "the columns {names}" if len(names) > 1 else "the column {names}", names=", ".join(names)
    )
