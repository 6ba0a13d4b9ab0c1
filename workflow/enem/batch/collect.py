"""Hand out what the stages made of one state, or say why there is nothing."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from enem.atomic import replacing
from enem.batch.places import Place
from enem.batch.stage import first_problem
from enem.errors import InputError


def collect(place: Place, records: Sequence[Path], destinations: Mapping[Path, Path]) -> None:
    """Copy artefacts out of the store to where people look for them.

    They are copies, so that nobody who edits a result edits what later stages read.

    Parameters
    ----------
    place
        Of the state.
    records
        Records of all stages and places that the artefacts come from.
    destinations
        Where each goes, by its path in the store.

    Raises
    ------
    InputError
        With the sentence of the first stage that failed, or when an artefact is lost.
    """
    problem = first_problem(place, records, destinations)
    if problem:
        raise InputError(problem)
    for source, destination in destinations.items():
        _copy(source, destination)


def _copy(source: Path, destination: Path) -> None:
    with replacing(destination) as partial:
        shutil.copyfile(source, partial)
        # newer than what it depends on, however old the artefact is
        os.utime(partial)
