"""Read a response as it arrives, and notice a line that is too slow."""

import time
from collections.abc import Iterator

import requests
import urllib3

from enem.retrieve.failures import Interrupted

LARGEST_PIECE = 65_536


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the bytes of a response as they arrive, however few.

    Raises
    ------
    requests.Timeout, requests.ConnectionError
        When the connection fails.  Every byte that arrived has been yielded.
    """
    try:
        # Unlike iter_content, which loses what has come of a piece when the line breaks.
        while piece := response.raw.read1(LARGEST_PIECE, decode_content=False):
            yield piece
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.Timeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error


def at_pace(arriving: Iterator[bytes], slowest: float, window: float) -> Iterator[bytes]:
    """Yield pieces on, as long as enough of them arrive.

    Parameters
    ----------
    arriving
        Pieces of a response.
    slowest
        Bytes a second that are enough.
    window
        Seconds over which they are counted.

    Raises
    ------
    Interrupted
        When fewer arrived; the pieces that did have been yielded.
    """
    begun, count = time.monotonic(), 0
    for piece in arriving:
        yield piece
        count += len(piece)
        seconds = time.monotonic() - begun
        if seconds >= window:
            if count < slowest * seconds:
                raise Interrupted(
                    "the line gave {pace:,.0f} bytes a second for {seconds:.3g} s, fewer "
                    "than the {slowest:,.0f} of retrieve.min_bytes_per_second",
                    pace=count / seconds,
                    seconds=seconds,
                    slowest=slowest,
                )
            begun, count = time.monotonic(), 0
