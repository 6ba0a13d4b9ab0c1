"""Renderers that measure and draw a line of text once, in however many figures it stands."""

from functools import cache
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.textpath import text_to_path

NAME = "words-"
"""Begins the ids of texts that differ between languages."""


class _Measured(RendererBase):
    """Measures lines from one store, and can leave out the texts whose ids begin with `NAME`."""

    wordless = False
    silent = False

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group; in a text of one language nothing is drawn where it is to be left out."""
        self.silent = self.wordless and (gid or "").startswith(NAME)
        super().open_group(s, gid)

    def close_group(self, s: str) -> None:
        """End a group."""
        self.silent = False
        super().close_group(s)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | str
    ) -> tuple[float, float, float]:
        """Measure a line, in pixels."""
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        return tuple(self.points_to_pixels(1) * of for of in measured(s, *_look(prop)))

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        """Heights of any line; Matplotlib 3.11 asks for them by this name, or reads the font."""
        return tuple(self.points_to_pixels(1) * of for of in _heights(*_look(prop)))


class SvgRenderer(_Measured, RendererSVG):
    """Writes SVG."""

    def draw_text(self, *args: Any, **kwargs: Any) -> None:
        """Write a line."""
        if not self.silent:
            super().draw_text(*args, **kwargs)


class PixelRenderer(_Measured, RendererAgg):
    """Draws pixels: a line of text as an image, kept for the next figure that has it."""

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        **kwargs: Any,
    ) -> None:
        """Draw a line, begun at whole pixels."""
        if self.silent:
            return
        if kwargs.get("ismath"):
            super().draw_text(gc, x, y, s, prop, angle, **kwargs)
            return
        image, left, below = _image(s, *_look(prop), self.dpi)
        sine, cosine = np.sin(np.radians(angle)), np.cos(np.radians(angle))
        place = round(x + left + below * sine), round(y + below * cosine) + 1
        self._renderer.draw_text_image(image, *place, angle, gc)


class Canvas(FigureCanvasAgg):
    """Lays out and draws with a `PixelRenderer`."""

    def get_renderer(self) -> PixelRenderer:
        """Return the renderer of the figure's size and resolution."""
        key = *self.get_width_height(physical=True), self.figure.dpi
        if self._lastKey != key:
            self.renderer, self._lastKey = PixelRenderer(*key), key
        return self.renderer


@cache
def measured(words: str, size: float, weight: str | int) -> tuple[float, float, float]:
    """Width, height and depth under the baseline of a line in one language, points."""
    font = FontProperties(size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(words, font, ismath=False)


@cache
def _heights(size: float, weight: str | int) -> tuple[float, float, float]:
    """Ascent, descent and gap between lines that the font states, points."""
    font = _font(size, weight, 72)
    table, scale = font.get_sfnt_table("OS/2"), size / font.get_sfnt_table("head")["unitsPerEm"]
    names = "sTypoAscender", "sTypoDescender", "sTypoLineGap"
    ascent, descent, gap = (scale * table[name] for name in names)
    return ascent, -descent, gap


@cache
def _image(
    words: str, size: float, weight: str | int, dpi: float
) -> tuple[np.ndarray, float, float]:
    """Draw a line: its pixels, and how far they reach from its start to the left and below."""
    font = _font(size, weight, dpi)
    font.set_text(words, 0.0, flags=LoadFlags.NO_HINTING)
    font.draw_glyphs_to_bitmap(antialiased=True)
    left, up = font.get_bitmap_offset()
    return np.array(font.get_image()), left / 64, (font.get_descent() + up) / 64


def _font(size: float, weight: str | int, dpi: float) -> Any:
    found = fontManager._find_fonts_by_props(FontProperties(size=size, weight=weight))
    font = get_font(found)
    font.set_size(size, dpi)
    return font


def _look(prop: FontProperties) -> tuple[float, str | int]:
    return prop.get_size_in_points(), prop.get_weight()
