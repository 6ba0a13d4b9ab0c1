"""What a stage made at a place, or a job: from what, and with what content, or why it could not."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from enem.atomic import write_json

logger = logging.getLogger("enem")


@dataclass(frozen=True)
class Content:
    """What a file, or a folder of files, held when it was written.

    Attributes
    ----------
    sha256
        Of its bytes; of a folder, of the names and digests of its files.
    size, changed
        Bytes, and the time of the last change in nanoseconds: a file that has both is taken to be
        the same where reading all files would take too long.
    """

    sha256: str
    size: int
    changed: int


@dataclass(frozen=True)
class Record:
    """Outcome of one task.

    Attributes
    ----------
    made_from
        SHA-256 of the settings, the code and the content of every file that it was made from.
    problem
        Why there is nothing, in a sentence for the user; None where all went well.
    made
        Content of every output, by its path.
    """

    made_from: str
    problem: str | None
    made: Mapping[str, Content] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the record as JSON, whole or not at all."""
        write_json(asdict(self), path)

    def lost(self, *, by_content: bool) -> list[str]:
        """Name the outputs that are gone or no longer hold what they did.

        Parameters
        ----------
        by_content
            Read every file; otherwise only those whose size or time of change is another.
        """
        return [name for name, was in self.made.items() if not _holds(Path(name), was, by_content)]


def _holds(path: Path, was: Content, by_content: bool) -> bool:
    if not path.exists():
        return False
    files = _files(path)
    size, changed = _size_and_change(files)
    if not by_content and (size, changed) == (was.size, was.changed):
        return True
    return size == was.size and _sha256(path, files) == was.sha256


def contents(paths: Iterable[Path]) -> dict[str, Content]:
    """Describe what files and folders hold now, by their paths."""
    return {str(path): _content(path) for path in paths}


def record_of_job(log: str) -> Path:
    """Path of the record of what a job made, by that of its log, ``logs/{rule}/...``."""
    return Path("data/records", *Path(log).parts[1:]).with_suffix(".json")


def _content(path: Path) -> Content:
    files = _files(path)
    return Content(_sha256(path, files), *_size_and_change(files))


def _files(path: Path) -> list[Path]:
    """List a file itself, or the files of a folder but for hidden ones, as Snakemake's own."""
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))


def _size_and_change(files: Iterable[Path]) -> tuple[int, int]:
    found = [path.stat() for path in files]
    changed = max((status.st_mtime_ns for status in found), default=0)
    return sum(status.st_size for status in found), changed


def _sha256(path: Path, files: Iterable[Path]) -> str:
    if not path.is_dir():
        return sha256_of(path)
    lines = (f"{file.relative_to(path)} {sha256_of(file)}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_record(path: Path) -> Record | None:
    """Read a record; None where there is none, or only what a loss of power left of it."""
    if not path.is_file():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        made = {name: Content(**content) for name, content in stored["made"].items()}
        return Record(stored["made_from"], stored["problem"], made)
    except (ValueError, TypeError, KeyError, AttributeError):
        logger.warning("%s is damaged and counts for nothing.", path)
        return None


def content_digest(settings: str, files: Iterable[Path]) -> str:
    """SHA-256 of a settings digest and of what files hold, in the order given."""
    digest = hashlib.sha256(settings.encode())
    for path in files:
        digest.update(bytes.fromhex(sha256_of(path)))
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read again when the system has seen a change of it."""
    status = path.stat()
    return _digest(path, status.st_ino, status.st_size, status.st_ctime_ns)


# a national table is an input of every state
@lru_cache(maxsize=10_000)
def _digest(path: Path, *_as_it_is: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
