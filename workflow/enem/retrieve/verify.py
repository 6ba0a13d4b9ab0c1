"""Tell a whole zip from an HTML page, an empty file and a download that broke off."""

import hashlib
import html
import re
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from enem.errors import InputError, Sentence, TranslatedError, sentence

MAGIC = b"PK"
HEAD_BYTES = 65_536
TITLE_WORDS = 8
WEB_PAGE = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
LOCAL_MAGIC = b"PK\x03\x04"
LOCAL_HEADER = struct.Struct("<4s22xHH")
REMEDY = sentence(
    "Download it again in full, or name another copy with `--config source=/path/to/file.zip`."
)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, read as a stream."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(found: str, expected: str | None, label: Sentence | str) -> None:
    """Refuse a checksum that differs from the pinned one.

    Parameters
    ----------
    found, expected
        Checksums in hexadecimal digits; nothing is pinned when `expected` is None.
    label
        What the file is called in the message.

    Raises
    ------
    InputError
        When the two differ.
    """
    if expected is not None and found != expected:
        raise InputError(
            "{label} has the sha256 {found}, but data/sources.csv pins {expected}: INEP has "
            "issued the file anew, or this copy is damaged. To analyse the file as it is "
            "now, write its sha256 into that table; to analyse the pinned one, name a copy "
            "of it with `--config source=/path/to/file.zip`.",
            label=label,
            found=found,
            expected=expected,
        )


def check_zip(path: Path, label: Sentence | str, remedy: Sentence = REMEDY) -> None:
    """Check the magic, the central directory and that every member lies within the file.

    Parameters
    ----------
    path
        The file to examine.
    label
        What the file is called in a message.
    remedy
        The sentence that ends a message.

    Raises
    ------
    InputError
        When one of the checks fails.
    """
    with path.open("rb") as file:
        check_head(file.read(HEAD_BYTES), label, remedy)
        size = path.stat().st_size
        try:
            _check_members(file)
        except _NotWholeError as problem:
            raise InputError(
                "{label} begins as a zip but is not a whole one: {problem} ({size:,} bytes "
                "found), as after a download that broke off. {remedy}",
                label=label,
                problem=problem,
                size=size,
                remedy=remedy,
            ) from problem


def check_head(head: bytes, label: Sentence | str, remedy: Sentence = REMEDY) -> None:
    """Refuse a file by its first bytes when they are not those of a zip.

    Parameters
    ----------
    head
        The first bytes of the file, as many as are at hand.
    label
        What the file is called in a message.
    remedy
        The sentence that ends a message.

    Raises
    ------
    InputError
        When there are none, or they are those of an HTML page or of another format.
    """
    if head.startswith(MAGIC):
        return
    if not head:
        problem = sentence("is empty (0 bytes)")
    elif WEB_PAGE.search(head[:2048]):
        problem = sentence("is not a zip but an HTML page{titled}", titled=_titled(head))
    else:
        problem = sentence(
            "is not a zip: it begins with {head!r} instead of {magic!r}",
            head=head[:12],
            magic=MAGIC,
        )
    raise InputError("{label} {problem}. {remedy}", label=label, problem=problem, remedy=remedy)


def _titled(page: bytes) -> Sentence:
    title = re.search(rb"<title[^>]*>(.*?)</title", page, re.IGNORECASE | re.DOTALL)
    if title is None:
        return sentence(" without a title")
    # INEP's older pages are Latin-1 and do not say so; as UTF-8 they rarely decode by chance.
    try:
        text = title[1].decode("utf-8")
    except UnicodeDecodeError:
        text = title[1].decode("latin-1")
    words = html.unescape(text).split()
    ending = "..." if len(words) > TITLE_WORDS else ""
    return sentence(" titled '{title}{ending}'", title=" ".join(words[:TITLE_WORDS]), ending=ending)


class _NotWholeError(TranslatedError):
    """What is wrong with a zip, as the end of a sentence."""


def _check_members(file: BinaryIO) -> None:
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise _NotWholeError("its central directory is missing or damaged") from error
    with archive:
        if not archive.infolist():
            raise _NotWholeError("it holds no file")
        for member in archive.infolist():
            _check_member(file, member, archive.start_dir)


def _check_member(file: BinaryIO, member: zipfile.ZipInfo, limit: int) -> None:
    # zipfile shifts offsets when bytes are missing in the middle, so they can be negative.
    if not 0 <= member.header_offset <= limit - LOCAL_HEADER.size:
        raise _NotWholeError(
            "its member {member} would begin outside the file", member=member.filename
        )
    file.seek(member.header_offset)
    magic, name_bytes, extra_bytes = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    if magic != LOCAL_MAGIC:
        raise _NotWholeError(
            "its member {member} is not where the directory says", member=member.filename
        )
    data_start = member.header_offset + LOCAL_HEADER.size + name_bytes + extra_bytes
    if data_start + member.compress_size > limit:
        raise _NotWholeError(
            "its member {member} would end outside the file", member=member.filename
        )
