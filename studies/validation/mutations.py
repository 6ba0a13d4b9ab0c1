"""The library broken on purpose, to show that the studies would notice.

Each mutation replaces one function while its context lasts; nothing else knows of it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import numpy as np
import pandas as pd

from enem.mixed import fit, packing, tables
from enem.mixed.design import Design
from enem.mixed.draw import Effects
from enem.mixed.specification import SCHOOL, level_scale

INTACT_SCALE = packing._scale_index
INTACT_GROUPS = tables.finest_groups
INTACT_DRAW = fit.draw_effects


def _dropped(of: Design, level: str) -> int:
    """Index of a level's scale for the density; that of schools is absent."""
    return -1 if level == SCHOOL else INTACT_SCALE(of, level)


def _shuffled(sums: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Rows of each school type under each other's schools."""
    group, groups = INTACT_GROUPS(sums)
    group = group.copy()
    rng, types = np.random.default_rng(1), sums["school_type"].to_numpy(str)
    for school_type in np.unique(types):
        here = np.flatnonzero(types == school_type)
        group[here] = rng.permutation(group[here])
    return group, groups.assign(n=np.bincount(group, sums["n"]).astype(int))


def _halved(values: np.ndarray, of: Design, *args: object) -> Effects:
    """Effects of groups drawn with half the standard deviation of schools."""
    values = values.copy()
    if SCHOOL in of.spec.levels:
        column = len(of.sigma_labels) + of.spec.scales.index(level_scale(SCHOOL))
        values[:, column] /= 2
    return INTACT_DRAW(values, of, *args)


def _wrong_sign(*args: object) -> Effects:
    """Effects of schools with their sign turned."""
    effects = INTACT_DRAW(*args)
    return effects._replace(leaf=-effects.leaf)


Replacement = tuple[object, str, Callable]
MUTATIONS: dict[str, tuple[str, list[Replacement]]] = {
    "dropped_level": (
        "the density does not know that participants share schools",
        [(packing, "_scale_index", _dropped)],
    ),
    "halved_scale": (
        "effects are drawn with half the standard deviation of schools",
        [(fit, "draw_effects", _halved)],
    ),
    "shuffled_groups": (
        "participants of each school type are put under each other's schools",
        [(tables, "finest_groups", _shuffled)],
    ),
    "wrong_sign": (
        "the drawn effects of schools have their sign turned",
        [(fit, "draw_effects", _wrong_sign)],
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
