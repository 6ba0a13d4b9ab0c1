"""Write files so that a half-written one never looks whole."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from enem.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def replacing(destination: Path) -> Iterator[Path]:
    """Yield a temporary path beside `destination`, renamed onto it only on success.

    Parameters
    ----------
    destination
        The file to create or replace; its folder is made when missing.

    Yields
    ------
    Path
        Where to write.  Removed when the body raises.

    Raises
    ------
    InputError
        When the disk is full.
    """
    destination = Path(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = destination.with_name(f".{destination.name}.partial")
    try:
        yield partial
        partial.replace(destination)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise InputError(_no_room(destination)) from error
        raise
    finally:
        partial.unlink(missing_ok=True)


def _no_room(destination: Path) -> str:
    free = shutil.disk_usage(destination.parent).free
    return (
        f"No room is left on the disk of {destination.parent} ({free:,} bytes free), so "
        f"{destination.name} was not written. Free some space and run again: what is finished "
        "stays."
    )


def write_csv(table: "pd.DataFrame", destination: Path) -> None:
    """Write a table as CSV, missing values blank."""
    with replacing(destination) as partial:
        table.to_csv(partial, index=False)
