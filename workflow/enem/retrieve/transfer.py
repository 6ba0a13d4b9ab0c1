"""One request for the rest of a file: what to ask, what to accept, what to write."""

import itertools
import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import requests

from enem.errors import Sentence, in_full, sentence
from enem.retrieve.failures import Interrupted
from enem.retrieve.partial import PartialFile, Served
from enem.retrieve.pieces import at_pace, pieces
from enem.retrieve.progress import shown
from enem.retrieve.refusals import refuse_answer, refuse_coding
from enem.retrieve.room import require_room, writing
from enem.retrieve.session import VerifiedSession
from enem.retrieve.verify import HEAD_BYTES, MAGIC, check_head

logger = logging.getLogger(__name__)


def transfer(
    session: VerifiedSession, url: str, partial: PartialFile, *, slowest: float, remedy: Sentence
) -> None:
    """Ask for the bytes that are not here yet and append them.

    Parameters
    ----------
    session
        Connections to reuse.
    url
        Address of the file.
    partial
        The bytes so far.  They are dropped, for the next call to start again, when the server's
        file is no longer the one that they belong to.
    slowest
        Bytes a second that must arrive over the session's timeout.
    remedy
        The sentences that end a message.

    Raises
    ------
    InputError
        When the server refuses, or sends something that is not a zip, or the disk is full.
    Interrupted
        When it is busy, slow, or stops before the end.
    requests.ConnectionError, requests.Timeout
        When the connection fails.
    """
    known = partial.served(url)
    offset = partial.size() if known else 0
    headers = {"Accept-Encoding": "identity", **_range_headers(known, offset)}
    with session.ask(url, headers) as response:
        if response.status_code != 200 and not (offset and response.status_code in (206, 416)):
            refuse_answer(response, url, remedy)
        refuse_coding(response, url, remedy)
        arriving = at_pace(pieces(response), slowest, session.timeout)
        if response.status_code == 200:
            served = Served.of(response, url, _length(response))
            _start(arriving, partial, served, known if offset else None, remedy)
        else:
            _resume(response, arriving, partial, known, offset)


def _range_headers(known: Served | None, offset: int) -> dict[str, str]:
    if not offset:
        return {}
    headers = {"Range": f"bytes={offset}-"}
    if known.condition:
        headers["If-Range"] = known.condition
    return headers


def _length(response: requests.Response) -> int | None:
    value = response.headers.get("Content-Length", "")
    return int(value) if value.isdecimal() else None


def _start(
    arriving: Iterator[bytes],
    partial: PartialFile,
    served: Served,
    known: Served | None,
    remedy: Sentence,
) -> None:
    first = _head(arriving)
    # Before the bytes so far are dropped: a passing error page must not cost them.
    check_head(first, sentence("What {url} sends", url=served.url), remedy)
    _require_room(partial, served)
    if known is not None:
        _say_restart(known, served)
    partial.begin(served)
    _append(itertools.chain([first], arriving), partial, served)


def _head(arriving: Iterator[bytes]) -> bytes:
    """Gather what it takes to know a zip; of anything else, what it takes to describe it."""
    head = b""
    for piece in arriving:
        head += piece
        if len(head) >= (len(MAGIC) if MAGIC.startswith(head[: len(MAGIC)]) else HEAD_BYTES):
            break
    return head


def _require_room(partial: PartialFile, served: Served) -> None:
    require_room(partial.path, None if served.length is None else served.length - partial.size())


def _resume(
    response: requests.Response,
    arriving: Iterator[bytes],
    partial: PartialFile,
    known: Served,
    offset: int,
) -> None:
    content_range = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range)
    total = int(match[2]) if match and match[2] != "*" else known.length
    served = Served.of(response, known.url, total)
    if match is None or int(match[1]) != offset or known.differs(served):
        _say_restart(known, served)
        partial.discard()
        return
    logger.info("%s: resumed at %s bytes", known.url, in_full(offset))
    whole = replace(known, length=total)
    _require_room(partial, whole)
    _append(arriving, partial, whole)


def _say_restart(known: Served, served: Served) -> None:
    logger.warning(
        "%s: the bytes so far cannot be continued, starting again. The server's file was "
        "(ETag %s, Last-Modified %s, %s bytes) and is (ETag %s, Last-Modified %s, %s bytes).",
        *(known.url, known.etag, known.last_modified, known.length),
        *(served.etag, served.last_modified, served.length),
    )


def _append(chunks: Iterator[bytes], partial: PartialFile, served: Served) -> None:
    counted = shown(chunks, partial.path.stem, served.length, partial.size())
    with writing(partial.path, served.length), partial.path.open("ab") as file:
        for chunk in counted:
            file.write(chunk)
    size = partial.size()
    if served.length not in (None, size):
        raise Interrupted(
            "the server sent {size:,} of {length:,} bytes", size=size, length=served.length
        )
    partial.describe(replace(served, length=size))
