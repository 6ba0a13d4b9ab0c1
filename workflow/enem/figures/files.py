"""Write figures in every language, the same bytes for the same figure."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from enem.atomic import replacing
from enem.figures.analysis import Analysis
from enem.figures.axes import write_ticks
from enem.figures.frame import FramedFigure
from enem.figures.layout import lay_out_alike
from enem.figures.names import LANGUAGES
from enem.figures.style import RC

PNG_DPI = 160
"""Sharp on a page of A4 width and on screens of double density."""


def write_figure(
    draw: Callable[[Analysis], FramedFigure], analysis: Analysis, folder: Path, stem: str
) -> list[Path]:
    """Draw a figure in every language and write each as SVG (text stays text) and PNG.

    Parameters
    ----------
    draw
        Draws it for an analysis, in the language of that.
    analysis
        In any language.
    folder, stem
        Where the files go: ``{folder}/{stem}.{language}.svg`` and ``.png``.

    Returns
    -------
    list of Path
        The files written.
    """
    return [
        path
        for language, figure in in_every_language(draw, analysis).items()
        for path in _save(figure, folder / f"{stem}.{language}.svg", stem)
    ]


def in_every_language(
    draw: Callable[[Analysis], FramedFigure], analysis: Analysis
) -> dict[str, FramedFigure]:
    """Draw a figure in every language and lay the versions out alike."""
    figures = {}
    for language in LANGUAGES:
        spoken = replace(analysis, language=language)
        figures[language] = draw(spoken)
        write_ticks(figures[language], spoken.labels)
    lay_out_alike(list(figures.values()))
    return figures


def write_svg(figure: FramedFigure, destination: Path | IO[str], salt: str) -> None:
    """Write a figure that is laid out as SVG, text as text; `salt` feeds the ids inside."""
    with rc_context({**RC, "svg.hashsalt": salt}):
        FigureCanvasSVG(figure).print_svg(destination, metadata={"Date": None, "Creator": None})


def _save(figure: FramedFigure, svg: Path, salt: str) -> list[Path]:
    png = svg.with_suffix(".png")
    with replacing(svg) as partial:
        # the same salt in every language gives the same parts the same ids
        write_svg(figure, partial, salt)
    figure.set_dpi(PNG_DPI)
    with rc_context(RC), replacing(png) as partial:
        FigureCanvasAgg(figure).print_png(partial, metadata={"Software": None})
    return [svg, png]
