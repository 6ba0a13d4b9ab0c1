"""What no longer holds of what finished jobs made; looked for before a run plans what to do."""

import logging
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from enem.batch.places import Place
from enem.batch.record import read_record
from enem.errors import Sentence, sentence

logger = logging.getLogger("enem")
REPLACED = Path("data/replaced")
"""Where files go that were changed by other hands."""


def audit_stages(place: Place, records: Iterable[Path]) -> Iterator[Path]:
    """Log what stages made of a state and is gone or damaged in the store.

    A file counts as sound when size and time of change are those of its record, and is read
    otherwise: looking through all states takes a second, not minutes.

    Parameters
    ----------
    place
        Of the state.
    records
        Of everything that the stages did for it.

    Yields
    ------
    Path
        What says that a stage is through with the state, which it is not: without that it makes
        again what is lost, and nothing else.
    """
    for path in records:
        ended = place.ended(path.stem)
        faults = _faults(path) if ended.is_file() else []
        for fault in faults:
            logger.warning("%s: it is made again when something needs it.", fault)
            yield ended


def _faults(path: Path) -> list[Sentence]:
    record = read_record(path)
    if record is None:
        return [sentence("{path} is gone or damaged", path=path)]
    return [
        sentence("{name} is gone or no longer what {stage} made", name=name, stage=path.stem)
        for name in record.lost(by_content=False)
    ]


def audit_jobs(records: Iterable[Path], below: tuple[str, ...]) -> Iterator[Path]:
    """Log and yield what was changed after its job, a folder whole; Snakemake sees what is gone.

    Parameters
    ----------
    records
        Of jobs, as `enem.batch.record.record_of_job` names them.
    below
        How the paths begin that are asked for; others are left alone.
    """
    for path in records:
        record = read_record(path)
        for name in record.lost(by_content=False) if record else ():
            if name.startswith(below) and Path(name).exists():
                logger.warning(
                    "%s was changed by other hands: it is made again, and what it held is kept as "
                    "%s.",
                    *(name, REPLACED / name),
                )
                yield Path(name)


def put_aside(path: Path) -> None:
    """Move a file or folder away that was changed by other hands, so that it is made again."""
    (REPLACED / path).parent.mkdir(parents=True, exist_ok=True)
    if (REPLACED / path).is_dir():
        shutil.rmtree(REPLACED / path)
    path.replace(REPLACED / path)
