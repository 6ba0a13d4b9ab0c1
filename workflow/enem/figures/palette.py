"""Colours, markers and line styles, the same in every figure."""

from dataclasses import dataclass

INK = "#222222"
MUTED = "#5C5C5C"
GUIDE = "#B5B5B5"
PALE = "#E4E4E4"
OUTLINE = "#757575"
PLAIN = "#46586B"
CONTRAST = "#6A3D9A"
"""For what is not a school type: no school type has these colours."""


@dataclass(frozen=True)
class Mark:
    """How one school type looks, in every figure.

    Attributes
    ----------
    color
        For lines, points and areas; the palette is ordered by lightness, so that it survives
        a print in grey.
    dark
        The same hue, dark enough for text.
    marker, line
        Matplotlib marker and line style.
    """

    color: str
    dark: str
    marker: str
    line: str | tuple[int, tuple[float, ...]]


_BLUE = Mark("#0072B2", "#005A8C", "o", "-")
_GREEN = Mark("#009E73", "#00684C", "^", (0, (1.2, 1.2)))
MARKS = {
    "federal": Mark("#E08A00", "#8F5600", "D", (0, (6, 1.5, 1.2, 1.5))),
    "estadual": _BLUE,
    "municipal": _GREEN,
    "publica": _BLUE,
    "mista": _GREEN,
    "privada": Mark("#882255", "#882255", "s", (0, (5, 1.5))),
    "all": Mark("#4D4D4D", INK, "P", "-"),
}
