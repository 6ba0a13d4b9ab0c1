"""Hand out what the stages made of one state, or say why there is nothing."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from enem.atomic import replacing
from enem.batch.stage import first_problem
from enem.errors import InputError


def collect(records: Iterable[Path], sources: Iterable[Path], destinations: Iterable[Path]) -> None:
    """Link artefacts out of the store to where people look for them.

    Parameters
    ----------
    records
        Records of all stages and places that the artefacts come from.
    sources, destinations
        Paths in the store, and where each goes.

    Raises
    ------
    InputError
        With the sentence of the first stage that failed, or when an artefact is gone.
    """
    problem = first_problem(records)
    if problem:
        raise InputError(problem)
    for source, destination in zip(sources, destinations, strict=True):
        if not source.is_file():
            raise InputError(
                f"{source} is gone although its record is there. Delete the folder {source.parent} "
                "and run again."
            )
        _link(source, destination)


def _link(source: Path, destination: Path) -> None:
    with replacing(destination) as partial:
        partial.unlink(missing_ok=True)
        try:
            partial.hardlink_to(source)
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, partial)
        # newer than what it depends on, however old the artefact is
        os.utime(partial)
