"""A download in the making: its bytes, and what the server said of the file they belong to."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import requests

from enem.atomic import write_json


@dataclass(frozen=True)
class Served:
    """What identifies the file behind an address at one moment.

    Attributes
    ----------
    url
        The address that was asked.
    etag, last_modified
        The server's validators, None where it sends none.
    length
        Size of the whole file in bytes, None where the server does not tell.
    """

    url: str
    etag: str | None
    last_modified: str | None
    length: int | None

    @classmethod
    def of(cls, response: requests.Response, url: str, length: int | None) -> Self:
        """Read the validators of a response."""
        headers = response.headers
        return cls(url, headers.get("ETag"), headers.get("Last-Modified"), length)

    @property
    def condition(self) -> str | None:
        """The value for ``If-Range``, where a weak ETag is not allowed (RFC 9110, 13.1.5)."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified

    def differs(self, other: Self) -> bool:
        """Tell whether another response shows that the file has changed.

        A validator that one of the two lacks decides nothing: an answer to ``If-Range`` need not
        repeat ``Last-Modified`` (RFC 9110, 15.3.7).
        """
        pairs = (
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.length, other.length),
        )
        return any(None not in pair and pair[0] != pair[1] for pair in pairs)


class PartialFile:
    """The files ``<name>.part`` and ``<name>.part.json`` beside a destination.

    A whole file that turned out damaged is set aside as ``<name>.damaged``.

    Parameters
    ----------
    destination
        Where the whole file will be.
    """

    def __init__(self, destination: Path) -> None:
        self.path = destination.with_name(f"{destination.name}.part")
        self.sidecar = destination.with_name(f"{destination.name}.part.json")
        self.damaged = destination.with_name(f"{destination.name}.damaged")

    def size(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    def served(self, url: str) -> Served | None:
        """Return what these bytes are part of, or None when they are of no use for `url`."""
        if not (self.path.exists() and self.sidecar.exists()):
            return None
        served = Served(**json.loads(self.sidecar.read_text(encoding="utf-8")))
        too_long = served.length is not None and self.size() > served.length
        return None if served.url != url or too_long else served

    def is_complete(self, url: str) -> bool:
        """Tell whether all bytes of the file behind `url` are here."""
        served = self.served(url)
        return served is not None and served.length == self.size()

    def begin(self, served: Served) -> None:
        """Forget the bytes that are here and start with those of another file."""
        # First the bytes: were this to stop halfway, old ones must not pass for new ones.
        self.path.write_bytes(b"")
        self.describe(served)

    def describe(self, served: Served) -> None:
        """Note what the bytes belong to."""
        write_json(asdict(served), self.sidecar)

    def discard(self) -> None:
        """Remove both files."""
        self.path.unlink(missing_ok=True)
        self.sidecar.unlink(missing_ok=True)

    def set_aside(self) -> None:
        """Keep a damaged file out of the way of the next download."""
        self.path.replace(self.damaged)
        self.sidecar.unlink(missing_ok=True)

    def move_to(self, destination: Path) -> None:
        """Give the whole file its name."""
        self.path.replace(destination)
        self.sidecar.unlink(missing_ok=True)
        self.damaged.unlink(missing_ok=True)
