"""Tell in bytes what a full disk lacks for a download."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enem.errors import InputError, Sentence, sentence

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def require_room(file: Path, needed: int | None) -> None:
    """Refuse a download that the disk cannot hold.

    Parameters
    ----------
    file
        Where it is written.
    needed
        Bytes that are still to come; None where the server does not tell.

    Raises
    ------
    InputError
        When fewer are free.
    """
    free = shutil.disk_usage(file.parent).free
    if needed is not None and needed > free:
        raise InputError(_no_room(file, needed))


@contextmanager
def writing(file: Path, whole: int | None) -> Iterator[None]:
    """Turn a disk that fills up while a file of `whole` bytes is written into a sentence.

    Raises
    ------
    InputError
        With the bytes that are missing; those written so far stay.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        needed = None if whole is None else whole - file.stat().st_size
        raise InputError(_no_room(file, needed)) from error


def _no_room(file: Path, needed: int | None) -> Sentence:
    free = shutil.disk_usage(file.parent).free
    if needed is None:
        lack = sentence("the server does not tell how many more bytes are to come")
    elif needed > free:
        lack = sentence(
            "{needed:,} are still to come, so {missing:,} bytes are missing",
            needed=needed,
            missing=needed - free,
        )
    else:
        lack = sentence(
            "{needed:,} bytes are still to come, so a quota must be used up", needed=needed
        )
    return sentence(
        "No room is left in {folder} for {name}: {free:,} bytes are free on the disk, and "
        "{lack}. Free that much and run the same command again: what has come stays.",
        folder=file.parent,
        name=file.stem,
        free=free,
        lack=lack,
    )
