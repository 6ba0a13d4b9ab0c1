"""Tell what a file that somebody has is, by its first bytes, whatever it is called."""

import zlib
from pathlib import Path

from enem.errors import InputError, Sentence, sentence
from enem.retrieve.verify import HEAD_BYTES, MAGIC, WEB_PAGE, check_head, check_zip, sha256_of

ZIP, GZIP, TEXT = "zip", "gzip", "text"
GZIP_MAGIC = b"\x1f\x8b"
UNKNOWN_START = b"?"
TAR_MAGIC = slice(257, 262)

READABLE = sentence("INEP's zip, the CSV that it holds, or that CSV as .csv.gz")
UNPACK = sentence(
    "Unpack it and name the CSV that it holds; what can be read is {readable}.", readable=READABLE
)
EXPORT = sentence(
    "Name the file that it was made from; what can be read is {readable}.", readable=READABLE
)
OTHER_FORMATS = (
    (b"Rar!\x1a\x07", sentence("a RAR archive"), UNPACK),
    (b"7z\xbc\xaf\x27\x1c", sentence("a 7z archive"), UNPACK),
    (b"BZh", sentence("compressed by bzip2"), UNPACK),
    (b"\xfd7zXZ\x00", sentence("compressed by xz"), UNPACK),
    (b"\x28\xb5\x2f\xfd", sentence("compressed by Zstandard"), UNPACK),
    (b"PAR1", sentence("a Parquet file"), EXPORT),
    (b"ARROW1", sentence("an Arrow (Feather) file"), EXPORT),
    (b"FEA1", sentence("a Feather file"), EXPORT),
    (b"SQLite format 3\x00", sentence("an SQLite database"), EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", sentence("an Excel workbook (.xls)"), EXPORT),
    (b"$FL2", sentence("an SPSS file"), EXPORT),
    (b"$FL3", sentence("an SPSS file"), EXPORT),
    (b"<stata_dta>", sentence("a Stata file"), EXPORT),
    (b"RDX2\n", sentence("an R data file"), EXPORT),
    (b"RDX3\n", sentence("an R data file"), EXPORT),
    (b"X\n\x00\x00\x00", sentence("an R data file (.rds)"), EXPORT),
    (b"\x89HDF\r\n\x1a\n", sentence("an HDF5 file"), EXPORT),
    (b"%PDF", sentence("a PDF document"), EXPORT),
)


def form_of(path: Path) -> str:
    """Return `ZIP`, `GZIP` or `TEXT`, as the first bytes of a file say.

    Raises
    ------
    InputError
        When the file is empty, a web page, or in a format that cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(MAGIC):
        return ZIP
    if head.startswith(GZIP_MAGIC):
        _refuse_other(sentence("{path} (within its gzip)", path=path), _decompressed(head))
        return GZIP
    _refuse_other(str(path), head)
    return TEXT


def _refuse_other(label: Sentence | str, head: bytes) -> None:
    if not head or WEB_PAGE.search(head[:2048]):
        check_head(head, label)
    for magic, name, remedy in OTHER_FORMATS:
        if head.startswith(magic):
            raise InputError(
                "{label} is {name}, which is not read here. {remedy}",
                label=label,
                name=name,
                remedy=remedy,
            )
    if head.startswith(MAGIC):
        raise InputError(
            "{label} is a zip inside another file. {unpack}", label=label, unpack=UNPACK
        )
    if head[TAR_MAGIC] == b"ustar":
        raise InputError(
            "{label} is a tar archive, which is not read here. {unpack}", label=label, unpack=UNPACK
        )


def _decompressed(head: bytes) -> bytes:
    """Return what the first bytes of a gzip file hold; a damaged one is found when it is read."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        start = inflater.decompress(head, HEAD_BYTES)
    except zlib.error:
        return UNKNOWN_START
    return start if start or inflater.eof else UNKNOWN_START


def check_file(path: Path) -> None:
    """Refuse a file that is in no format that can be read, or a zip that is not whole.

    Raises
    ------
    InputError
        With what the file is, and what to do.
    """
    if form_of(path) == ZIP:
        check_zip(path, str(path))


def file_facts(path: Path) -> dict[str, str | int]:
    """Return the ``sha256`` of a file that can be read, and ``bytes``, its size.

    Raises
    ------
    InputError
        As `check_file`.
    """
    check_file(path)
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}
