"""Where the stages keep what they make of each state, outcome and model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A folder of the store: of a state, of one of its outcomes, or of a model of an outcome.

    Attributes
    ----------
    store
        Folder of the edition in the store.
    parts
        State, then outcome, then model, as far as they go.
    """

    store: Path
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """How messages name it: ``RS/mean/pooled``."""
        return "/".join(self.parts)

    @property
    def state(self) -> str:
        """Code of the state."""
        return self.parts[0]

    @property
    def outcome(self) -> str:
        """Name of the outcome; only places inside a state's outcome have one."""
        return self.parts[1]

    @property
    def model(self) -> str:
        """Name of the model; only places of a model have one."""
        return self.parts[2]

    def above(self, levels: int) -> "Place":
        """Return the place cut to its first `levels` parts: 1 is the state, 2 the outcome."""
        return Place(self.store, self.parts[:levels])

    def inside(self, part: str) -> "Place":
        """Return the place of an outcome of this state, or of a model of this outcome."""
        return Place(self.store, (*self.parts, part))

    def file(self, name: str) -> Path:
        """Path of an artefact."""
        return self.store.joinpath(*self.parts, name)

    def record(self, stage: str) -> Path:
        """Path of the record of what a stage made here."""
        return self.file(f"{stage}.json")

    def ended(self, stage: str) -> Path:
        """Path of what a stage leaves when it is through with the state, or with the edition."""
        return self.store.joinpath(*self.parts[:1], "stages", f"{stage}.json")


def places(store: Path, *levels: Sequence[str]) -> list[Place]:
    """List the places of all combinations: states, or states and outcomes, or also models."""
    found: Iterable[Place] = [Place(store, ())]
    for level in levels:
        found = [place.inside(part) for place in found for part in level]
    return list(found)
