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
    files: Mapping[str, Any], place: str, prefix: str, carry_from: Path | None = None
) -> list[Download]:
    """List the files of a figure as ``results/`` has them.

    Parameters
    ----------
    files
        Names of its files by kind and, where they have words, by language.
    place
        Their folder, relative to that of the page.
    prefix
        Begins the names under which they are kept.
    carry_from
        Folder of the page where it carries the files; else it names their places.
    """
    found = []
    # what is drawn to be shared can be read where others show it small
    names = {"png": files.get("feed", files["png"]), "svg": files["svg"]}
    by_language = {kind: [*each.items()] for kind, each in names.items()}
    for kind, each in {**by_language, "csv": [(None, files["csv"])]}.items():
        for code, name in each:
            address = f"{place}/{name}"
            if carry_from is not None:
                address = _data(carry_from / address, KINDS[kind])
            found.append(Download(kind.upper(), code and TAGS[code], f"{prefix}-{name}", address))
    return found


def of_outcome(
    folder: Path, outcome: str, files: Mapping[str, Any], carried: Collection[str]
) -> list[Download]:
    """List the files of an outcome's figure, which the page carries if `outcome` is `carried`.

    Parameters
    ----------
    folder
        ``results/{edition}/{state}``.
    outcome, files, carried
        Whose figure, its files, and outcomes whose files the page carries.
    """
    prefix = f"enem-{folder.parent.name}-{folder.name}-{outcome}"
    return downloads(files, f"{outcome}/figures", prefix, folder if outcome in carried else None)


def _data(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
