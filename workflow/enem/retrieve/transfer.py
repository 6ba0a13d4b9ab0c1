"""One request for the rest of a file: what to ask, what to accept, what to write."""

import itertools
import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import requests

from enem.atomic import writing
from enem.errors import InputError
from enem.retrieve.partial import PartialFile, Served
from enem.retrieve.progress import Progress
from enem.retrieve.verify import check_head

logger = logging.getLogger(__name__)

CHUNK_BYTES = 65_536
BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses that may pass by themselves."""


class Interrupted(Exception):  # noqa: N818 - it is a state of the transfer, caught by its caller
    """The transfer stopped for a reason that may pass; the bytes so far are kept."""


def transfer(
    session: requests.Session,
    url: str,
    partial: PartialFile,
    *,
    verify: str | bool,
    timeout: float,
    remedy: str,
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
    verify
        A CA bundle, or True for the default one.
    timeout
        Seconds to wait for a connection, and between two reads.
    remedy
        The sentences that end a message.

    Raises
    ------
    InputError
        When the server refuses, or sends something that is not a zip.
    Interrupted
        When it is busy or stops before the end.
    requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError
        When the connection fails.
    """
    known = partial.served(url)
    offset = partial.size() if known else 0
    headers = {"Accept-Encoding": "identity", **_range_headers(known, offset)}
    with session.get(url, headers=headers, stream=True, timeout=timeout, verify=verify) as response:
        if response.status_code == 200:
            served = Served.of(response, url, _length(response))
            _start(response, partial, served, known if offset else None, remedy)
        elif offset and response.status_code in (206, 416):
            _resume(response, partial, known, offset)
        else:
            _refuse(response, url, remedy)


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


def _refuse(response: requests.Response, url: str, remedy: str) -> None:
    answer = f"HTTP {response.status_code} ({response.reason})"
    if response.status_code in BUSY:
        raise Interrupted(f"the server answered {answer}")
    raise InputError(f"{url} cannot be downloaded: the server answered {answer}. {remedy}")


def _start(
    response: requests.Response,
    partial: PartialFile,
    served: Served,
    known: Served | None,
    remedy: str,
) -> None:
    chunks = response.iter_content(CHUNK_BYTES)
    first = next(chunks, b"")
    # Before the bytes so far are dropped: a passing error page must not cost them.
    check_head(first, f"What {served.url} sends", remedy)
    if known is not None:
        _say_restart(known, served)
    partial.begin(served)
    _append(itertools.chain([first], chunks), partial, served)


def _resume(response: requests.Response, partial: PartialFile, known: Served, offset: int) -> None:
    content_range = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range)
    total = int(match[2]) if match and match[2] != "*" else known.length
    served = Served.of(response, known.url, total)
    if match is None or int(match[1]) != offset or known.differs(served):
        _say_restart(known, served)
        partial.discard()
        return
    logger.info("%s: resumed at %s bytes", known.url, f"{offset:,}")
    _append(response.iter_content(CHUNK_BYTES), partial, replace(known, length=total))


def _say_restart(known: Served, served: Served) -> None:
    logger.warning(
        "%s: the bytes so far cannot be continued, starting again. The server's file was "
        "(ETag %s, Last-Modified %s, %s bytes) and is (ETag %s, Last-Modified %s, %s bytes).",
        *(known.url, known.etag, known.last_modified, known.length),
        *(served.etag, served.last_modified, served.length),
    )


def _append(chunks: Iterator[bytes], partial: PartialFile, served: Served) -> None:
    name = partial.path.stem
    with (
        writing(partial.path),
        partial.path.open("ab") as file,
        Progress(name, served.length, partial.size()) as progress,
    ):
        for chunk in chunks:
            file.write(chunk)
            progress.advance(len(chunk))
    size = partial.size()
    if served.length not in (None, size):
        raise Interrupted(f"the server sent {size:,} of {served.length:,} bytes")
    partial.describe(replace(served, length=size))
