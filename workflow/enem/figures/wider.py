"""Write figures of wider models, which are drawn one by one and not with the catalogue."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure

from enem.figures.analysis import Analysis
from enem.figures.axes import write_ticks
from enem.figures.names import LANGUAGES
from enem.figures.style import save


def write(draw: Callable[[Analysis], Figure], analysis: Analysis, first: Path) -> None:
    """Draw a figure in every language and write each as SVG and PNG.

    Parameters
    ----------
    draw
        Draws it for an analysis, in the language of that.
    analysis
        In any language.
    first
        One of the files, ``{name}.{language}.svg``; the others lie beside it.
    """
    name = first.name.partition(".")[0]
    for language in LANGUAGES:
        spoken = replace(analysis, language=language)
        figure = draw(spoken)
        write_ticks(figure, spoken.labels)
        save(figure, first.parent, f"{name}.{language}")
