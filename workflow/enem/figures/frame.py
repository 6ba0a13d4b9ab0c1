"""The frame of every figure: title, subtitle, notes, source, and the space left for the axes."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from enem.figures.palette import INK, MUTED
from enem.figures.rendering import measured
from enem.figures.style import WIDE, sheet
from enem.figures.words import changed, joined

MARGIN = 0.08
LEADING = 1.3
HANDLE_PAD = 0.8
"""Matplotlib's space between a mark of a key and its name, in letters."""
NO_BREAK = "\u00a0"
"""Keeps words of one part of the subtitle on one line; written as a plain space."""


class Block(NamedTuple):
    """Lines of text that look the same."""

    lines: str
    font: FontProperties
    color: str

    @property
    def height(self) -> float:
        """Inches, of the language that needs the most lines."""
        count = self.lines.count("\n") + 1 if self.lines else 0
        return count * LEADING * self.font.get_size_in_points() / 72


class FramedFigure(Figure):
    """A figure that has its title and notes, and a body between them for the axes.

    Parameters
    ----------
    head
        Blocks of text above the body.
    foot
        Blocks under it.
    height
        Inches of the body; what is left of a sheet that has a height.
    title
        As it is said, in one line.
    """

    def __init__(
        self, head: Sequence[Block], foot: Sequence[Block], height: float, title: str
    ) -> None:
        page = sheet()
        top = 2 * MARGIN + sum(block.height for block in head)
        bottom = MARGIN + sum(block.height for block in foot)
        total = page.height or top + height + bottom
        body = total - top - bottom
        self.body_height = body
        super().__init__(figsize=(page.width, total))
        self.title = title
        self.head = self._write(head, total - MARGIN)
        self.foot = self._write(foot, bottom)
        box = (0.008, bottom / total, 0.984, body / total)
        self.set_layout_engine("constrained", rect=box, w_pad=0.06, h_pad=0.06)
        # a subfigure, so that shared labels and keys keep clear of title and notes too
        self.body = self.subfigures()

    def _write(self, blocks: Sequence[Block], top: float) -> list[Text]:
        width, total = self.get_size_inches()
        texts = []
        for block in blocks:
            look = {"fontproperties": block.font, "color": block.color, "va": "top"}
            place = MARGIN / width, top / total
            texts.append(self.text(*place, block.lines, linespacing=LEADING * 0.92, **look))
            top -= block.height
        return texts


def framed_body(
    title: str, below_title: str, *notes: str, height: float, source: str = ""
) -> SubFigure:
    """Make a figure that has its title and notes; return the part between them, for the axes.

    Parameters
    ----------
    title, below_title
        Wrapped to the width of the sheet.
    *notes
        Sentences under the axes.
    height
        Inches for the axes and their labels, where letters are those of the usual sheet.
    source
        Where the numbers come from, under everything.
    """
    page = sheet()
    small = FontProperties(size=page.small)
    blocks = [
        (title, FontProperties(size=page.title, weight="bold"), INK),
        (below_title, FontProperties(size=page.text), MUTED),
        (joined(" ", [note for note in notes if note]), small, MUTED),
        (source, small, MUTED),
    ]
    first, below, *foot = [Block(wrap(words, font), font, ink) for words, font, ink in blocks]
    return FramedFigure([first, below], foot, height * page.small / WIDE.small, title).body


def wrap(words: str, font: FontProperties, width: float | None = None) -> str:
    """Break a text into lines no wider than `width` inches, by the font's own metrics.

    Each language is broken by itself; without a width, to that of the sheet.
    """
    page = sheet()
    room = 0.97 * page.width - 2 * MARGIN if width is None else width
    return changed(words, lambda own: "\n".join(_lines(own, font, room)))


def small_font(weight: str = "normal") -> FontProperties:
    """Return the font of the sheet's small letters."""
    return FontProperties(size=sheet().small, weight=weight)


def _lines(words: str, font: FontProperties, width: float) -> list[str]:
    lines: list[str] = []
    taken = 0.0
    for word in words.split(" "):
        needed = text_width(word, font)
        taken += text_width(" ", font) + needed
        if lines and taken <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
            taken = needed
    return [line.replace(NO_BREAK, " ") for line in lines]


def key_columns(names: Sequence[str], handle: float = 2.0, spacing: float = 2.0) -> int:
    """How many columns of a key at the top fit beside each other.

    Parameters
    ----------
    names
        What the key names.
    handle, spacing
        Length of what stands before a name, and of the space between columns, in letters.
    """
    letter, font = sheet().small / 72, small_font()
    widths = [text_width(name, font) + (handle + HANDLE_PAD + spacing) * letter for name in names]
    columns = len(names)
    while columns > 1 and _widest_row(widths, columns) > sheet().width - 2 * MARGIN - 2 * letter:
        columns -= 1
    return columns


def _widest_row(widths: Sequence[float], columns: int) -> float:
    """Width of a key that fills its columns one after the other, the first ones the longest."""
    short, longer = divmod(len(widths), columns)
    total, at = 0.0, 0
    for column in range(columns):
        size = short + (column < longer)
        total += max(widths[at : at + size])
        at += size
    return total


def unbroken(part: str) -> str:
    """Keep the words of a part of the subtitle on one line."""
    return changed(part, lambda own: own.replace(" ", NO_BREAK))


def text_width(words: str, font: FontProperties) -> float:
    """Width of one line, inches; of the language that needs the most."""
    return measured(str.__str__(words), font.get_size_in_points(), font.get_weight())[0] / 72
