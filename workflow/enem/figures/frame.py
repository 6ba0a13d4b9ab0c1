"""The frame of every figure: title, subtitle, notes, and the space left for the axes."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from enem.figures.analysis import Analysis
from enem.figures.palette import INK, MUTED
from enem.figures.style import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, WIDTH
from enem.mixed.specification import Specification

MARGIN = 0.08
LEADING = 1.3
NO_BREAK = "\u00a0"
"""Keeps words of one part of the subtitle on one line; written as a plain space."""


class Rooms(NamedTuple):
    """Heights of a figure's parts, inches: title and subtitle, body, notes."""

    top: float
    body: float
    bottom: float


class Block(NamedTuple):
    """Lines of text that look the same."""

    lines: list[str]
    font: FontProperties
    color: str

    @property
    def height(self) -> float:
        """Inches."""
        return len(self.lines) * LEADING * self.font.get_size_in_points() / 72


def subtitle(analysis: Analysis, *, intervals: bool = True) -> str:
    """Say which analysis this is: data, state, outcome, n and the kind of interval."""
    labels = analysis.labels
    parts = [
        labels.text("simulated")
        if analysis.simulated
        else labels.text("edition", edition=analysis.edition),
        labels.state(analysis.state),
        labels.outcome(analysis.outcome),
        labels.text("participants", n=labels.number(analysis.participants)),
    ]
    if intervals:
        parts.append(labels.text("intervals", mass=labels.short(100 * analysis.mass)))
    return " · ".join(part.replace(" ", NO_BREAK) for part in parts)


def hidden_note(analysis: Analysis) -> list[str]:
    """Name the school types that are too small to be drawn; nothing where there are none."""
    labels = analysis.labels
    groups = ", ".join(map(labels.school_type, analysis.hidden))
    if not groups:
        return []
    return [labels.text("hidden_groups", smallest=analysis.smallest_group, groups=groups)]


def model_notes(analysis: Analysis, *models: str, scope: str | None = None) -> list[str]:
    """Give formulas of models that have no name in words, and whom their intervals are about.

    Parameters
    ----------
    analysis
        Holds the models.
    *models
        Those that the figure shows.
    scope
        Key of the sentence about models with levels, for example ``typical_school``; None where
        the figure has no interval of them.
    """
    labels, specs = analysis.labels, analysis.specs
    notes = [
        labels.text("formula", model=name, formula=specs[name].formula.text)
        for name in models
        if not labels.translated(name)
    ]
    if scope is None:
        return notes
    kinds = {name: _scope(specs[name], scope) for name in models}
    for kind in dict.fromkeys(kinds.values()):
        names = ", ".join(labels.model(name) for name in models if kinds[name] == kind)
        # one kind is of all models, and needs no names
        key = f"scope.{kind}" if len(set(kinds.values())) == 1 else f"scope.{kind}.of"
        notes.append(labels.text(key, models=names))
    return notes


def _scope(spec: Specification, scope: str) -> str:
    if spec.levels:
        return scope
    return "independent" if spec.scales else "textbook"


class FramedFigure(Figure):
    """A figure that has its title and notes, and a body between them for the axes.

    Parameters
    ----------
    head
        Blocks of text above the body: lines, font and color of each.
    note
        Lines under the body.
    height
        Inches of the body.
    """

    def __init__(self, head: Sequence[Block], note: Block, height: float) -> None:
        super().__init__()
        self.head = [(self._write(block), block) for block in head]
        self.note = self._write(note)
        top = 2 * MARGIN + sum(block.height for block in head)
        self.set_rooms(Rooms(top, height, MARGIN + note.height))
        # a subfigure, so that shared labels and keys keep clear of title and notes too
        self.body = self.subfigures()

    def set_rooms(self, rooms: Rooms) -> None:
        """Give title, body and notes so much room, and place them."""
        self.rooms, total = rooms, sum(rooms)
        self.set_size_inches(WIDTH, total)
        y = total - MARGIN
        for text, block in self.head:
            text.set_y(y / total)
            y -= block.height
        self.note.set_y(rooms.bottom / total)
        box = (0.008, rooms.bottom / total, 0.984, rooms.body / total)
        self.set_layout_engine("constrained", rect=box, w_pad=0.06, h_pad=0.06)

    def _write(self, block: Block) -> Text:
        return self.text(
            MARGIN / WIDTH,
            0,
            "\n".join(block.lines),
            fontproperties=block.font,
            color=block.color,
            va="top",
            linespacing=LEADING * 0.92,
        )


def framed_body(title: str, below_title: str, *notes: str, height: float) -> SubFigure:
    """Make a figure that has its title and notes; return the part between them, for the axes.

    Parameters
    ----------
    title, below_title
        Wrapped to the width of the figure.
    *notes
        Sentences under the axes.
    height
        Inches for the axes and their labels.
    """
    blocks = [
        (title, FontProperties(size=TITLE_SIZE, weight="bold"), INK),
        (below_title, FontProperties(size=TEXT_SIZE), MUTED),
        (" ".join(notes), FontProperties(size=SMALL_SIZE), MUTED),
    ]
    *head, note = [Block(wrap(words, font), font, color) for words, font, color in blocks]
    return FramedFigure(head, note, height).body


def wrap(words: str, font: FontProperties, width: float = 0.97 * WIDTH - 2 * MARGIN) -> list[str]:
    """Break a text into lines no wider than `width` inches, by the font's own metrics."""
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


@cache
def text_width(words: str, font: FontProperties) -> float:
    """Width of one line, inches."""
    return text_to_path.get_text_width_height_descent(words, font, ismath=False)[0] / 72
