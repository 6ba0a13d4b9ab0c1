"""What the pages hold, known before anything runs."""

from collections.abc import Iterable

from enem.figures.names import FigureName

LONGEST_STORY = 4
"""Figures that the story has at most, the first that tell it."""


def story_figures(figures: Iterable[FigureName]) -> list[FigureName]:
    """Choose the figures of the story."""
    return [figure for figure in figures if figure.story][:LONGEST_STORY]
