"""Prove that what a zip holds is what was put into it."""

import zipfile
from pathlib import Path

from enem.convert.zip_stream import ENCRYPTED, READABLE_METHODS, inflated
from enem.errors import InputError, Sentence


def damage(path: Path) -> Sentence | None:
    """Read every member of a zip, and describe the first one that is not what it was.

    Members that are encrypted, or compressed in another way than INEP's, are passed over: they
    cannot be read, which the conversion refuses by name if it needs them.

    Parameters
    ----------
    path
        A zip whose structure has been checked.

    Returns
    -------
    Sentence or None
        A sentence; None when lengths and checksums (CRC-32) are those of the zip's directory.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    try:
        for member in members:
            if member.compress_type in READABLE_METHODS and not member.flag_bits & ENCRYPTED:
                for _ in inflated(path, member):
                    pass
    except InputError as error:
        return error.message
    return None
