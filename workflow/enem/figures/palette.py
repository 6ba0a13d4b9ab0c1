"""Colours, markers and line styles, the same in every figure."""

import re
from dataclasses import dataclass

INK = "#222222"
MUTED = "#5C5C5C"
GUIDE = "#B5B5B5"
PALE = "#E4E4E4"
OUTLINE = "#757575"
PLAIN = "#46586B"
CONTRAST = "#6A3D9A"
"""For what is not a school type: no school type has these colours."""
THIRD, FOURTH = "#3C9BCB", "#A3763B"
"""Further ones, where four lines differ."""


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

IN_THE_DARK = {
    INK: "#E6E8EA",
    MUTED: "#B3B9C0",
    GUIDE: "#5F666E",
    PALE: "#343A41",
    OUTLINE: "#969DA5",
    PLAIN: "#A9BDD3",
    CONTRAST: "#C7A8EC",
    "#0072B2": "#4DA6DA",
    "#005A8C": "#82C7EF",
    "#009E73": "#35B98F",
    "#00684C": "#6FD9B7",
    "#E08A00": "#D98A12",
    "#8F5600": "#F2B85C",
    "#882255": "#E07AA8",
    "#4D4D4D": "#B8BDC3",
    THIRD: "#6FBFE6",
    FOURTH: "#CFA066",
}
"""Colours of the figures on a dark page, by those on a light one."""

WHITE = re.compile(r"#fff(?:fff)?\b", re.IGNORECASE)


def in_scheme(text: str) -> str:
    """Replace colours by those of the page's scheme, light or dark; white is its paper."""
    for light in IN_THE_DARK:
        text = re.sub(light, f"var({_variable(light)})", text, flags=re.IGNORECASE)
    return WHITE.sub("var(--paper)", text)


def themed(rules: str) -> str:
    """Write rules of CSS in the colours of the page's scheme, and both schemes before them."""
    by_day, by_night = (
        "".join(f"{_variable(light)}:{color};" for light, color in scheme.items())
        for scheme in ({light: light for light in IN_THE_DARK}, IN_THE_DARK)
    )
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{by_night}}}}}"
    return f":root{{{by_day}}}\n{dark}\n{in_scheme(rules)}"


def _variable(light: str) -> str:
    return f"--f{light.removeprefix('#').lower()}"
