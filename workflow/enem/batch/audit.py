"""What no longer holds of what finished jobs made; looked for before a run plans what to do."""

import logging
from collections.abc import Iterable
from pathlib import Path

from enem.batch.places import Place
from enem.batch.record import read_record

logger = logging.getLogger("enem")
REPLACED = Path("data/replaced")
"""Where files go that were changed by other hands."""


def audit_stages(place: Place, records: Iterable[Path], *, mend: bool) -> None:
    """Log what stages made of a state and is gone or damaged in the store.

    A file counts as sound when size and time of change are those of its record, and is read
    otherwise: looking through all states takes a second, not minutes.

    Parameters
    ----------
    place
        Of the state.
    records
        Of everything that the stages did for it.
    mend
        Let the stage not be through with the state: it makes again what is lost, and nothing else.
    """
    for path in records:
        ended = place.ended(path.stem)
        faults = _faults(path) if ended.is_file() else []
        for fault in faults:
            logger.warning("%s: it is made again when something needs it.", fault)
        if faults and mend:
            ended.unlink(missing_ok=True)


def _faults(path: Path) -> list[str]:
    record = read_record(path)
    if record is None:
        return [f"{path} is gone or damaged"]
    lost = record.lost(by_content=False)
    return [f"{name} is gone or no longer what {path.stem} made" for name in lost]


def audit_jobs(records: Iterable[Path], below: tuple[str, ...], *, mend: bool) -> None:
    """Log which files were changed after the job that made them; Snakemake sees what is gone.

    Parameters
    ----------
    records
        Of jobs, as `enem.batch.record.record_of_job` names them.
    below
        How the paths begin that are asked for; others are left alone.
    mend
        Move the files away, so that they are made again.
    """
    for path in records:
        record = read_record(path)
        for name in record.lost(by_content=False) if record else ():
            if name.startswith(below) and Path(name).is_file():
                logger.warning(
                    "%s was changed by other hands: it is made again, and what it held is kept as "
                    "%s.",
                    *(name, REPLACED / name),
                )
                if mend:
                    (REPLACED / name).parent.mkdir(parents=True, exist_ok=True)
                    Path(name).replace(REPLACED / name)
