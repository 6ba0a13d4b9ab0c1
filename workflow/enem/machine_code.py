"""Keep compiled functions on disk until any of the files that they were made of changes.

numba compiles a function again when its own file has changed, but not when a function of another
file has, of which it holds a copy.  It also takes whatever it finds for what it wrote, and gives up
where it finds no place; here a file ends with its digest, and a place is always found.
"""

import io
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
from numba.core import caching, config

from enem.atomic import NotWrittenError, replacing

logger = logging.getLogger("enem")
SEAL = 32
"""Bytes of the digest that a kept file ends with; a reader of pickles stops before them."""


@contextmanager
def kept_as_long_as(*files: str | None) -> Iterator[None]:
    """Where functions are decorated: keep their machine code in a folder named after these files.

    Parameters
    ----------
    files
        Sources of everything that goes into the code, the functions' own first: the folder lies
        where ``NUMBA_CACHE_DIR`` says or beside it, or with the user's other caches where that
        place cannot be written to, or else with temporary files.
    """
    sources = [Path(str(file)) for file in files]
    digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    ours = (
        (config, "CACHE_DIR", str(_home(sources[0].parent) / f"numba-{digest}")),
        (caching, "IndexDataCacheFile", SealedFiles),
        # numba's own name has the path in it: a copy of a clone would compile everything again
        (caching._CacheLocator, "get_suitable_cache_subpath", staticmethod(lambda _path: "")),
    )
    before = [vars(owner)[name] for owner, name, _ in ours]
    for owner, name, value in ours:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name, _), value in zip(ours, before, strict=True):
            setattr(owner, name, value)


def njit(**options: Any) -> Callable[[Callable], Any]:
    """Compile as `numba.njit` does, and keep the code as long as the function's own file."""
    return lambda function: _kept(function, numba.njit(**options))


def cfunc(signature: Any, **options: Any) -> Callable[[Callable], Any]:
    """Compile as `numba.cfunc` does, and keep the code as long as the function's own file."""
    return lambda function: _kept(function, numba.cfunc(signature, **options))


def _kept(function: Callable, compiling: Callable[[Callable], Any]) -> Any:
    with kept_as_long_as(function.__code__.co_filename):
        return compiling(function)


class SealedFiles(caching.IndexDataCacheFile):
    """numba's files of one function; one that is damaged counts as absent."""

    def save(self, key: Any, data: Any) -> None:
        """Keep what was compiled, where the disk takes it."""
        try:
            super().save(key, data)
        except NotWrittenError as error:
            logger.warning("Machine code is compiled again next time: %s", error)

    def _load_index(self) -> dict:
        return super()._load_index() if _is_whole(self._index_path) else {}

    def _load_data(self, name: str) -> Any:
        return super()._load_data(name) if _is_whole(self._data_path(name)) else None

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[io.BytesIO]:
        file = io.BytesIO()
        yield file
        with replacing(Path(filepath)) as partial:
            partial.write_bytes(file.getvalue() + sha256(file.getvalue()).digest())


def _is_whole(path: str) -> bool:
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return False
    if sha256(content[:-SEAL]).digest() == content[-SEAL:]:
        return True
    logger.warning("%s is damaged: this machine code is compiled again.", path)
    return False


@cache
def _home(package: Path) -> Path:
    """Folder for machine code of the functions in a folder, the first that takes files."""
    own = os.environ.get("NUMBA_CACHE_DIR")
    places = (*([Path(own)] if own else []), package / "__pycache__", *_of_user())
    return next(filter(_takes_files, places), None) or _temporary(places)


def _of_user() -> Iterator[Path]:
    try:
        yield Path.home() / ".cache/enem-bayes"
    except RuntimeError:  # a user without a home
        return


def _temporary(refused: tuple[Path, ...]) -> Path:
    """Return a folder in which nobody else may put code that this process would run."""
    place = Path(tempfile.gettempdir(), f"enem-bayes-{os.getuid()}")
    if not (_takes_files(place, 0o700) and _is_private(place)):
        place = Path(tempfile.mkdtemp(prefix="enem-bayes-"))
    logger.warning(
        "Machine code is kept in %s: %s cannot be written to.",
        place,
        ", ".join(map(str, refused)),
    )
    return place


def _takes_files(place: Path, mode: int = 0o777) -> bool:
    try:
        place.mkdir(mode, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def _is_private(place: Path) -> bool:
    status = place.lstat()
    own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return own and not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
