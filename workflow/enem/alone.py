"""One run at a time in a folder, and none that waits for a run that is dead.

Snakemake's lock is a file, which a killed run leaves behind.  Here runs and jobs hold locks of the
system besides, which end with their processes, however these end.
"""

import fcntl
import logging
from contextlib import suppress
from pathlib import Path
from typing import IO

from enem.atomic import HOST

logger = logging.getLogger("enem")
SNAKEMAKE = Path(".snakemake")
RUN, JOBS = "enem_run", "enem_jobs"
_held: list[IO[str]] = []
"""Locks of this process; they end with it."""


def at_work(folder: Path = SNAKEMAKE) -> None:
    """Let others see until this process and those that it forks have ended that a job works."""
    with suppress(OSError):  # a file system without locks
        folder.mkdir(exist_ok=True)
        _held.append((folder / JOBS).open("a"))
        fcntl.flock(_held[-1], fcntl.LOCK_SH)


def take_over(folder: Path = SNAKEMAKE) -> None:
    """Hold the folder for this run, and remove the lock that a killed run left in it.

    The lock of a run that lives, or that another machine may hold, stays: Snakemake refuses to run.
    Jobs of the killed run that still work are waited for.

    Parameters
    ----------
    folder
        Where Snakemake keeps its locks.
    """
    with suppress(OSError):  # another run lives, or the file system has no locks
        folder.mkdir(exist_ok=True)
        file = (folder / RUN).open("a+")
        _held.append(file)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.seek(0)
        before = file.read()
        locks = list(folder.glob("locks/*.lock"))
        if locks:
            if before != HOST:
                logger.warning(
                    "A run on another machine may work here. If none does: snakemake --unlock"
                )
                return
            for lock in locks:
                lock.unlink()
            logger.warning("The run before this one was killed: its lock is removed.")
        file.truncate(0)
        file.write(HOST)
        file.flush()
        _wait_for_jobs(folder)


def _wait_for_jobs(folder: Path) -> None:
    with (folder / JOBS).open("a") as jobs:
        try:
            fcntl.flock(jobs, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.warning("A job of a killed run still works: this run waits until it has ended.")
            fcntl.flock(jobs, fcntl.LOCK_EX)
