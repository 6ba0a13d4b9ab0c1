"""The frame of every figure: title, subtitle, notes, and the space left for the axes."""

from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from enem.figures.analysis import Analysis
from enem.figures.style import INK, MUTED, SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, WIDTH

MARGIN = 0.08
LEADING = 1.3
NO_BREAK = "\u00a0"
"""Keeps words of one part of the subtitle on one line; written as a plain space."""


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
    ]
    wrapped = [(wrap(words, font), font, color) for words, font, color in blocks]
    note_font = FontProperties(size=SMALL_SIZE)
    note = wrap(" ".join(notes), note_font)
    top = 2 * MARGIN + sum(_height(lines, font) for lines, font, _ in wrapped)
    bottom = MARGIN + _height(note, note_font)
    total = top + height + bottom
    figure = Figure(figsize=(WIDTH, total))
    y = total - MARGIN
    for lines, font, color in wrapped:
        _write(figure, lines, font, color, y, total)
        y -= _height(lines, font)
    _write(figure, note, note_font, MUTED, bottom, total)
    box = (0.008, bottom / total, 0.984, height / total)
    figure.set_layout_engine("constrained", rect=box, w_pad=0.06, h_pad=0.06)
    # a subfigure, so that shared labels and keys keep clear of title and notes too
    return figure.subfigures()


def wrap(words: str, font: FontProperties, width: float = 0.97 * WIDTH - 2 * MARGIN) -> list[str]:
    """Break a text into lines no wider than `width` inches, by the font's own metrics."""
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line.replace(NO_BREAK, " ") for line in lines]


def text_width(words: str, font: FontProperties) -> float:
    """Width of one line, inches."""
    return text_to_path.get_text_width_height_descent(words, font, ismath=False)[0] / 72


def _height(lines: list[str], font: FontProperties) -> float:
    return len(lines) * LEADING * font.get_size_in_points() / 72


def _write(
    figure: Figure, lines: list[str], font: FontProperties, color: str, y: float, total: float
) -> None:
    figure.text(
        MARGIN / WIDTH,
        y / total,
        "\n".join(lines),
        fontproperties=font,
        color=color,
        va="top",
        linespacing=LEADING * 0.92,
    )
