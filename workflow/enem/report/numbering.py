"""Numbers of figures: each name has one, in the order of the page, whatever score is shown."""

import re

from enem.language.phrases import Verbatim

DRAWN = re.compile(r'<figure [^>]*data-name="([^"]+)"')
PLACE = re.compile("\ue000(.+?)\ue001")
"""Characters that no text has, around the name of a figure."""


def number_of(name: str) -> Verbatim:
    """Stand for the number of a figure, wherever a page speaks of it."""
    return Verbatim(f"\ue000{name}\ue001")


def numbered(html: str) -> str:
    """Number the figures of a page where they stand and where it speaks of them.

    The same figure of several scores has ``data-name`` in common, and so its number.

    Raises
    ------
    KeyError
        When the page speaks of a figure that it does not have.
    """
    numbers = {name: str(i) for i, name in enumerate(dict.fromkeys(DRAWN.findall(html)), 1)}
    return PLACE.sub(lambda found: numbers[found[1]], html)
