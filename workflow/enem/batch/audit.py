"""What no longer holds of what stages made and people were given."""

import json
from collections.abc import Iterable
from pathlib import Path

from enem.batch.artefacts import COLLECT, STAGES
from enem.batch.places import Place
from enem.batch.record import read_record


def faults(store: Path, batch: str, state: str) -> list[str]:
    """List, as sentences, what must be made again of a state.

    A file counts as sound when size and time of change are those of its record, and is read
    otherwise: looking through the results of all states takes a second, not minutes.

    Parameters
    ----------
    store
        Folder of an edition in the store.
    batch
        The one that the state is in.
    state
        Code of the state.
    """
    folder = store / "batches" / batch
    receipts = [folder / f"{stage}.json" for stage in STAGES]
    of_stages = [
        fault
        for receipt in receipts
        if receipt.is_file()
        for fault in _of_stage(receipt, store, state)
    ]
    return of_stages + _of_results(Place(store, (state,)), batch)


def _of_stage(receipt: Path, store: Path, state: str) -> Iterable[str]:
    names = read_receipt(receipt)
    if names is None:
        yield f"{receipt} is damaged"
        return
    for name in names:
        place = Place(store, tuple(name.split("/")))
        if place.state == state:
            yield from _of_place(place.record(receipt.stem))


def _of_place(path: Path) -> Iterable[str]:
    record = read_record(path)
    if record is None:
        yield f"{path} is gone or damaged"
        return
    for lost in record.lost(by_content=False):
        yield f"{lost} is gone or no longer what {path.stem} made"


def _of_results(place: Place, batch: str) -> Iterable[str]:
    """List what was changed of the results; what is gone of them Snakemake sees by itself."""
    record = read_record(place.record(COLLECT))
    if record is None or record.made_from != batch:
        # they are to be collected from this batch in any case
        return []
    lost = [name for name in record.lost(by_content=False) if Path(name).is_file()]
    return [f"{name} was changed by other hands" for name in lost]


def read_receipt(path: Path) -> list[str] | None:
    """Names of the places that a stage went through; None when the receipt is damaged."""
    try:
        return list(json.loads(path.read_text(encoding="utf-8")).keys())
    except (ValueError, AttributeError):
        return None
