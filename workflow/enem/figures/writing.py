"""Write a figure in every language: laid out once, drawn once, its words exchanged."""

import re
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, ScalarFormatter
from PIL import Image

from enem.atomic import write_bytes, write_text
from enem.figures.frame import wrap
from enem.figures.rendering import NAME, Canvas, SvgRenderer
from enem.figures.style import DPI, settings, sheet
from enem.figures.words import LANGUAGES, Words, separated, spoken

WORDS = re.compile(rf'^( *)<g id="({NAME}\d+)"(?:/>|>.*?^\1</g>)\n', re.DOTALL | re.MULTILINE)
"""A text that differs between languages, as it stands in an SVG."""

LABEL_SHARE = 0.5
"""Width of an axis's words, of a narrow sheet's."""
COMPRESSION = 3
"""Of PNG, from 0 to 9: here 5 takes longer and saves nothing."""


class TickNumbers(ScalarFormatter):
    """Matplotlib's choice of decimals, written as each language writes numbers."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)

    def __call__(self, value: float, position: int | None = None) -> str:
        """Write one tick."""
        return separated(super().__call__(value, position))


def lay_out(figure: Figure) -> None:
    """Place everything for good."""
    for axes in figure.get_axes():
        for spine in axes.spines.values():
            # measuring a spine means placing all ticks once more; it lies on the axes' edge anyway
            spine.set_in_layout(False)
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(TickNumbers())
        if sheet().columns == 1:
            _break(axes.xaxis.label)
    # ticks are made only here, and look as the settings of this moment say
    with rc_context(settings(sheet())):
        renderer = Canvas(figure).get_renderer()
        figure.get_layout_engine().execute(figure)
        if _relabelled(figure, renderer):
            # room was made for other ticks than the axes got
            _keep_ticks(figure)
            figure.get_layout_engine().execute(figure)
            _relabelled(figure, renderer)
    figure.set_layout_engine("none")
    for axes in figure.get_axes():
        for axis in (axes.xaxis, axes.yaxis):
            _hide_what_is_out_of_view(axis)
            # else its place is found again, among all ticks, whenever it is drawn
            place = axis.label.get_transform().transform(axis.label.get_position())
            axis.set_label_coords(*axes.transAxes.inverted().transform(place))
    for number, text in enumerate(_with_words(figure)):
        text.set_gid(f"{NAME}{number}")


def _relabelled(figure: Figure, renderer: RendererBase) -> bool:
    """Move words of axes clear of the ticks that there are; say whether any had to move."""
    moved = False
    for axes in figure.get_axes():
        for axis in (axes.xaxis, axes.yaxis):
            if axis.label.get_text():
                before = axis.label.get_position()
                axis._update_label_position(renderer)
                moved |= not np.allclose(before, axis.label.get_position(), rtol=0.0, atol=0.5)
    return moved


def _keep_ticks(figure: Figure) -> None:
    """Fix the ticks that the axes have at their size."""
    for axes in figure.get_axes():
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(FixedLocator(axis.get_majorticklocs()))


def _hide_what_is_out_of_view(axis: Axis) -> None:
    """Hide numbers of ticks that Matplotlib keeps but leaves out: words are drawn apart."""
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    for tick in axis.get_major_ticks():
        if not low - slack <= tick.get_loc() <= high + slack:
            tick.label1.set_visible(False)


def _break(label: Text) -> None:
    """Break the words of an axis to about the width of a narrow sheet's axes."""
    room = LABEL_SHARE * sheet().width
    if "\n" not in label.get_text():
        label.set_text(wrap(label.get_text(), label.get_fontproperties(), room))


def write_drawings(
    figure: Figure,
    salt: str,
    folder: Path,
    svg_files: Mapping[str, str],
    png_files: Mapping[str, str],
) -> dict[str, str]:
    """Lay a figure out on its sheet, write the files asked for, by language, and return its SVG.

    Parameters
    ----------
    figure
        Drawn on the present sheet, not laid out yet.
    salt
        As for `svg_versions`, whose result is empty where no SVG is asked for.
    folder, svg_files, png_files
        Where to, and names by language.
    """
    lay_out(figure)
    svg = svg_versions(figure, salt) if svg_files else {}
    for language, text in svg.items():
        write_text(text, folder / svg_files[language])
    if png_files:
        for language, png in png_versions(figure, sheet().scale).items():
            write_bytes(png, folder / png_files[language])
    return svg


def svg_versions(figure: Figure, salt: str) -> dict[str, str]:
    """Write a figure that is laid out as SVG, text as text.

    Parameters
    ----------
    figure
        Its words in every language.
    salt
        Feeds the ids inside, so that the same figure gives the same bytes.

    Returns
    -------
    dict
        By language; they differ in nothing but the content of groups whose id is ``words-`` and
        a number.
    """
    texts = list(_with_words(figure))
    with rc_context({**settings(sheet()), "svg.hashsalt": salt}):
        renderer, drawn = _svg(figure)
        renderer.wordless = True
        figure.draw(renderer)
        renderer.finalize()
        groups = {language: _groups(figure, texts, language) for language in LANGUAGES}
    return {
        language: WORDS.sub(lambda found, own=own: own[found[2]], drawn.getvalue())
        for language, own in groups.items()
    }


def _svg(figure: Figure) -> tuple[SvgRenderer, StringIO]:
    drawn, undated = StringIO(), {"Date": None, "Creator": None}
    return SvgRenderer(*figure.bbox.size, drawn, image_dpi=DPI, metadata=undated), drawn


def _with_words(figure: Figure) -> Iterator[Text]:
    """Find the texts that differ between languages."""
    return (text for text in figure.findobj(Text) if isinstance(text.get_text(), Words))


def _groups(figure: Figure, texts: Iterable[Text], language: str) -> dict[str, str]:
    """Draw the texts alone, in one language, where they stand."""
    renderer, drawn = _svg(figure)
    _speak(texts, language, renderer)
    # ids of grounds under words, counted from 1 again
    alone = re.sub(r'<g id="patch_\d+">', "<g>", drawn.getvalue())
    return {found[2]: found[0] for found in WORDS.finditer(alone)}


def _speak(texts: Iterable[Text], language: str, renderer: RendererBase) -> None:
    """Draw texts in one language, of an annotation the words alone: all share its arrow."""
    for text in texts:
        words = text.get_text()
        text.set_text(spoken(words, language))
        Text.draw(text, renderer)
        text.set_text(words)


def png_versions(figure: Figure, scale: float) -> dict[str, bytes]:
    """Draw a figure that is laid out as PNG, `scale` pixels to a point; by language.

    What no language changes is drawn once.
    """
    figure.set_dpi(DPI * scale)
    canvas, texts, found = Canvas(figure), list(_with_words(figure)), {}
    renderer = canvas.get_renderer()
    with rc_context(settings(sheet())):
        renderer.wordless = True
        canvas.draw()
        shared = canvas.copy_from_bbox(figure.bbox)
        for language in LANGUAGES:
            renderer.wordless = False
            canvas.restore_region(shared)
            _speak(texts, language, renderer)
            found[language] = _encoded(canvas)
    return found


def _encoded(canvas: Canvas) -> bytes:
    file, dpi = BytesIO(), canvas.figure.dpi
    pixels = canvas.buffer_rgba()
    # its ground is white everywhere, so that nothing shines through
    image = Image.frombuffer("RGBA", pixels.shape[1::-1], pixels).convert("RGB")
    # few colours: a third of the bytes in half the time, and no eye tells the difference
    few = image.quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, format="png", dpi=(dpi, dpi), compress_level=COMPRESSION)
    return file.getvalue()
