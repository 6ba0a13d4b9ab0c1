"""Download an edition's zip over a line that breaks."""

import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import requests

from enem.errors import InputError, Sentence, sentence
from enem.retrieve.accept import Downloaded, accept
from enem.retrieve.chain import BrokenChainError
from enem.retrieve.failures import (
    Interrupted,
    chain_not_completed,
    failed,
    lacks_links,
    not_verified,
    reason,
    untrusted,
    ways_on,
)
from enem.retrieve.partial import PartialFile
from enem.retrieve.session import VerifiedSession
from enem.retrieve.sources import Source
from enem.retrieve.transfer import transfer

logger = logging.getLogger(__name__)

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
TRANSIENT = (Interrupted, requests.ConnectionError, requests.Timeout)


def download(
    source: Source,
    destination: Path,
    *,
    ca_bundle: Path | None,
    retries: int,
    timeout: float,
    slowest: float = 0.0,
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
        PEM file of the certificates to trust; None for the usual roots.  What a server leaves out
        between its own certificate and a root is fetched.
    retries
        Attempts after a first one that brought nothing new.  One that did starts the count again:
        a file of 600 MB may come in many pieces.
    timeout
        Seconds to wait for a connection, and between two reads.
    slowest
        Bytes a second that must arrive over `timeout` seconds; a slower line is dropped and tried
        again.
    wait
        Called with the seconds to wait before each retry: 1, 2, 4, ... up to 60, or what the
        server asks for where that is more.

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
    _check_bundle(ca_bundle)
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = PartialFile(destination)
    with VerifiedSession(ca_bundle, timeout) as session:
        _persist(
            lambda: _attempt(session, source, partial, slowest), source, partial, retries, wait
        )
    return accept(source, partial, destination)


def _check_bundle(ca_bundle: Path | None) -> None:
    if ca_bundle is None:
        return
    try:
        ssl.create_default_context(cafile=str(ca_bundle))
    except OSError as error:
        raise InputError(
            "retrieve.ca_bundle is {path!r}, which cannot be read as a PEM file of "
            "certificates ({why}). Correct the path or leave the key empty; data/README.md "
            "describes the file.",
            path=str(ca_bundle),
            why=error.strerror or error,
        ) from error


def _attempt(
    session: VerifiedSession, source: Source, partial: PartialFile, slowest: float
) -> None:
    while True:
        try:
            return transfer(
                session, source.url, partial, slowest=slowest, remedy=ways_on(source.edition)
            )
        except requests.exceptions.SSLError as error:
            _complete_chain(session, source, error)


def _complete_chain(
    session: VerifiedSession, source: Source, error: requests.exceptions.SSLError
) -> None:
    """Mend a chain that lacks links; no retry can mend another certificate that is refused."""
    refusal = untrusted(error)
    if refusal is None:
        raise error
    url = error.request.url
    why = not_verified(url, reason(refusal))
    try:
        if lacks_links(refusal) and session.complete_chain(url):
            return
    except BrokenChainError as broken:
        why = chain_not_completed(url, broken.message)
    raise InputError(failed(source, why)) from error


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
            if partial.size() > furthest:
                furthest, failures = partial.size(), 0
            if failures >= retries:
                raise InputError(_gave_up(error, source, partial, retries)) from error
            pause = min(FIRST_WAIT * 2**failures, LONGEST_WAIT)
            if isinstance(error, Interrupted):
                pause = max(pause, error.wait)
            failures += 1
            seconds = sentence("{pause:g}", pause=pause)
            logger.warning("%s: %s; trying again in %s s", source.url, reason(error), seconds)
            wait(pause)
        except requests.RequestException as error:
            raise InputError(failed(source, reason(error))) from error


def _gave_up(error: Exception, source: Source, partial: PartialFile, retries: int) -> Sentence:
    attempts = sentence(
        "given up after 1 retry" if retries == 1 else "given up after {retries} retries",
        retries=retries,
    )
    why = sentence("{reason} ({attempts})", reason=reason(error), attempts=attempts)
    if size := partial.size():
        why = sentence(
            "{why}. The {size:,} bytes so far are kept: the same command goes on from there",
            why=why,
            size=size,
        )
    return failed(source, why)
