"""Show how far a download is: a bar on a terminal, a line in the log every tenth elsewhere."""

import logging
import sys
from collections.abc import Iterable, Iterator

from tqdm import tqdm

from enem.errors import Sentence, sentence

logger = logging.getLogger(__name__)

MEGABYTE = 1_000_000
UNKNOWN_TOTAL_STEP = 100 * MEGABYTE


def shown(chunks: Iterable[bytes], name: str, total: int | None, done: int) -> Iterator[bytes]:
    """Yield the chunks of one transfer on, and show how many bytes have come.

    Parameters
    ----------
    chunks
        What arrives.
    name
        What is being downloaded.
    total
        Size in bytes, or None where the server does not tell.
    done
        Bytes that an earlier transfer left.
    """
    options = {"unit": "B", "unit_scale": True, "file": sys.stderr}
    options["disable"] = not sys.stderr.isatty()
    with tqdm(desc=name, total=total, initial=done, **options) as bar:
        for chunk in chunks:
            yield chunk
            before, done = done, done + len(chunk)
            bar.update(len(chunk))
            if bar.disable and _steps(done, total) > _steps(before, total):
                logger.info("%s: %s", name, _so_far(done, total))


def _steps(done: int, total: int | None) -> int:
    return 10 * done // total if total else done // UNKNOWN_TOTAL_STEP


def _so_far(done: int, total: int | None) -> Sentence:
    if not total:
        return sentence("{done:,.1f} MB", done=done / MEGABYTE)
    return sentence(
        "{share:.0%} ({done:,.1f} of {total:,.1f} MB)",
        share=done / total,
        done=done / MEGABYTE,
        total=total / MEGABYTE,
    )
