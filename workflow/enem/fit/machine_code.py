"""Keep compiled functions on disk until any of the files that they were made of changes.

numba compiles a function again when its own file has changed, but not when a function of another
file has, of which it holds a copy.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from numba.core import config


@contextmanager
def kept_as_long_as(*files: str | None) -> Iterator[None]:
    """Where functions are decorated: keep their machine code in a folder named after these files.

    Parameters
    ----------
    files
        Sources of everything that goes into the code, the functions' own first: the folder lies
        beside it, or with the user's other caches where that place cannot be written to.
    """
    sources = [Path(str(file)) for file in files]
    digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    beside = sources[0].parent / "__pycache__"
    home = beside if os.access(sources[0].parent, os.W_OK) else Path.home() / ".cache/enem-bayes"
    before = config.CACHE_DIR
    config.CACHE_DIR = str(home / f"numba-{digest}")
    try:
        yield
    finally:
        config.CACHE_DIR = before
