"""Tell by its header what a table is, and what keeps it from being read."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from enem.editions import Edition, load_layouts, why_no_income
from enem.errors import InputError

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
AS_PUBLISHED = "give the zip as INEP publishes it, or the CSV that it holds"


def holds_scores(header: Iterable[str], edition: Edition) -> bool:
    """Whether a header is that of an edition's table with scores, whatever the file is called."""
    return SCORED | {RESULTS_KEY if edition.split else PARTICIPANTS_KEY} <= set(header)


def layout_of(header: Iterable[str]) -> str | None:
    """Return the layout that a header belongs to, ``first_release`` or ``lgpd``, if any."""
    names = set(header)
    layouts = load_layouts().values()
    return next((layout.name for layout in layouts if set(layout.columns) <= names), None)


def earlier_release(file: str, edition: Edition) -> str:
    """Say that a file is of the time before INEP harmonised its releases."""
    return (
        f"{file} is an earlier release of INEP's, with other names and codes than today's; INEP "
        "has since published this edition anew, which is the file to use: "
        f"https://download.inep.gov.br/microdados/microdados_enem_{edition.year}.zip, or "
        "`source: inep` in config.yaml."
    )


def check_header(file: str, edition: Edition, header: Sequence[str]) -> None:
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
            f"The header of {file} has {_columns(twice)} more than once, so which of them holds "
            f"INEP's values cannot be known; delete the wrong one, or {AS_PUBLISHED}."
        )


def _refuse_other_table(file: str, edition: Edition, known: set[str]) -> None:
    """Refuse a table of the other kind of edition, the one without scores, and both joined."""
    if not edition.split:
        if RESULTS_KEY in known:
            raise InputError(
                f"{file} is one of the two tables that INEP publishes of the editions from 2024 "
                f"on, and edition {edition.name} is one table; give that edition's name, or the "
                "right zip."
            )
        return
    answers = any(QUESTIONS.fullmatch(name) for name in known)
    if RESULTS_KEY in known and (PARTICIPANTS_KEY in known or answers):
        raise InputError(
            f"{file} has columns of both tables of edition {edition.name}: {why_no_income()}; "
            f"give the zip as INEP publishes it, or {edition.member}."
        )
    if PARTICIPANTS_KEY in known and not known >= SCORED:
        raise InputError(
            f"{file} is the table of participants of edition {edition.name}, which has no scores: "
            f"{why_no_income()}; give the zip as INEP publishes it, or {edition.member}."
        )


def _refuse_unknown(file: str, edition: Edition, header: Sequence[str]) -> None:
    line = ";".join(header)
    shown = repr(line if len(line) <= SHOWN else line[:SHOWN] + "...")
    if len(header) == 1 and FIXED_WIDTH.match(line):
        raise InputError(earlier_release(file, edition))
    if line.lower().startswith("sep="):
        why = "which is a note to Excel and not the header; delete that line"
    elif not line.strip("\ufeff\x1a \t"):
        why = "a blank; the header has to be the first line"
    else:
        why = f"which has none of INEP's names of columns of participants; {AS_PUBLISHED}"
    raise InputError(f"The first line of {file} is {shown}, {why}.")


def refuse_missing(
    file: str, header: Sequence[str], missing: Sequence[str], unread: Sequence[str]
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
        how = "in lower case" if lower else "written in another way"
        raise InputError(
            f"The header of {file} has its column names {how} ({written[YEAR_COLUMN]!r} for "
            f"{YEAR_COLUMN}), as when another program saved it again; write them as INEP does, in "
            f"upper case without spaces, or {AS_PUBLISHED}."
        )
    raise InputError(
        f"{file} needs {_columns(missing)}, which its header of {len(header)} columns lacks"
        f"{f' (as it does {", ".join(unread)}, which are not read)' if unread else ''}, so it is "
        "another edition's file, or a copy that some columns were left out of; "
        f"{AS_PUBLISHED}."
    )


def _columns(names: Sequence[str]) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {', '.join(names)}"
