"""The library broken on purpose, to show that the studies would notice.

Each mutation replaces one function while its context lasts; nothing else knows of it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from enem.fit import compiled, posterior
from enem.models import group_effects, likelihood
from enem.models.cells import CellGrid
from enem.models.likelihood import Array, Information

INTACT_INFORMATION = likelihood.cell_information
INTACT_GROUP_LINES = posterior.draw_group_lines
INTACT_PACK = compiled.pack


def _wrong_sign(parameters: Mapping[str, Array], n: Array, mean: Array, x: Array) -> Information:
    """What the cells say of a slope, with its sign turned."""
    information = INTACT_INFORMATION(parameters, n, mean, x)
    return information._replace(u2=-information.u2)


def _dropped_n(parameters: Mapping[str, Array], n: Array, mean: Array, x: Array) -> Information:
    """Every cell that has participants weighs as one participant."""
    return INTACT_INFORMATION(parameters, 1.0 * (n > 0), mean, x)


def _dropped_n_sampled(data: CellGrid, *args: object) -> np.ndarray:
    """Cells of one participant, for the density that NUTS samples."""
    return INTACT_PACK(replace(data, n=1.0 * (data.n > 0), ss=0.0 * data.ss), *args)


def _swapped_group(*args: object) -> tuple[np.ndarray, np.ndarray]:
    """Each group gets the line of the group before it."""
    intercept, slope = INTACT_GROUP_LINES(*args)
    return np.roll(intercept, 1, axis=-2), np.roll(slope, 1, axis=-2)


Replacement = tuple[object, str, Callable]
MUTATIONS: dict[str, tuple[str, list[Replacement]]] = {
    "wrong_sign": (
        "what the cells say of a slope enters with the wrong sign",
        # not in what NUTS samples: with a prior around 0 scales do not know the sign of a slope
        [(m, "cell_information", _wrong_sign) for m in (likelihood, group_effects)],
    ),
    "dropped_n": (
        "the number of participants is left out of a cell's weight",
        [
            *((m, "cell_information", _dropped_n) for m in (likelihood, group_effects)),
            (compiled, "pack", _dropped_n_sampled),
        ],
    ),
    "swapped_group": (
        "each group gets another group's line",
        [(posterior, "draw_group_lines", _swapped_group)],
    ),
}
"""What each mutation does in words, and the functions that it replaces: module, name, by what."""


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """Break the library in one way while the context lasts.

    Raises
    ------
    AttributeError
        The library no longer has the function that the mutation replaces.
    """
    with ExitStack() as stack:
        for module, attribute, replacement in MUTATIONS[name][1]:
            stack.enter_context(patch.object(module, attribute, replacement))
        yield
