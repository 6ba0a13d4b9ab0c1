"""Inflate a member of a zip, and prove that it is whole."""

import io
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NoReturn

from isal import igzip_lib, isal_zlib

from enem.errors import InputError, Sentence, in_full, sentence
from enem.retrieve.verify import LOCAL_HEADER, LOCAL_MAGIC

COMPRESSED_READ = 1 << 17
PIECE = 1 << 18
"""Bytes inflated at a time, so that the checksum finds them in the processor's cache."""

READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1


WHOLE_STREAM = sentence("a whole deflate stream")


def inflated(zip_path: Path, entry: zipfile.ZipInfo) -> Generator[bytes]:
    """Yield the member's bytes in pieces, length and CRC-32 verified at the end."""
    crc, size = 0, 0
    with zip_path.open("rb", buffering=0) as file:
        for piece in _pieces(file, zip_path, entry):
            crc = isal_zlib.crc32(piece, crc)
            size += len(piece)
            yield piece
    if size != entry.file_size:
        _refuse(zip_path, entry, sentence("{size} bytes", size=entry.file_size), str(size))
    if crc != entry.CRC:
        _refuse(zip_path, entry, sentence("{crc:08x} as CRC-32", crc=entry.CRC), f"{crc:08x}")


def _pieces(file: io.FileIO, zip_path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the inflated bytes in pieces that the processor's cache holds."""
    compressed = _compressed(file, zip_path, entry)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from compressed
        return
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    while not inflater.eof:
        data = next(compressed, None) if inflater.needs_input else b""
        if data is None:
            _refuse(zip_path, entry, WHOLE_STREAM, sentence("no end of it"))
        try:
            piece = inflater.decompress(data, PIECE)
        except igzip_lib.error as error:
            _refuse(zip_path, entry, WHOLE_STREAM, str(error))
        if piece:
            yield piece


def _compressed(file: io.FileIO, zip_path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the member's bytes as they lie in the zip; the directory knows how many they are."""
    file.seek(entry.header_offset)
    local = file.read(LOCAL_HEADER.size)
    if len(local) < LOCAL_HEADER.size or not local.startswith(LOCAL_MAGIC):
        expected = sentence("its local header {magic!r}", magic=LOCAL_MAGIC)
        _refuse(zip_path, entry, expected, f"{local[:4]!r}")
    file.seek(sum(LOCAL_HEADER.unpack(local)[1:]), io.SEEK_CUR)
    remaining = entry.compress_size
    while remaining:
        data = file.read(min(COMPRESSED_READ, remaining))
        if not data:
            size = entry.compress_size
            expected = sentence("{size:,} compressed bytes", size=size)
            _refuse(zip_path, entry, expected, in_full(size - remaining))
        remaining -= len(data)
        yield data


def _refuse(
    zip_path: Path, entry: zipfile.ZipInfo, expected: Sentence | str, found: Sentence | str
) -> NoReturn:
    raise InputError(
        "{filename} in {zip_path} is damaged or cut short: expected {expected}, found "
        "{found}. Download the zip again.",
        filename=entry.filename,
        zip_path=zip_path,
        expected=expected,
        found=found,
    )
