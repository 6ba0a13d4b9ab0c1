"""A zip with one member, written as a stream and the same for the same content."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

FASTEST = 1
"""zlib level: a simulated release is read once or twice, so time matters more than size."""


def write_member(path: Path, name: str, blocks: Iterable[bytes | memoryview]) -> None:
    """Write `blocks` as the single deflated member `name` of the zip at `path`.

    The member is named by a string, which gives it the zip epoch (1980) for a timestamp instead of
    the clock.
    """
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=FASTEST) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for block in blocks:
            member.write(block)
