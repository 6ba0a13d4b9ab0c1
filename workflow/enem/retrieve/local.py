"""Take an edition's file from this machine, without copying it where a link will do."""

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from enem.atomic import replacing
from enem.errors import InputError, Sentence, sentence
from enem.retrieve.formats import check_file

LISTED_NAMES = 30
FOLDERS_DEEP = 3
"""How far below the given folder to look: a zip is unpacked into folders of folders."""

NAME = re.compile(
    # From 2024 on the CSV with scores has a name of its own.
    r"((micro)?dados[\W_]*(enem[\W_]*)?|enem[\W_]*|resultados[\W_]*)(?P<year>\d{4})"
    # Browsers and systems number and mark copies.
    r"[\s_-]*(\(\d+\)|copy.*|c.{1,2}pia.*)?"
    r"\.(zip|csv|csv\.gz|txt)",
    re.IGNORECASE,
)


def find_local(source_setting: str, edition: str) -> Path:
    """Find the file that the setting `source` means for an edition, and check its structure.

    Parameters
    ----------
    source_setting, edition
        As in `locate`.

    Raises
    ------
    InputError
        As `locate`, and when the file is in no format that can be read, or no whole zip.
    """
    found = locate(source_setting, edition)
    check_file(found)
    return found


def locate(source_setting: str, edition: str) -> Path:
    """Find the file that the setting `source` means for an edition, whatever it holds.

    Parameters
    ----------
    source_setting
        A file of any name; or a folder that holds one, or holds folders with one, named as INEP
        names its zips and CSVs: in upper or lower case, with or without separators, marked as a
        copy or not.  What lies deeper is not looked at where something lies above it.
    edition
        Year of the exam.

    Returns
    -------
    Path
        The file, absolute and with links resolved.

    Raises
    ------
    InputError
        When the path does not exist, or the folder lacks the edition or has several files of it.
    """
    given = Path(source_setting).expanduser()
    if given.is_dir():
        found = _find_in_folder(given, edition)
    elif given.is_file():
        found = given
    else:
        raise InputError(
            "source is {source}, but there is no file or folder at {path}. Give the path of "
            "microdados_enem_{edition}.zip, of the CSV that it holds, or of a folder that "
            "holds either, or `inep` to download it.",
            source=repr(source_setting),
            path=given.absolute(),
            edition=edition,
        )
    return found.resolve()


def _find_in_folder(folder: Path, edition: str) -> Path:
    found = [path for path in _files(folder) if _is_named(path, edition)]
    if not found:
        raise InputError(
            "The folder {folder} (source) has no microdados_enem_{edition}.zip; {listing}. Put "
            "the file there, or the CSV that it holds, give the path of the file itself, or "
            "set source to `inep`.",
            folder=folder,
            edition=edition,
            listing=_listing(folder),
        )
    highest = min(len(path.parts) for path in found)
    named = {path.resolve(): path for path in found if len(path.parts) == highest}
    if len(named) > 1:
        listed = ", ".join(str(path.relative_to(folder)) for path in sorted(named.values()))
        raise InputError(
            "The folder {folder} (source) has more than one microdados_enem_{edition}.zip: "
            "{listed}. Give the path of the one to use.",
            folder=folder,
            edition=edition,
            listed=listed,
        )
    return next(iter(named))


def _is_named(path: Path, edition: str) -> bool:
    """Whether a file has INEP's name for an edition's zip or CSV, or a usual variant of it."""
    match = NAME.fullmatch(path.name)
    return match is not None and match["year"] == edition and path.is_file()


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those in it, but for hidden ones."""
    for parent, folders, names in os.walk(folder):
        deep = len(Path(parent).relative_to(folder).parts)
        folders[:] = sorted(f for f in folders if deep < FOLDERS_DEEP and not f.startswith("."))
        yield from (Path(parent, name) for name in names if not name.startswith("."))


def _listing(folder: Path) -> Sentence:
    names = sorted(str(path.relative_to(folder)) for path in _files(folder))
    if not names:
        return sentence("it holds no file")
    hidden = len(names) - LISTED_NAMES
    more = sentence(" and {hidden} more", hidden=hidden) if hidden > 0 else ""
    return sentence("it holds {names}{more}", names=", ".join(names[:LISTED_NAMES]), more=more)


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
