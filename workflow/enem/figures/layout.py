"""Place everything in a figure for good, versions of one figure at the same places."""

from collections.abc import Sequence
from functools import reduce

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from enem.figures.frame import FramedFigure, Rooms
from enem.figures.style import RC


def lay_out(figure: Figure) -> None:
    """Place everything for good."""
    for axes in figure.get_axes():
        for spine in axes.spines.values():
            # measuring a spine means placing all ticks once more; it lies on the axes' edge anyway
            spine.set_in_layout(False)
    # ticks are made only here, and look as the settings of this moment say
    with rc_context(RC):
        figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")


def lay_out_alike(figures: Sequence[FramedFigure]) -> None:
    """Place versions of one figure so that they have the same size and axes.

    Parameters
    ----------
    figures
        The same axes in each, with other words: what is drawn in them then has one shape, and the
        words of every version have room.
    """
    rooms = Rooms(*map(max, *(figure.rooms for figure in figures)))
    for figure in figures:
        figure.set_rooms(rooms)
        lay_out(figure)
    for versions in zip(*(figure.get_axes() for figure in figures), strict=True):
        shared = reduce(Bbox.intersection, [axes.get_position() for axes in versions])
        for axes in versions:
            axes.set_position(shared)
