"""Where each edition's file comes from, checked against what the analysis needs of it."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from enem.convert.columns import plan_columns
from enem.convert.csv_file import find_csv
from enem.convert.dialect import header_in
from enem.editions import edition_named
from enem.errors import InputError, Sentence, sentence
from enem.retrieve.local import locate

INEP = "inep"
SIMULATED = "simulated"
FIRST_RELEASE = "first_release"


def check_source(
    edition: str,
    source: str,
    state_by: str,
    raw_folder: Path,
    alone: bool = True,
    required: Iterable[str] | None = None,
) -> str:
    """Find an edition's source and refuse one that cannot carry the analysis.

    Parameters
    ----------
    edition
        Name of the edition.
    source
        The config key ``source``.
    state_by
        The config key of that name.
    raw_folder
        Where retrieved zips lie.
    alone
        Whether no other edition has a file of its own.  Else a file that is there but damaged is
        left to the jobs of its edition, which refuse it while those of the others go on.
    required
        As in `enem.convert.columns.plan_columns`.

    Returns
    -------
    str
        ``inep``, ``simulated``, or the local file's path.
    """
    if edition == SIMULATED:
        return SIMULATED
    if source == INEP:
        _refuse_residence(state_by, edition, sentence("the file that INEP publishes today"))
        return INEP
    found = locate(source, edition)
    if found.resolve().parent == raw_folder.resolve():
        raise InputError(
            "Config key source is {source}, the folder in which this workflow keeps what it "
            "retrieves. Move the file elsewhere and name that place, or use source: inep.",
            source=repr(source),
        )
    try:
        layout = _layout(found, edition, required)
    except InputError:
        if alone:
            raise
        return str(found)
    if layout != FIRST_RELEASE:
        _refuse_residence(state_by, edition, str(found))
    return str(found)


def refuse_unread(editions: Sequence[str], source: str) -> None:
    """Refuse a source of which no edition would read anything, and capitals in ``inep``."""
    if source != INEP and source.lower() == INEP and not Path(source).exists():
        raise InputError("Config key source is {source}: write it as inep.", source=repr(source))
    if source != INEP and list(editions) == [SIMULATED]:
        raise InputError(
            "Config key source is {source}, but editions is simulated alone, a release that is "
            "made here and reads no file. Leave source out (source: inep), or give the year of "
            "the file, for example editions: 2019.",
            source=repr(source),
        )


def _layout(found: Path, edition: str, required: Iterable[str] | None) -> str:
    """Return the layout of a file, or refuse one whose header shows that it cannot be read."""
    file = find_csv(found, edition)
    with closing(file.pieces()) as pieces:
        header = header_in(next(pieces, b""))
    label = file.label(edition)
    return plan_columns(label, edition_named(edition), header, required=required).layout


def _refuse_residence(state_by: str, edition: str, where: Sentence | str) -> None:
    if state_by == "residence":
        raise InputError(
            "Config key state_by is residence, but {where} of edition {edition} has no column "
            "SG_UF_RESIDENCIA (only first releases have it). Use state_by: exam or "
            "state_by: school, or give a first release as source.",
            where=where,
            edition=edition,
        )
