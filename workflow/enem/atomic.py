"""The one way in which a file is written: whole and lasting, or not at all.

A file is written under a temporary name of its own, forced to the disk and only then renamed, and
the folder is forced to the disk as well: neither a kill nor a loss of power leaves half of it.
"""

import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enem.errors import InputError, Sentence, sentence

if TYPE_CHECKING:
    import pandas as pd


class NotWrittenError(InputError):
    """The system refused to write a file; what was to be in it is not at fault."""


SUFFIX = ".partial"
HOST = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:32]
"""Whose process wrote a temporary file: process ids of other machines mean nothing here."""

ERRNO = re.compile(r"\berrno\b\W{0,3}(\d+)", re.IGNORECASE)
"""How HDF5, and the traceback of another process, name the system's error in a longer text."""


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
        Where to write; no other process has the same.  Removed when the body raises.

    Raises
    ------
    NotWrittenError
        When the system refuses it: the disk is full, the folder read-only.
    """
    destination = Path(destination)
    stem = f".{destination.name}.{HOST}."
    partial = destination.with_name(f"{stem}{os.getpid()}.{secrets.token_hex(4)}{SUFFIX}")
    with writing(destination, partial):
        destination.parent.mkdir(parents=True, exist_ok=True)
        _remove_remains(destination.parent, stem)
        try:
            yield partial
            _to_disk(partial)
            partial.replace(destination)
            _to_disk(destination.parent)
        finally:
            # a disk that fails here has failed above, with an error that explains more
            with suppress(OSError):
                partial.unlink()


@contextmanager
def writing(destination: Path, partial: Path | None = None) -> Iterator[None]:
    """Turn what the system says against writing a file into a sentence.

    Parameters
    ----------
    destination
        The file as the user knows it.
    partial
        The name that it has until it is whole.

    Raises
    ------
    NotWrittenError
        For an error about this file; those about others pass unchanged.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = _system_error(error)
        if number is None or not _concerns((destination, partial, *destination.parents), error):
            raise
        raise NotWrittenError(_refused(destination, number)) from error


def _system_error(error: Exception) -> int | None:
    """Return the system's number of an error, which some libraries give only in words."""
    if isinstance(error, OSError):
        return error.errno
    named = ERRNO.search(str(error))
    return int(named[1]) if named else None


def _concerns(paths: Collection[Path | None], error: Exception) -> bool:
    """Tell whether an error names one of these paths, or none; that of a copy names two."""
    named = {getattr(error, name, None) for name in ("filename", "filename2")} - {None}
    return not named or any(Path(name) in paths for name in named)


def _refused(destination: Path, number: int) -> Sentence:
    folder = next(folder for folder in destination.absolute().parents if os.access(folder, os.F_OK))
    return sentence(
        "{destination} was not written: {why} ({free:,} bytes are free on the disk of {folder}). "
        "Mend that and run the same command again: what is finished stays.",
        destination=destination,
        why=os.strerror(number),
        free=shutil.disk_usage(folder).free,
        folder=folder,
    )


def _remove_remains(folder: Path, stem: str) -> None:
    """Remove what processes of this machine that are dead had begun to write."""
    for name in os.listdir(folder):  # noqa: PTH208 - paths of a thousand files cost time
        if name.startswith(stem) and name.endswith(SUFFIX) and not _lives(name.split(".")[-3]):
            (folder / name).unlink(missing_ok=True)


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def _to_disk(path: Path) -> None:
    if path.is_symlink():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(content: bytes | memoryview, destination: Path) -> None:
    """Write bytes; HDF5 is written so, because its library crashes where the disk refuses it."""
    with replacing(destination) as partial:
        partial.write_bytes(content)


def write_text(text: str, destination: Path) -> None:
    """Write text as UTF-8, with the line ends that it has."""
    write_bytes(text.encode(), destination)


def write_json(value: Any, destination: Path) -> None:
    """Write a value as JSON that people can read; NaN and infinity are refused."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(text + "\n", destination)


def write_csv(table: "pd.DataFrame", destination: Path) -> None:
    """Write a table as CSV, missing values blank."""
    with replacing(destination) as partial:
        table.to_csv(partial, index=False)


def write_parquet(table: "pd.DataFrame", destination: Path) -> None:
    """Write a table as Parquet, without its row numbers."""
    with replacing(destination) as partial:
        table.to_parquet(partial, index=False)
