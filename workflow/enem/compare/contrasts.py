"""The sides that are compared: private schools against each public type and against all of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from enem.names import PRIVATE, PUBLIC

ALL_PUBLIC = "publica"
"""Public school types together."""

MAIN = f"{PRIVATE} - {ALL_PUBLIC}"


class Contrast(NamedTuple):
    """One side less the other.

    Attributes
    ----------
    name
        In tables.
    one, other
        School types of the sides, boolean (T,).
    """

    name: str
    one: np.ndarray
    other: np.ndarray


def contrasts(school_types: Sequence[str], participants: np.ndarray) -> list[Contrast]:
    """List the contrasts between sides that have participants, that with `ALL_PUBLIC` last.

    Part-private schooling (``mista``) is on neither side.

    Parameters
    ----------
    school_types
        T labels.
    participants
        Of each, (T,).
    """
    names, present = np.array(school_types), np.asarray(participants) > 0
    private = (names == PRIVATE) & present
    public = np.isin(names, PUBLIC) & present
    if not private.any() or not public.any():
        return []
    apart = [name for name in names[public] if name != ALL_PUBLIC]
    each = [Contrast(f"{PRIVATE} - {name}", private, names == name) for name in apart]
    return [*each, Contrast(MAIN, private, public)]
