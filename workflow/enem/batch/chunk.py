"""Which states of an edition a job does together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from enem.atomic import write_json
from enem.batch.places import Place, places


@dataclass(frozen=True)
class Chunk:
    """The states of a job, as the files name them that it leaves when it is through.

    Attributes
    ----------
    edition
        JSON about all of them, ``{store}/stages/{stage}.json``: what the next stage waits for.
    states
        JSON about one each, ``{store}/{state}/stages/{stage}.json``: what a state's results wait
        for.
    """

    edition: Path
    states: Sequence[Path]

    @classmethod
    def of(cls, output: Iterable[str]) -> "Chunk":
        """Read the output of a rule: that of the edition first."""
        edition, *states = map(Path, output)
        return cls(edition, states)

    def places(self, *levels: Sequence[str]) -> list[Place]:
        """List the places of these states, or of their outcomes, or of the models of these."""
        states = [path.parents[1].name for path in self.states]
        return places(self.edition.parents[1], states, *levels)

    def write(self, ended: Mapping[str, str]) -> None:
        """Write how the task at each place ended, by the name of the place."""
        for path in self.states:
            state = path.parents[1].name
            of_state = {name: how for name, how in ended.items() if name.split("/")[0] == state}
            write_json(of_state, path)
        write_json(ended, self.edition)
