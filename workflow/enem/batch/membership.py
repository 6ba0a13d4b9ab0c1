"""Which states of an edition are done together.

A state stays in the batch in which it was first done, so that asking for another state makes a
batch of that state alone, and Snakemake has no reason to do the first one again.
"""

from collections.abc import Sequence
from pathlib import Path

from enem.names import STATES

ALL = "all"
SEPARATOR = "-"


def batch_name(states: Sequence[str]) -> str:
    """Name a batch after its states: ``AC-RS``, or ``all``."""
    return ALL if sorted(states) == sorted(STATES) else SEPARATOR.join(sorted(states))


def states_of(batch: str) -> list[str]:
    """States of a batch, by its name."""
    return list(STATES) if batch == ALL else batch.split(SEPARATOR)


def batches(folder: Path, states: Sequence[str]) -> dict[str, str]:
    """Assign each state to a batch.

    Parameters
    ----------
    folder
        Holds a folder for each batch that has begun, named after it.
    states
        States asked for.

    Returns
    -------
    dict
        Batch by state: the largest one that has begun with the state; one for all the others.
    """
    begun = sorted((path.name for path in folder.glob("*/")), key=lambda name: (len(name), name))
    known = {state: name for name in begun for state in states_of(name)}
    new = [state for state in states if state not in known]
    return {state: known.get(state) or batch_name(new) for state in states}
