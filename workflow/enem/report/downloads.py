"""The bar of a figure: its files, its address, and how to put it into another page."""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enem.language import TAGS

KINDS = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv"}


@dataclass(frozen=True)
class Download:
    """One file of a figure; `tag` is the language of its words, None for data."""

    kind: str
    tag: str | None
    name: str
    address: str


def downloads(
    folder: Path, outcome: str, files: Mapping[str, Any], carried: Collection[str]
) -> list[Download]:
    """List the files of a figure as ``results/`` has them.

    Parameters
    ----------
    folder
        ``results/{edition}/{state}``.
    outcome
        Whose figure.
    files
        Names of its files by kind and, where they have words, by language.
    carried
        Outcomes whose files the page carries; those of others it names, relative to its own folder.
    """
    found = []
    # what is drawn to be shared can be read where others show it small
    names = {"png": files.get("feed", files["png"]), "svg": files["svg"]}
    by_language = {kind: [*each.items()] for kind, each in names.items()}
    for kind, each in {**by_language, "csv": [(None, files["csv"])]}.items():
        for code, name in each:
            place = f"{outcome}/figures/{name}"
            address = _data(folder / place, KINDS[kind]) if outcome in carried else place
            mine = f"enem-{folder.parent.name}-{folder.name}-{outcome}-{name}"
            found.append(Download(kind.upper(), code and TAGS[code], mine, address))
    return found


def _data(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
