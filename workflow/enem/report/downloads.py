"""The bar of a figure: its files, its address, and how to put it into another page."""

import base64
from dataclasses import dataclass
from pathlib import Path

from enem.language import TAGS

KINDS = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv"}


@dataclass(frozen=True)
class Download:
    """One file of a figure; `tag` is the language of its words, None for data."""

    kind: str
    tag: str | None
    name: str
    address: str


def downloads(folder: Path, outcome: str, figure: str, embedded: bool) -> list[Download]:
    """List the files of a figure as ``results/`` has them.

    Parameters
    ----------
    folder
        ``results/{edition}/{state}``.
    outcome, figure
        Which figure of which outcome.
    embedded
        Whether the page carries the files themselves; otherwise it names them, relative to its own
        folder.
    """
    found = []
    for kind in KINDS:
        for code in TAGS if kind != "csv" else (None,):
            name = f"{figure}.{code}.{kind}" if code else f"{figure}.{kind}"
            place = f"{outcome}/figures/{name}"
            address = _data(folder / place, KINDS[kind]) if embedded else place
            mine = f"enem-{folder.parent.name}-{folder.name}-{outcome}-{name}"
            found.append(Download(kind.upper(), code and TAGS[code], mine, address))
    return found


def _data(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
