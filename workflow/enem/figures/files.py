"""Write figures in every language, the same bytes for the same figure."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

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
    figures = {}
    for language in LANGUAGES:
        spoken = replace(analysis, language=language)
        figures[language] = draw(spoken)
        write_ticks(figures[language], spoken.labels)
    lay_out_alike(list(figures.values()))
    return [
        path
        for language, figure in figures.items()
        for path in _save(figure, folder / f"{stem}.{language}.svg", stem)
    ]


def _save(figure: FramedFigure, svg: Path, salt: str) -> list[Path]:
    png = svg.with_suffix(".png")
    # the salt feeds the ids inside the SVG: the same in every language, for the same parts
    with rc_context({**RC, "svg.hashsalt": salt}):
        with replacing(svg) as partial:
            FigureCanvasSVG(figure).print_svg(partial, metadata={"Date": None, "Creator": None})
        figure.set_dpi(PNG_DPI)
        with replacing(png) as partial:
            FigureCanvasAgg(figure).print_png(partial, metadata={"Software": None})
    return [svg, png]
