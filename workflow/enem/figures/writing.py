"""Write a figure in every language: laid out once, drawn once, its words exchanged."""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO

import numpy as np
from matplotlib import rc_context
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter

from enem.figures.frame import wrap
from enem.figures.style import DPI, settings, sheet
from enem.figures.words import LANGUAGES, Words, separated, spoken

WORDS = re.compile(r'^( *)<g id="(words-\d+)">.*?^\1</g>\n', re.DOTALL | re.MULTILINE)
"""A text that differs between languages, as it stands in an SVG."""


LABEL_SHARE = 0.5
"""Width of an axis's words, of a narrow sheet's."""


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
        figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.get_axes():
        for axis in (axes.xaxis, axes.yaxis):
            _hide_what_is_out_of_view(axis)


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
    texts = {f"words-{i}": text for i, text in enumerate(_with_words(figure))}
    for name, text in texts.items():
        text.set_gid(name)
    with rc_context({**settings(sheet()), "svg.hashsalt": salt}):
        drawn = StringIO()
        FigureCanvasSVG(figure).print_svg(drawn, metadata={"Date": None, "Creator": None})
        known = {name: text.get_text() for name, text in texts.items()}
        return {
            language: _exchanged(drawn.getvalue(), _groups(figure, texts, known, language))
            for language in LANGUAGES
        }


def _with_words(figure: Figure) -> Iterator[Text]:
    """Find the texts that differ between languages."""
    return (text for text in figure.findobj(Text) if isinstance(text.get_text(), Words))


def _groups(
    figure: Figure, texts: Mapping[str, Text], known: Mapping[str, str], language: str
) -> dict[str, str]:
    """Draw the texts alone, in one language, where they stand."""
    drawn = StringIO()
    width, height = figure.get_size_inches() * DPI
    renderer = RendererSVG(width, height, drawn, image_dpi=DPI)
    for name, text in texts.items():
        text.set_text(spoken(known[name], language))
        # of an annotation the words alone: its arrow is the same in every language
        Text.draw(text, renderer)
        text.set_text(known[name])
    # ids of grounds under words, counted from 1 again
    alone = re.sub(r'<g id="patch_\d+">', "<g>", drawn.getvalue())
    return {found[2]: found[0] for found in WORDS.finditer(alone)}


def _exchanged(svg: str, groups: Mapping[str, str]) -> str:
    return WORDS.sub(lambda found: groups[found[2]], svg)


def png_versions(figure: Figure, scale: float) -> dict[str, bytes]:
    """Draw a figure that is laid out as PNG, `scale` pixels to a point; by language.

    What no language changes is drawn once.
    """
    figure.set_dpi(DPI * scale)
    canvas = FigureCanvasAgg(figure)
    texts = {text: text.get_text() for text in _with_words(figure)}
    looks = {text: text.get_alpha() for text in texts}
    with rc_context(settings(sheet())):
        for text in texts:
            # not invisible: the place of an annotation is known only when it is drawn
            text.set_alpha(0)
        canvas.draw()
        shared = canvas.copy_from_bbox(figure.bbox)
        found = {}
        for language in LANGUAGES:
            canvas.restore_region(shared)
            for text, words in texts.items():
                text.set_alpha(looks[text])
                text.set_text(spoken(words, language))
                Text.draw(text, canvas.get_renderer())
                text.set_text(words)
            found[language] = _encoded(canvas)
    return found


def _encoded(canvas: FigureCanvasAgg) -> bytes:
    file = BytesIO()
    look = {"dpi": canvas.figure.dpi, "metadata": {"Software": None}}
    imsave(file, np.asarray(canvas.buffer_rgba()), format="png", **look)
    return file.getvalue()
