"""Where each edition's file comes from, checked against what the analysis needs of it."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from enem.convert.columns import plan_columns
from enem.convert.csv_file import find_csv
from enem.convert.dialect import header_in
from enem.editions import edition_named
from enem.errors import InputError
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
        _refuse_residence(state_by, edition, "the file that INEP publishes today")
        return INEP
    found = locate(source, edition)
    if found.resolve().parent == raw_folder.resolve():
        raise InputError(
            f"Config key source is {source!r}, the folder in which this workflow keeps what it "
            "retrieves. Move the file elsewhere and name that place, or use source: inep."
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


def _layout(found: Path, edition: str, required: Iterable[str] | None) -> str:
    """Return the layout of a file, or refuse one whose header shows that it cannot be read."""
    file = find_csv(found, edition)
    with closing(file.pieces()) as pieces:
        header = header_in(next(pieces, b""))
    label = f"{file.label} (edition {edition})"
    return plan_columns(label, edition_named(edition), header, required=required).layout


def _refuse_residence(state_by: str, edition: str, where: str) -> None:
    if state_by == "residence":
        raise InputError(
            f"Config key state_by is residence, but {where} of edition {edition} has no column "
            "SG_UF_RESIDENCIA (only first releases have it). Use state_by: exam or "
            "state_by: school, or give a first release as source."
        )
