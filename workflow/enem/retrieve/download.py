"""Download an edition's zip over a line that breaks."""

import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import requests

from enem.errors import InputError
from enem.retrieve.failures import failed, reason, refuse_untrusted, ways_on
from enem.retrieve.partial import PartialFile
from enem.retrieve.sources import Source
from enem.retrieve.transfer import Interrupted, transfer
from enem.retrieve.verify import check_sha256, check_zip, sha256_of

logger = logging.getLogger(__name__)

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
TRANSIENT = (
    Interrupted,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)


class Downloaded(NamedTuple):
    """What was downloaded, and what the server said of it."""

    sha256: str
    bytes: int
    etag: str | None
    last_modified: str | None


def download(
    source: Source,
    destination: Path,
    *,
    ca_bundle: Path | None,
    retries: int,
    timeout: float,
    wait: Callable[[float], None] = time.sleep,
) -> Downloaded:
    """Download a zip, resuming what an earlier run left in ``<name>.part``.

    Parameters
    ----------
    source
        What to download, and the checksum it must have.
    destination
        Where the zip goes; it appears there only once it is whole.
    ca_bundle
        PEM file of the certificates to trust; None for the default ones.
    retries
        Attempts after a first one that brought nothing new.  One that did starts the count again:
        a file of 600 MB may come in many pieces.
    timeout
        Seconds to wait for a connection, and between two reads.
    wait
        Called with the seconds to wait before each retry: 1, 2, 4, ... up to 60.

    Returns
    -------
    Downloaded
        Checksum, size and the server's validators.

    Raises
    ------
    InputError
        When the server cannot be reached or verified, refuses, or sends no whole zip, or another
        one than the pinned one.
    """
    verify = _trust(ca_bundle)
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = PartialFile(destination)
    with requests.Session() as session:

        def attempt() -> None:
            transfer(
                session,
                source.url,
                partial,
                verify=verify,
                timeout=timeout,
                remedy=ways_on(source.edition),
            )

        _persist(attempt, source, partial, retries, wait)
    return _accept(source, partial, destination)


def _trust(ca_bundle: Path | None) -> str | bool:
    if ca_bundle is None:
        return True
    try:
        ssl.create_default_context(cafile=str(ca_bundle))
    except OSError as error:
        raise InputError(
            f"retrieve.ca_bundle is {str(ca_bundle)!r}, which cannot be read as a PEM file of "
            f"certificates ({error.strerror or error}). Correct the path or leave the key empty; "
            "data/README.md says how to make the file."
        ) from error
    return str(ca_bundle)


def _persist(
    attempt: Callable[[], None],
    source: Source,
    partial: PartialFile,
    retries: int,
    wait: Callable[[float], None],
) -> None:
    furthest, failures = partial.size(), 0
    while not partial.is_complete(source.url):
        try:
            attempt()
        except TRANSIENT as error:
            refuse_untrusted(error, source)
            if partial.size() > furthest:
                furthest, failures = partial.size(), 0
            if failures >= retries:
                raise InputError(_gave_up(error, source, partial, retries)) from error
            pause = min(FIRST_WAIT * 2**failures, LONGEST_WAIT)
            failures += 1
            logger.warning("%s: %s; trying again in %g s", source.url, reason(error), pause)
            wait(pause)
        except requests.RequestException as error:
            raise InputError(failed(source, reason(error))) from error


def _gave_up(error: Exception, source: Source, partial: PartialFile, retries: int) -> str:
    why = f"{reason(error)} (given up after {retries} {'retry' if retries == 1 else 'retries'})"
    if size := partial.size():
        why += f". The {size:,} bytes so far are kept: the same command goes on from there"
    return failed(source, why)


def _accept(source: Source, partial: PartialFile, destination: Path) -> Downloaded:
    try:
        check_zip(partial.path, f"The download from {source.url}", ways_on(source.edition))
    except InputError:
        # All the server's bytes are here and they are wrong: going on from them cannot help.
        partial.discard()
        raise
    digest = sha256_of(partial.path)
    # Kept when it is not the pinned one: who pins it anew need not download it again.
    check_sha256(
        digest,
        source.sha256,
        f"The download from {source.url} (kept as {partial.path}; delete it to download again)",
    )
    size = partial.size()
    if source.bytes is not None and size != source.bytes:
        logger.warning(
            "%s has %s bytes, but data/sources.csv has %s: INEP has issued the file anew. "
            "Its checksum goes into the record beside it.",
            *(source.url, f"{size:,}", f"{source.bytes:,}"),
        )
    served = partial.served(source.url)
    partial.move_to(destination)
    return Downloaded(digest, size, served.etag, served.last_modified)
