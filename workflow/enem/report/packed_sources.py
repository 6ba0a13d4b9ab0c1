"""Sources of the page's numbers, each once and packed; numbers hold their place in the list."""

import json
import re
from html import unescape

import numpy as np

from enem.report.packed import packed

SOURCE = re.compile(r' data-source="([^"]*)"')
END = "</footer>"


def pack_sources(html: str) -> str:
    """Put ``data-s``, a place in a packed list in base 36, where numbers name their source.

    The page's script puts the sources back, for whoever inspects a number.
    """
    known: dict[str, str] = {}

    def place(found: re.Match[str]) -> str:
        short = known.setdefault(unescape(found[1]), np.base_repr(len(known), 36).lower())
        return f' data-s="{short}"'

    html = SOURCE.sub(place, html)
    listed = packed(json.dumps([*known], ensure_ascii=False))
    script = f'<script type="application/gzip" id="sources">{listed}</script>'
    return html.replace(END, f"{END}\n{script}", 1)
