"""Which states of an edition are done together.

A state stays in the batch in which it was first done, so that asking for another state makes a
batch of that state alone, and Snakemake has no reason to do the first one again.  A state of which
something is lost goes into a new batch, whose stages find the rest done.
"""

import logging
from collections.abc import Sequence
from pathlib import Path

from enem.batch.audit import faults
from enem.names import STATES

logger = logging.getLogger("enem")
ALL = "all"
SEPARATOR = "-"
AGAIN = "."
"""Stands before the number of times that something was made again."""


def batch_name(states: Sequence[str], again: int = 0) -> str:
    """Name a batch after its states: ``AC-RS``, or ``all``; made again, ``AC-RS.1``."""
    name = ALL if sorted(states) == sorted(STATES) else SEPARATOR.join(sorted(states))
    return f"{name}{AGAIN}{again}" if again else name


def states_of(batch: str) -> list[str]:
    """States of a batch, by its name."""
    name = batch.partition(AGAIN)[0]
    return list(STATES) if name == ALL else name.split(SEPARATOR)


def _again(batch: str) -> int:
    return int(batch.partition(AGAIN)[2] or 0)


def batches(store: Path, states: Sequence[str]) -> dict[str, str]:
    """Assign each state to a batch, and log what makes a state change its batch.

    Parameters
    ----------
    store
        Folder of an edition in the store; its folder ``batches`` holds one for each batch that has
        begun, named after it.
    states
        States asked for.

    Returns
    -------
    dict
        Batch by state: the last one that has begun with the state, where all that it made is
        sound; one for all states that are new, and one for all of which something is lost.
    """
    begun = [path.name for path in (store / "batches").glob("*/")]
    begun.sort(key=lambda name: (_again(name), len(name), name))
    known = {state: name for name in begun for state in states_of(name) if state in states}
    lost = [state for state, name in known.items() if _log(faults(store, name, state))]
    new = batch_name([state for state in states if state not in known])
    repair = batch_name(lost, 1 + max((_again(name) for name in begun), default=0))
    return {s: repair if s in lost else known.get(s, new) for s in states}


def _log(sentences: Sequence[str]) -> bool:
    for sentence in sentences:
        logger.warning("%s: it is made again.", sentence)
    return bool(sentences)
