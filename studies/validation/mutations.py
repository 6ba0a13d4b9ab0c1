"""The library broken on purpose, to show that the studies would notice.

Each mutation replaces one function while its context lasts; nothing else knows of it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np
from enem.wide import effects
from enem.wide import posterior as wide_posterior
from enem.wide.moments import Moments

from enem.fit import compiled, posterior
from enem.models import group_effects, likelihood
from enem.models.cells import CellGrid
from enem.models.likelihood import Array, Information

INTACT_INFORMATION = likelihood.cell_information
INTACT_GROUP_LINES = posterior.draw_group_lines
INTACT_PACK = compiled.pack
INTACT_AROUND = Moments.around
INTACT_EFFECTS = effects.draw_effects


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


def _wrong_sign_in_moments(moments: Moments, mean: Mapping[str, float]) -> Moments:
    """What the rows say of slopes, with its sign turned."""
    around = INTACT_AROUND(moments, mean)
    sign = [-1.0 if block.slope else 1.0 for block in around.blocks for _ in block.levels]
    return replace(around, xy=around.xy * np.array(sign)[:, None])


def _dropped_n_in_moments(moments: Moments, mean: Mapping[str, float]) -> Moments:
    """Strata of one participant."""
    around = INTACT_AROUND(moments, mean)
    return replace(around, n=1.0 * (around.n > 0))


def _swapped_strata(*args: object) -> tuple[np.ndarray, np.ndarray]:
    """Each school type gets what the one before it has of its own."""
    own, shared = INTACT_EFFECTS(*args)
    return np.roll(own, 1, axis=-2), shared


Replacement = tuple[object, str, Callable]
MUTATIONS: dict[str, tuple[str, list[Replacement]]] = {
    "wrong_sign": (
        "what the cells say of a slope enters with the wrong sign",
        # not in what NUTS samples: with a prior around 0 scales do not know the sign of a slope
        [
            *((m, "cell_information", _wrong_sign) for m in (likelihood, group_effects)),
            (Moments, "around", _wrong_sign_in_moments),
        ],
    ),
    "dropped_n": (
        "the number of participants is left out of a cell's weight",
        [
            *((m, "cell_information", _dropped_n) for m in (likelihood, group_effects)),
            (compiled, "pack", _dropped_n_sampled),
            (Moments, "around", _dropped_n_in_moments),
        ],
    ),
    "swapped_group": (
        "each group gets another group's line",
        [
            (posterior, "draw_group_lines", _swapped_group),
            (wide_posterior, "draw_effects", _swapped_strata),
        ],
    ),
}
"""What each mutation does in words, and the functions that it replaces: owner, name, by what."""


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
