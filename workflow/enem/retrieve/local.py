"""Take an edition's zip from this machine, without copying it where a link will do."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from enem.atomic import replacing
from enem.errors import InputError
from enem.retrieve.verify import check_zip

LISTED_NAMES = 30


def find_local(source_setting: str, edition: str) -> Path:
    """Find the zip that the setting `source` means for an edition, and check its structure.

    Parameters
    ----------
    source_setting, edition
        As in `locate`.

    Raises
    ------
    InputError
        As `locate`, and when the file is no whole zip.
    """
    found = locate(source_setting, edition)
    check_zip(found, str(found))
    return found


def locate(source_setting: str, edition: str) -> Path:
    """Find the file that the setting `source` means for an edition, whatever it holds.

    Parameters
    ----------
    source_setting
        A zip, or a folder that holds ``microdados_enem_<year>.zip`` (in upper or lower case).
    edition
        Year of the exam.

    Returns
    -------
    Path
        The zip, absolute and with links resolved.

    Raises
    ------
    InputError
        When the path does not exist, or the folder lacks the edition.
    """
    given = Path(source_setting).expanduser()
    if given.is_dir():
        found = _find_in_folder(given, edition)
    elif given.is_file():
        found = given
    else:
        raise InputError(
            f"source is {source_setting!r}, but there is no file or folder at {given.absolute()}. "
            f"Give the path of microdados_enem_{edition}.zip or of a folder that holds it, "
            "or `inep` to download it."
        )
    return found.resolve()


def _find_in_folder(folder: Path, edition: str) -> Path:
    wanted = f"microdados_enem_{edition}.zip"
    matches = sorted(
        path for path in folder.iterdir() if path.name.lower() == wanted and path.is_file()
    )
    if not matches:
        raise InputError(
            f"The folder {folder} (source) has no {wanted}; {_listing(folder)}. "
            "Put the file there, give the path of the zip itself, or set source to `inep`."
        )
    if len(matches) > 1:
        raise InputError(
            f"The folder {folder} (source) has more than one {wanted}: "
            f"{', '.join(path.name for path in matches)}. Give the path of the one to use."
        )
    return matches[0]


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    if not names:
        return "it is empty"
    hidden = len(names) - LISTED_NAMES
    more = f" and {hidden} more" if hidden > 0 else ""
    return f"it holds {', '.join(names[:LISTED_NAMES])}{more}"


def link_or_copy(found: Path, destination: Path) -> None:
    """Put a file where the workflow expects it: a symbolic link, a hard link, or else a copy.

    Parameters
    ----------
    found
        The file to use; it is never changed.
    destination
        Where it must appear.  An existing file or link is replaced in one step, unless it is
        `found` itself.
    """
    target = found.resolve()
    if not destination.is_symlink() and destination.exists() and destination.samefile(target):
        return
    with replacing(destination) as partial:
        partial.unlink(missing_ok=True)
        ways: tuple[Callable[[Path, Path], object], ...] = (os.symlink, os.link)
        for link in ways:
            # Some file systems have no links, and hard links do not cross from one to another.
            with contextlib.suppress(OSError):
                link(target, partial)
                return
        shutil.copyfile(target, partial)
