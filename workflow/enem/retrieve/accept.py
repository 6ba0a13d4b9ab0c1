"""What a download must be before it is taken for an edition's zip."""

import logging
from pathlib import Path
from typing import NamedTuple

from enem.errors import InputError
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
        check_zip(partial.path, f"The download from {source.url}", ways_on(source.edition))
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


def _set_aside(found: str, source: Source, partial: PartialFile) -> str:
    before = sha256_of(partial.damaged) if partial.damaged.is_file() else None
    again = before == sha256_of(partial.path)
    partial.set_aside()
    if again:
        return (
            f"{found} It came from {source.url} twice with the same bytes, so the file there is "
            f"damaged itself; it is kept as {partial.damaged}. {ways_on(source.edition)}"
        )
    return (
        f"{found} What came from {source.url} is set aside as {partial.damaged}: the same command "
        "downloads it again."
    )
