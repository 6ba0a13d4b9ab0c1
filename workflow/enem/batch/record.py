"""What a stage made at a place: from what, or why it could not."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from enem.atomic import replacing


@dataclass(frozen=True)
class Record:
    """Outcome of one task.

    Attributes
    ----------
    made_from
        SHA-256 of the settings, the code and the content of every file that it was made from.
    problem
        Why there is nothing, in a sentence for the user; None where all went well.
    """

    made_from: str
    problem: str | None

    def write(self, path: Path) -> None:
        """Write the record as JSON, whole or not at all."""
        with replacing(path) as partial:
            partial.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")


def read_record(path: Path) -> Record | None:
    """Read a record; None where there is none."""
    return Record(**json.loads(path.read_text())) if path.is_file() else None


def content_digest(settings: str, files: Iterable[Path]) -> str:
    """SHA-256 of a settings digest and of what files hold, in the order given."""
    digest = hashlib.sha256(settings.encode())
    for path in files:
        digest.update(_file_digest(path))
    return digest.hexdigest()


# a national table is an input of every state, and no input changes while a stage runs
@cache
def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
