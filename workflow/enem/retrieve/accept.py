"""What a download must be before it is taken for an edition's zip."""

import logging
from pathlib import Path
from typing import NamedTuple

from enem.errors import InputError, Sentence, in_full, sentence
from enem.retrieve.contents import damage
from enem.retrieve.failures import ways_on
from enem.retrieve.partial import PartialFile
from enem.retrieve.sources import Source
from enem.retrieve.verify import check_sha256, check_zip, sha256_of

logger = logging.getLogger(__name__)


class Downloaded(NamedTuple):
    """What was downloaded, and what the server said of it."""

    sha256: str
    bytes: int
    etag: str | None
    last_modified: str | None


def accept(source: Source, partial: PartialFile, destination: Path) -> Downloaded:
    """Give a download its name once it is proved to be a whole, undamaged zip.

    Parameters
    ----------
    source
        What was downloaded, and the checksum it must have.
    partial
        All its bytes.
    destination
        Where the zip goes.

    Raises
    ------
    InputError
        When it is no whole zip, or damaged, or another one than the pinned one.  The next run
        downloads it again, but for the last.
    """
    try:
        check_zip(
            partial.path,
            sentence("The download from {url}", url=source.url),
            ways_on(source.edition),
        )
    except InputError:
        # All the server's bytes are here and they are wrong: going on from them cannot help.
        partial.discard()
        raise
    if found := damage(partial.path):
        raise InputError(_set_aside(found, source, partial))
    digest = sha256_of(partial.path)
    # Kept when it is not the pinned one: who pins it anew need not download it again.
    check_sha256(
        digest,
        source.sha256,
        sentence(
            "The download from {url} (kept as {path}; delete it to download again)",
            url=source.url,
            path=partial.path,
        ),
    )
    size = partial.size()
    if source.bytes is not None and size != source.bytes:
        logger.warning(
            "%s has %s bytes, but data/sources.csv has %s: INEP has issued the file anew. "
            "Its checksum goes into the record beside it.",
            *(source.url, in_full(size), in_full(source.bytes)),
        )
    served = partial.served(source.url)
    partial.move_to(destination)
    return Downloaded(digest, size, served.etag, served.last_modified)


def _set_aside(found: Sentence, source: Source, partial: PartialFile) -> Sentence:
    before = sha256_of(partial.damaged) if partial.damaged.is_file() else None
    again = before == sha256_of(partial.path)
    partial.set_aside()
    if again:
        return sentence(
            "{found} It came from {url} twice with the same bytes, so the file there is "
            "damaged itself; it is kept as {damaged}. {ways_on}",
            found=found,
            url=source.url,
            damaged=partial.damaged,
            ways_on=ways_on(source.edition),
        )
    return sentence(
        "{found} What came from {url} is set aside as {damaged}: the same command downloads "
        "it again.",
        found=found,
        url=source.url,
        damaged=partial.damaged,
    )
